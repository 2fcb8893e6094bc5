package tsdb

import (
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// filePattern is what Prometheus takes as a path of file_sd_configs.
var filePattern = regexp.MustCompile(`^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$`)

// checker collects problems below a path.
type checker struct {
	path     string
	problems *[]FieldProblem
}

func (c checker) at(format string, args ...any) checker {
	return checker{c.path + fmt.Sprintf(format, args...), c.problems}
}

func (c checker) report(format string, args ...any) {
	*c.problems = append(*c.problems, FieldProblem{c.path, fmt.Sprintf(format, args...)})
}

// ValidateScrape lists everything that is wrong with configs, in their order;
// nothing if they can be applied.
func ValidateScrape(configs []ScrapeConfig) []FieldProblem {
	var problems []FieldProblem
	jobs := make(map[string]int, len(configs))
	for i := range configs {
		c := checker{fmt.Sprintf("[%d]", i), &problems}
		configs[i].check(c)
		name := configs[i].JobName
		if first, found := jobs[name]; found && name != "" {
			c.at(".job_name").report("%q is the name of job %d already", name, first)
		}
		jobs[name] = i
	}
	return problems
}

func (s *ScrapeConfig) check(c checker) {
	before := len(*c.problems)
	if s.JobName == "" {
		c.at(".job_name").report("a job needs a name")
	}
	s.checkTimes(c)
	if s.Scheme != "" && s.Scheme != "http" && s.Scheme != "https" {
		c.at(".scheme").report("%q is neither http nor https", s.Scheme)
	}
	if s.MetricsPath != "" && !strings.HasPrefix(s.MetricsPath, "/") {
		c.at(".metrics_path").report("%q does not begin with a slash", s.MetricsPath)
	}
	if s.BodySizeLimit < 0 {
		c.at(".body_size_limit").report("%d is negative", s.BodySizeLimit)
	}
	s.checkTargets(c)
	s.checkClient(c)
	if len(*c.problems) > before {
		return
	}
	// What is left is Prometheus' to judge: relabelling, headers, certificates.
	if _, err := s.prometheus(); err != nil {
		c.report("%v", err)
	}
}

func (s *ScrapeConfig) checkTimes(c checker) {
	interval := time.Duration(or(s.ScrapeInterval, model.Duration(DefaultInterval)))
	if interval < time.Second || interval > time.Hour {
		c.at(".scrape_interval").report("%s is not between 1s and 1h", interval)
	}
	if s.ScrapeTimeout < 0 || time.Duration(s.ScrapeTimeout) > interval {
		c.at(".scrape_timeout").report("%s is longer than the interval of %s", s.ScrapeTimeout, interval)
	}
}

func (s *ScrapeConfig) checkTargets(c checker) {
	if len(s.StaticConfigs) == 0 && len(s.FileSDConfigs) == 0 {
		c.report("job %q has no targets: add static_configs or file_sd_configs", s.JobName)
	}
	for i, group := range s.StaticConfigs {
		at := c.at(".static_configs[%d]", i)
		for j, target := range group.Targets {
			if text := wrongAddress(target); text != "" && len(s.RelabelConfigs) == 0 {
				at.at(".targets[%d]", j).report("%q %s", target, text)
			}
		}
		for _, label := range slices.Sorted(maps.Keys(group.Labels)) {
			if !model.UTF8Validation.IsValidLabelName(label) {
				at.at(".labels").report("%q is not a label name", label)
			}
			if label == labels.MetricName {
				at.at(".labels").report("%s would rename all metrics", label)
			}
		}
	}
	for i, sd := range s.FileSDConfigs {
		at := c.at(".file_sd_configs[%d].files", i)
		if len(sd.Files) == 0 {
			at.report("no files are named")
		}
		for j, file := range sd.Files {
			if !filePattern.MatchString(file) {
				at.at("[%d]", j).report("%q does not end in .json, .yml or .yaml, or has * where it may not be", file)
			}
		}
	}
}

// wrongAddress says what is wrong with host:port, or nothing.
func wrongAddress(target string) string {
	switch {
	case target == "":
		return "is empty"
	case strings.Contains(target, "://"):
		return "is a URL: give host:port, and scheme and metrics_path at the job"
	case strings.Contains(target, "/"):
		return "has a path: give host:port, and metrics_path at the job"
	}
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return "" // a host alone gets the port of the scheme
	}
	if host == "" {
		return "has no host"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "has no valid port"
	}
	return ""
}

func (s *ScrapeConfig) checkClient(c checker) {
	if s.BasicAuth != nil && s.Authorization != nil {
		c.at(".authorization").report("a job signs in with basic_auth or with authorization, not both")
	}
	if a := s.BasicAuth; a != nil && (a.Username == "" || a.PasswordFile == "") {
		c.at(".basic_auth").report("username and password_file are both needed")
	}
	if a := s.Authorization; a != nil && a.CredentialsFile == "" {
		c.at(".authorization.credentials_file").report("no file is named")
	}
	if t := s.TLSConfig; t != nil && (t.CertFile == "") != (t.KeyFile == "") {
		c.at(".tls_config").report("cert_file and key_file are needed together")
	}
}
