package slotest_test

import (
	"strings"
	"testing"
	"testing/fstest"
	_ "time/tzdata" // scripts name zones

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo/slotest"
)

// hour is the beginning of most scripts here: an hour of which one minute is bad.
const hour = `load 1m
  bad   0x30 6 0x29
  total 10x60
objective 99% over 1h
`

func TestRunTakesEveryScript(t *testing.T) {
	t.Parallel()
	slotest.Run(t, fstest.MapFS{
		"a.test":   {Data: []byte(hour + "eval budget: spent 6, allowed 6\n")},
		"b.test":   {Data: []byte("# nothing but a comment\n")},
		"c.txt":    {Data: []byte("not a script")},
		"win.test": {Data: []byte(strings.ReplaceAll(hour+"eval budget: spent 6\n", "\n", "\r\n"))},
	})
}

// TestScriptsCanFail runs scripts that are wrong about every kind of value, and
// wants them to fail with the place, what was wanted and what came.
func TestScriptsCanFail(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ eval, want string }{
		"a whole number":            {"eval budget: spent 7", "f.test:5: eval budget: spent: wanted 7, got 6"},
		"a whole number is exact":   {"eval budget: remaining 0, coverage 1, sli 1", "sli: wanted 1, got 0.99"},
		"places that are written":   {"eval budget: sli 0.98", "sli: wanted 0.98, got 0.99"},
		"more places":               {"eval budget: sli 0.9901", "sli: wanted 0.9901, got 0.99"},
		"a quotient":                {"eval budget: sli 98/100", "sli: wanted 98/100, got 0.99"},
		"a figure that is there":    {"eval budget: sli -", "sli: wanted -, got 0.99"},
		"a figure that is not":      {"eval budget at -1h: sli 0", "sli: wanted 0, got -"},
		"a figure that is no word":  {"eval budget: sli HEALTHY", "wanted HEALTHY, got 0.99"},
		"a word":                    {"eval budget: state BREACHED", "state: wanted BREACHED, got AT_RISK"},
		"a word that is no number":  {"eval budget: state 1", "state: wanted 1, got AT_RISK"},
		"a text":                    {`eval budget at 1h1m: warning "stale"`, `warning: wanted "stale", got ""`},
		"an offset":                 {"eval budget: to 59m", "to: wanted 59m, got 2026-01-01T01:00:00Z (1h0m0s)"},
		"an instant":                {"eval budget: to 2026-01-01T00:00:00Z", "to: wanted 2026-01-01T00:00:00Z, got"},
		"no instant":                {"eval budget: to noon", "to: wanted noon, got"},
		"a duration":                {"eval series VOLUME: step 2m", "step: wanted 2m, got 1m0s"},
		"a list that is longer":     {"eval series VOLUME points 1: good 594 0", "good: wanted 594 0, got 594"},
		"a list that is shorter":    {"eval series VOLUME points 2: good 300", "good: wanted 300, got 300 294"},
		"one item of a list":        {"eval series VOLUME points 2: good 300 300", "got 300 294"},
		"an interval":               {"clock 2h\nsettle 2h\neval explain at 90m: gaps 1h..2h", "gaps: wanted 1h..2h, got 1h0m0s..1h30m0s"},
		"two fields at once":        {"eval budget: spent 7, total 7", "total: wanted 7, got 600"},
		"a field that is not there": {"eval budget: spend 6", `no field "spend": there are allowed, asOf,`},
		"lines below":               {"eval budget\n  spent 6\n  total 6", "f.test:5: eval budget: total: wanted 6, got 600"},
		"too few records":           {"eval burn", "wanted 0 records, got 2"},
		"one record":                {"eval burn\n  factor 1.2\n  factor 2", "record 2: factor: wanted 2, got 1"},
		"no error":                  {`eval budget fails: "x"`, `wanted an error with "x", got an answer`},
		"another error":             {`eval series NOISE fails: "x"`, `wanted an error with "x", got "series kind`},
		"an error unasked":          {"eval series NOISE: points 1", "series kind"},
		"a list of names":           {"annotate incident 30m..31m fire\neval statement: names -", "names: wanted -, got fire -"},
		"an exclusion that is none": {"include x", `there is no exclusion "x"`},
		"no objective":              {"clear\neval budget: spent 1", "f.test:6: eval budget: no objective yet"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script, err := slotest.Parse("f.test", hour+tt.eval)
			require.NoError(t, err)
			require.ErrorContains(t, script.Run(t.Context()), tt.want)
			require.Error(t, script.Run(t.Context()), "a script can be run again")
		})
	}
}

func TestParseNamesWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ script, want string }{
		"an unknown statement":        {"# one\n\nlaod 1m", `p.test:3: unknown statement "laod"`},
		"an indented beginning":       {"  good 1", "p.test:1: an indented line belongs to a statement"},
		"lines where none belong":     {"clear\n  good 1", "p.test:2: this statement takes no indented lines"},
		"words too many":              {"clear all", `p.test:1: clear: did not expect "all"`},
		"a load without rows":         {"load 1m", "want a row of total and one of good or bad"},
		"good and bad":                {"load 1m\n  good 1\n  bad 1\n  total 1", "want a row of total and one of good or bad"},
		"a load without a step":       {"load\n  good 1\n  total 1", "load: "},
		"a row twice":                 {"load 1m\n  good 1\n  good 1\n  total 1", "p.test:3: second row of good"},
		"an unknown row":              {"load 1m\n  fine 1\n  total 1", `p.test:2: unknown row "fine"`},
		"rows of two lengths":         {"load 1m\n  good 1 1\n  total 1", "the rows have 2 and 1 values"},
		"a gap in one row":            {"load 1m\n  good 1 _\n  total 1 1", "value 2 is a gap in one row only"},
		"a value that is none":        {"load 1m\n  good 1y\n  total 1", `p.test:2: "1y" is not a value`},
		"a value without end":         {"load 1m\n  good 1x99999999\n  total 1", "is not a value"},
		"no repetition":               {"load 1m\n  good 1x0\n  total 1", "is not a value"},
		"infinity":                    {"load 1m\n  good Inf\n  total 1", "is not a value"},
		"more minutes than allowed":   {"load 1d\n  good 1x6000\n  total 1x6000", "more than 6000000 minutes"},
		"an unknown option of load":   {"load 1m until 5m\n  good 1\n  total 1", `did not expect "until"`},
		"a group without labels":      {"load 1m group x\n  good 1\n  total 1", "not a list of name=value"},
		"a target without percent":    {"objective 0.99 over 1h", `"0.99" is not a percentage`},
		"a target of everything":      {"objective 101% over 1h", "target"},
		"an objective without over":   {"objective 99% 1h", `want "over"`},
		"a window that is none":       {"objective 99% over 1x", `duration "1x"`},
		"a zone that is none":         {"objective 99% over calendar 1M Europe/Atlantis", "Europe/Atlantis"},
		"a start that is none":        {"objective 99% over calendar 1M from noon", `"noon" is not a date`},
		"an unknown method":           {"objective 99% over 1h sometimes", `unknown method "sometimes"`},
		"slices without a length":     {"objective 99% over 1h timeslices 95%", `want "of"`},
		"slices without a target":     {"objective 99% over 1h timeslices of 5m", "not a percentage"},
		"something else to evaluate":  {"eval weather: sunny 1", `cannot evaluate "weather"`},
		"an eval without wishes":      {"eval budget at 1h", "expects nothing"},
		"wishes in two places":        {"eval budget: spent 1\n  total 1", "behind the colon or below it"},
		"a field without a value":     {"eval budget: spent", `"spent" is not a field with its value`},
		"a comma too many":            {"eval budget: spent 1,, total 2", `"" is not a field with its value`},
		"an unknown option of eval":   {"eval budget in 1h: spent 1", `did not expect "in"`},
		"an error without quotes":     {"eval budget fails: oops", "in quotes"},
		"a moment that is none":       {"eval budget at 5: spent 1", `"5" is neither an offset`},
		"an offset too far":           {"clock 99999999w", "neither an offset"},
		"a sum of offsets too far":    {"clock 5000w5000w", "neither an offset"},
		"a start that is no time":     {"start yesterday", "not an RFC 3339 time"},
		"a floor that is none":        {"floor 0.9", "not a percentage"},
		"a patience that is none":     {"patience long", "long"},
		"an interval that is none":    {"revise 1m late 1 2", "want the interval"},
		"an interval of no times":     {"revise a..b late 1 2", "neither an offset"},
		"an interval of one time":     {"revise 1m..b late 1 2", "neither an offset"},
		"changes that are none":       {"revise 1m..2m late one 2", "not two numbers"},
		"points that are none":        {"eval series VOLUME points few: points 1", "few"},
		"an exclusion without a name": {"exclude 1m..2m", "want a name"},
		"an exclusion without end":    {"exclude 1m.. x", "has an end"},
		"a rule that is none":         {`exclude 1m..2m x every "sundays"`, "FREQ=WEEKLY"},
		"a kind that is none":         {"annotate party 1m..2m x", `unknown kind "party"`},
		"an annotation of no time":    {"annotate other x", "want the interval"},
		"each of two errors":          {"floor\nclock", "p.test:2: clock"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := slotest.Parse("p.test", tt.script)
			require.ErrorContains(t, err, tt.want)
			require.Regexp(t, `^p\.test:\d+: `, err.Error())
		})
	}
}

// TestValues spells the same hour in different ways.
func TestValues(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"one by one":             "load 20m\n  good 10 20 30\n  total 10 20 30",
		"as a run that grows":    "load 20m\n  good 10+10x3\n  total 10+10x3",
		"as a run that falls":    "load 20m\n  good 30-10x3\n  total 30-10x3",
		"in two loads":           "load 20m\n  good 10\n  total 10\nload 20m from 20m\n  good 20 30\n  total 20 30",
		"backwards":              "load 20m from 20m\n  good 20 30\n  total 20 30\nload 20m\n  good 10\n  total 10",
		"over something else":    "load 1h\n  good 7\n  total 8\nload 20m\n  good 10 20 30\n  total 10 20 30",
		"as nothing that is bad": "load 20m\n  bad 0x3\n  total 10 20 30",
		"estimated":              "load 20m\n  good 10e 20e 30e\n  total 10 20e 30",
		"with another start":     "start 2027-05-05T00:00:00+02:00\nload 20m\n  good 10 20 30\n  total 10 20 30",
	}
	for name, load := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script, err := slotest.Parse("v.test", load+"\nobjective 50% over 1h\neval budget at 1h: good 1200, total 1200, coverage 1")
			require.NoError(t, err)
			require.NoError(t, script.Run(t.Context()))
		})
	}
}

// FuzzParse wants the parser to survive anything, to name the line of what it
// refuses, and to be a function.
func FuzzParse(f *testing.F) {
	f.Add(hour + "eval budget: spent 6, warning \"a, b\"\n")
	f.Add("start 2026-01-01T00:00:00Z\nsettle never\nclock 1d\nfloor 80%\npatience 5m\nclear\n")
	f.Add("objective 99% over calendar 1M Europe/Berlin from 2026-01-01 timeslices 95% of 5m")
	f.Add("load 1m from -5m group a=b,c=d\n  good 1ex3 _x2 0+1x2\n  total 1x3 _x2 1x2\n")
	f.Add("eval series SLI from 1m to 2m points 3 over 1h group a=b: sli 1 - 1/3, at 1m..2m")
	f.Add("eval groups\n  group a=b, state HEALTHY\neval burn fails: \"x\" # y\n")
	f.Add("exclude 1m..2m x every \"FREQ=DAILY;COUNT=3\" in Europe/Berlin\ninclude x\nannotate other 1m.. y\neval statement from 1m to 2m measured: names y -")
	f.Add("revise 1m..2m late 1 2")
	f.Fuzz(func(t *testing.T, text string) {
		script, err := slotest.Parse("fuzz.test", text)
		require.NotNil(t, script)
		if err != nil {
			require.Regexp(t, `^fuzz\.test:\d+: `, err.Error())
			return
		}
		_, err = slotest.Parse("fuzz.test", text)
		require.NoError(t, err)
	})
}
