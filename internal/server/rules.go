package server

import (
	"bytes"
	"cmp"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus/rules"
)

type rulesCommand struct {
	Paths  []string `arg:"" help:"Specification files or folders." placeholder:"PATH" type:"path"`
	Output string   `help:"File to write, a directory for a file per SLO, or - for standard output." short:"o" default:"-" placeholder:"FILE|DIR|-"`

	GroupInterval time.Duration `help:"How often Prometheus evaluates the rules. Default: 1m, 30s where a window is shorter than 5m." placeholder:"DURATION"`
	Limit         int           `help:"Most series or alerts that a rule may give before Prometheus fails it; 0 for no limit." default:"0" placeholder:"N"`
	URL           string        `help:"Address of Hindcast, for links in alerts." name:"url" placeholder:"URL"`
	SkipOthers    bool          `help:"Exit with 0 although objectives were left out that Prometheus cannot evaluate."`
}

// Help is what --help says below the flags.
func (rulesCommand) Help() string {
	return `Objectives become recording rules of their error ratios and alerting rules:
those of their alert policies, or the multi-window burn rates of the SRE Workbook
where they have none. What is left out (Elasticsearch, composites) and what the
rules say approximately (calendar windows, timeslices) is written to standard
error as file:line:col: message.

Exit codes: 0 every objective was written; 1 errors in the input, then nothing is
written, or objectives were left out, then the others are.

Examples:
  hindcast rules slos/ > hindcast.rules.yaml
  hindcast rules slos/ -o /etc/prometheus/rules/ --url https://hindcast.example.com
  hindcast rules checkout.yaml | promtool check rules /dev/stdin`
}

// Validate refuses what no rule can have; kong calls it.
func (c *rulesCommand) Validate() error {
	switch {
	case c.GroupInterval < 0 || c.GroupInterval > 0 && c.GroupInterval < time.Second:
		return fault.Invalidf("--group-interval %s is shorter than 1s", c.GroupInterval)
	case c.GroupInterval > 5*time.Minute:
		return fault.Invalidf("--group-interval %s is longer than 5m: Prometheus forgets what was recorded before the next evaluation", c.GroupInterval)
	case c.Limit < 0:
		return fault.Invalidf("--limit %d is negative: use 0 for no limit", c.Limit)
	}
	if c.URL == "" {
		return nil
	}
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fault.Invalidf("--url %q is no address such as https://hindcast.example.com", c.URL)
	}
	return nil
}

// Run writes the rules of specification files.
func (c *rulesCommand) Run(s Streams) error {
	set, err := readSpecs(c.Paths, s)
	if err != nil {
		return err
	}
	file, remarks := rules.Of(set.SLOs, rules.Options{
		Interval: c.GroupInterval, Limit: c.Limit, URL: c.URL, Team: teamsOf(set),
	})
	left := 0
	for _, r := range remarks {
		if r.LeftOut {
			left++
		}
		_, _ = fmt.Fprintln(s.Err, plain(r.String()))
	}
	if err := c.write(file, s); err != nil {
		return err
	}
	n := 0
	for _, g := range file.Groups {
		n += len(g.Rules)
	}
	_, _ = fmt.Fprintf(s.Err, "%s for %s, %d left out\n", count(n, "rule"), count(len(file.Groups), "objective"), left)
	if left > 0 && !c.SkipOthers {
		return errProblems
	}
	return nil
}

// teamsOf returns the team of each service.
func teamsOf(set openslo.Set) func(string) string {
	teams := map[string]string{}
	for _, service := range set.Services {
		teams[service.Name] = service.Team
	}
	return func(service string) string { return teams[service] }
}

// write writes one file, or one for each SLO.
func (c *rulesCommand) write(file rules.File, s Streams) error {
	info, err := os.Stat(c.Output)
	switch {
	case c.Output == "-":
		return file.Write(s.Out, c.head())
	case err == nil && info.IsDir():
	case strings.HasSuffix(c.Output, string(filepath.Separator)):
		if err := os.MkdirAll(c.Output, 0o750); err != nil {
			return fault.Unavailablef("make %s: %w", c.Output, err)
		}
	default:
		return writeRules(c.Output, file, c.head())
	}
	for _, one := range file.Split() {
		path := filepath.Join(c.Output, one.Groups[0].SLO()+".rules.yaml")
		if err := writeRules(path, one, c.head()); err != nil {
			return err
		}
	}
	return nil
}

// writeRules writes a file, whole or not at all: a Prometheus may read it any time.
func writeRules(path string, file rules.File, head string) error {
	var text bytes.Buffer
	if err := file.Write(&text, head); err != nil {
		return err
	}
	temporary := path + ".tmp"
	if err := os.WriteFile(temporary, text.Bytes(), 0o644); err != nil { //nolint:gosec // Prometheus runs as somebody else
		return fault.Unavailablef("write rules: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fault.Unavailablef("write rules: %w", err)
	}
	return nil
}

// head says how a file was made, and nothing that changes without the rules.
func (c *rulesCommand) head() string {
	names := make([]string, len(c.Paths))
	for i, p := range c.Paths {
		names[i] = filepath.Base(p)
	}
	command := "hindcast rules " + strings.Join(names, " ")
	if c.GroupInterval > 0 {
		command += " --group-interval " + c.GroupInterval.String()
	}
	return "Written by: " + command + "\nDo not edit: change the specification and write it again. Version: " + cmp.Or(Version, "dev") + "."
}
