package server

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/slo"
)

// wrongCommand is a command line, its exit code, and what is said of it: the thing,
// the value and the remedy.
type wrongCommand struct {
	args []string
	code int
	says []string
}

func (c wrongCommand) hold(t *testing.T) {
	t.Helper()
	code, out, text := command(t, c.args...)
	require.Equal(t, c.code, code, "%s%s", out, text)
	for _, says := range c.says {
		require.Contains(t, out+text, says)
	}
	require.NoError(t, slo.CheckText(out+text))
	require.NotContains(t, out+text, "2006", "the layout of Go's package time")
}

func TestCommandsOnFilesThatAreNoneSayWhatIsWrong(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.Mkdir("folder", 0o750))
	require.NoError(t, os.WriteFile("empty.yaml", nil, 0o600))
	require.NoError(t, os.WriteFile("half.yaml", []byte("a: ["), 0o600))
	require.NoError(t, os.WriteFile("text.yaml", []byte("just words\n"), 0o600))
	require.NoError(t, os.WriteFile("good.yaml", []byte(scenario.All()[0].Spec()), 0o600))
	for _, name := range []string{"convert", "rules", "validate"} {
		for what, c := range map[string]wrongCommand{
			"no file named":          {[]string{name}, ExitUsage, []string{"<paths>", "See hindcast " + name + " --help."}},
			"a file that is not":     {[]string{name, "no.yaml"}, ExitProblems, []string{"no.yaml:0:0: ", "no such file or directory"}},
			"an empty folder":        {[]string{name, "folder"}, ExitProblems, []string{"folder:0:0: ", "*.yaml"}},
			"a file that is a file":  {[]string{name, "good.yaml/x"}, ExitProblems, []string{"good.yaml/x:0:0: ", "not a directory"}},
			"half a file":            {[]string{name, "half.yaml"}, ExitProblems, []string{"half.yaml:1:", "not valid YAML"}},
			"words":                  {[]string{name, "text.yaml"}, ExitProblems, []string{"text.yaml:1:1: "}},
			"a flag of nobody":       {[]string{name, "good.yaml", "--colour"}, ExitUsage, []string{"--colour", "See hindcast " + name + " --help."}},
			"a name with an escape":  {[]string{name, "a\x1b[2J.yaml"}, ExitProblems, []string{"no such file or directory"}},
			"a flag with an escape":  {[]string{name, "good.yaml", "--a\x1b[2J"}, ExitUsage, []string{"unknown flag"}},
			"one that is not of two": {[]string{name, "good.yaml", "no.yaml"}, ExitProblems, []string{"no.yaml:0:0: "}},
		} {
			t.Run(name+" "+what, c.hold)
		}
	}
	for what, c := range map[string]wrongCommand{
		"convert of nothing":        {[]string{"convert", "empty.yaml"}, ExitProblems, []string{"nothing to convert in empty.yaml", "no document defines anything"}},
		"convert without a window":  {[]string{"convert", "good.yaml", "--window", "0d"}, ExitProblems, []string{`window "0d"`}},
		"rules at a limit of words": {[]string{"rules", "good.yaml", "--limit", "many"}, ExitUsage, []string{"--limit", "many"}},
		"an unknown command":        {[]string{"exclude", "forget"}, ExitUsage, []string{"forget", "See hindcast exclude --help."}},
		"no command of several":     {[]string{"sla"}, ExitUsage, []string{`"issue"`, "See hindcast sla --help."}},
		"help for nothing":          {[]string{"help", "explode"}, ExitUsage, []string{"explode", "See hindcast --help."}},
	} {
		t.Run(what, c.hold)
	}
}

func TestNothingOnStandardInputIsTold(t *testing.T) {
	empty, err := os.Open(os.DevNull)
	require.NoError(t, err)
	was := os.Stdin
	os.Stdin = empty
	defer func() { os.Stdin = was; require.NoError(t, empty.Close()) }()
	wrongCommand{[]string{"convert", "-"}, ExitProblems, []string{"nothing to convert in -", "no document defines anything"}}.hold(t)
}

func TestHelpCanBeAskedForByName(t *testing.T) {
	for _, of := range [][]string{{}, {"rules"}, {"exclude"}, {"exclude", "add"}} {
		code, want, _ := command(t, append(slices.Clone(of), "--help")...)
		require.Equal(t, ExitOK, code)
		code, got, _ := command(t, append([]string{"help"}, of...)...)
		require.Equal(t, ExitOK, code)
		require.Equal(t, want, got)
	}
}

func TestCommandsOnAServerSayWhatIsWrong(t *testing.T) {
	s, _ := hooked(t)
	name := s.slos.All()[0].Name
	add := func(args ...string) []string {
		return append([]string{"exclude", "add", "Move", "--reason", "r", "--length", "1h", "--start", "2026-05-01T00:00:00Z", "--by", "Ada", "--slo", name}, args...)
	}
	at := []string{"--server=http://" + s.Address()}
	for what, c := range map[string]wrongCommand{
		"a start in words":        {add("--start", "now"), ExitUsage, []string{"--start", `"now" is not an instant`, "2026-01-31T02:00:00Z", "See hindcast exclude add --help."}},
		"a start without a time":  {add("--start", "2026-05-01"), ExitUsage, []string{`"2026-05-01" is not an instant`}},
		"a length of words":       {add("--length", "long"), ExitProblems, []string{`duration "long"`, "30d"}},
		"a length of no time":     {add("--length", "0m"), ExitProblems, []string{"0"}},
		"a rule of every minute":  {add("--rrule", "FREQ=MINUTELY"), ExitProblems, []string{"FREQ=MINUTELY", "HOURLY"}},
		"a zone of nobody":        {add("--rrule", "FREQ=DAILY", "--time-zone", "Mars"), ExitProblems, []string{`"Mars"`, "Europe/Berlin"}},
		"nobody":                  {add("--by", " "), ExitProblems, []string{"by is missing"}},
		"a name with an escape":   {add("--by", "\x1b[31mAda"), ExitProblems, []string{"by", `"\x1b[31mAda"`, "U+001B", "leave it out"}},
		"a label that is half":    {add("--label", "tier"), ExitUsage, []string{"--label", `"tier"`}},
		"a kind of nobody":        {add("--kind", "holiday"), ExitUsage, []string{"holiday", `"maintenance"`}},
		"approving nothing":       {[]string{"exclude", "approve", "none", "--by", "Ada"}, ExitProblems, []string{`there is no exclusion "none"`}},
		"an instant in words":     {[]string{"exclude", "approve", "none", "--by", "Ada", "--made", "yesterday"}, ExitProblems, []string{"yesterday"}},
		"deleting nothing":        {[]string{"exclude", "delete", "none", "--by", "Ada"}, ExitProblems, []string{`there is no exclusion "none"`}},
		"an annotation backwards": {[]string{"annotate", "x", "--slo", name, "--by", "Ada", "--from", "2026-05-02T00:00:00Z", "--to", "2026-05-01T00:00:00Z"}, ExitProblems, []string{"2026-05-01T00:00:00Z is not after its start 2026-05-02T00:00:00Z"}},
		"a link of a script":      {[]string{"annotate", "x", "--slo", name, "--by", "Ada", "--url", "javascript:alert(1)"}, ExitProblems, []string{`"javascript"`, "http or https"}},
		"an SLO of nobody":        {[]string{"annotate", "x", "--slo", "none", "--by", "Ada"}, ExitProblems, []string{`there is no SLO "none"`, "hindcast status"}},
		"about nothing":           {[]string{"annotate", "x", "--by", "Ada"}, ExitProblems, []string{"give --slo, --service or --label"}},
		"an agreement of nobody":  {[]string{"sla", "figures", "none"}, ExitProblems, []string{`there is no SLA "none"`}},
		"a statement of nobody":   {[]string{"sla", "issue", "none", "--customer", "a", "--period", "2026-01", "--by", "Ada"}, ExitProblems, []string{`there is no SLA "none"`}},
		"a form of nobody":        {[]string{"audit", "-o", "xml"}, ExitUsage, []string{"--output", "xml", "See hindcast audit --help."}},
		"an objective of nobody":  {[]string{"status", "none"}, ExitProblems, []string{`"none"`}},
	} {
		c.args = append(c.args, at...)
		t.Run(what, c.hold)
	}
	for _, words := range [][]string{{"exclude", "list"}, {"sla", "list"}, {"audit"}, {"status"}, {"sla", "statement", "a", "--customer", "b", "--period", "2026-01"}} {
		wrongCommand{append(slices.Clip(words), "--server=http://127.0.0.1:1"), ExitUnavailable, []string{"no server answers at http://127.0.0.1:1", "hindcast serve", "--server"}}.hold(t)
		for _, address := range []string{"here", "ftp://127.0.0.1", "127.0.0.1:8480", "http://"} {
			wrongCommand{append(slices.Clip(words), "--server="+address), ExitProblems, []string{`--server "` + address + `"`, "http://127.0.0.1:8480"}}.hold(t)
		}
	}
	require.Empty(t, s.exclusions.All())
	require.Empty(t, s.annotations.All())
}
