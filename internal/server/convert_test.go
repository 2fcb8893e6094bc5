package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo/openslo"
)

const pyrraText = `apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: api, namespace: shop}
spec:
  target: "99"
  window: 2w
  indicator: {ratio: {errors: {metric: 'http_total{code=~"5.."}'}, total: {metric: http_total}}}
`

// What comes out is accepted by validate.
func TestConvertWritesSpecificationsThatAreValid(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	require.NoError(t, os.MkdirAll(filepath.Join(in, "deep"), 0o750))
	specFile(t, in, "sloth.yml", slothText)
	specFile(t, in, "deep/pyrra.yaml", pyrraText)
	code, text, remarks := command(t, "convert", "--window", "7d", in)
	require.Equal(t, ExitOK, code, remarks)
	require.Contains(t, text, "duration: 7d")
	require.Contains(t, text, "duration: 14d")
	require.Contains(t, remarks, "sloth.yml:12:7: warning: the alerts go to the notification target alertmanager")
	specFile(t, dir, "all.yaml", text)
	code, _, remarks = command(t, "validate", filepath.Join(dir, "all.yaml"))
	require.Equal(t, ExitOK, code, remarks)
	require.Contains(t, remarks, "2 SLOs")

	code, text, remarks = command(t, "convert", in, "-o", out)
	require.Equal(t, ExitOK, code, remarks)
	require.Empty(t, text)
	require.FileExists(t, filepath.Join(out, "deep", "pyrra.yaml"))
	code, _, remarks = command(t, "validate", out)
	require.Equal(t, ExitOK, code, remarks)
	code, _, remarks = command(t, "convert", in, "-o", out)
	require.Equal(t, ExitProblems, code)
	require.Contains(t, remarks, "is there already")
}

func TestConvertReadsStandardInput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in")
	require.NoError(t, os.WriteFile(path, []byte(slothText), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	stdin := os.Stdin
	os.Stdin = f
	t.Cleanup(func() { os.Stdin = stdin; require.NoError(t, f.Close()) })
	code, text, remarks := command(t, "convert", "-")
	require.Equal(t, ExitOK, code, remarks)
	require.Contains(t, text, "duration: 30d")
	require.Contains(t, remarks, "stdin:12:7: warning:")
}

func TestConvertSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	specFile(t, dir, "good.yaml", slothText)
	specFile(t, dir, "bad.yaml", strings.Replace(slothText, "sum(rate(http_total[{{.window}}]))", "vector(1)[{{.window}}]", 1))
	specFile(t, dir, "twice.yaml", slothText)
	tests := map[string]struct {
		args []string
		code int
		says string
	}{
		"a query that is none":        {[]string{"bad.yaml"}, ExitProblems, "bad.yaml:10:22: not valid PromQL"},
		"one of two":                  {[]string{"good.yaml", "bad.yaml"}, ExitProblems, "name: shop-requests"},
		"a file that is not there":    {[]string{"no.yaml"}, ExitProblems, "no.yaml:0:0: cannot be read"},
		"a window that is none":       {[]string{"--window", "month", "good.yaml"}, ExitProblems, `window "month" is not a duration such as 30d`},
		"a window that is too short":  {[]string{"--window", "5m", "good.yaml"}, ExitProblems, "shorter than an hour"},
		"nothing":                     {nil, ExitUsage, "<paths>"},
		"a name in two files":         {[]string{"good.yaml", "twice.yaml"}, ExitOK, `warning: SLO "shop-requests" is defined twice, first in`},
		"an output that is no folder": {[]string{"good.yaml", "-o", "good.yaml"}, ExitProblems, "-o: "},
	}
	t.Chdir(dir)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			code, out, text := command(t, append([]string{"convert"}, tt.args...)...)
			require.Equal(t, tt.code, code, "%s%s", out, text)
			require.Contains(t, out+text, tt.says)
		})
	}
	code, out, _ := command(t, "convert", "--help")
	require.Equal(t, ExitOK, code)
	require.Contains(t, out, "kubectl get slo -A -o yaml | hindcast convert -")
}

// With --partial, what is refused is left out and the rest is written.
func TestConvertWritesTheRestIfAsked(t *testing.T) {
	dir := t.TempDir()
	plugin := "  - {name: plugged, objective: 99, sli: {plugin: {id: x}}}\n"
	specFile(t, dir, "mixed.yaml", strings.Replace(slothText, "slos:\n", "slos:\n"+plugin, 1)+"---\n"+strings.Replace(pyrraText, "target: \"99\"", "target: \"101\"", 1))
	code, text, remarks := command(t, "convert", dir)
	require.Equal(t, ExitProblems, code)
	require.Empty(t, text)
	code, text, again := command(t, "convert", "--partial", dir)
	require.Equal(t, ExitProblems, code)
	require.Equal(t, remarks, again)
	require.Equal(t, 1, strings.Count(text, "kind: SLO\n"))
	require.Contains(t, text, "name: shop-requests")
	specFile(t, dir, "mixed.yaml", text)
	code, _, remarks = command(t, "validate", dir)
	require.Equal(t, ExitOK, code, remarks)
}

// What validate counts is what would be in force, composites and Hindcast's own
// kinds too.
func TestValidateCountsWhatIsDefined(t *testing.T) {
	dir := t.TempDir()
	in := t.TempDir()
	specFile(t, in, "in.yaml", strings.Replace(slothText, "slos:\n", "slos:\n  - {name: other, objective: 99, sli: {events: {error_query: 'sum(rate(a[{{.window}}]))', total_query: 'sum(rate(b[{{.window}}]))'}}}\n", 1))
	code, text, remarks := command(t, "convert", in)
	require.Equal(t, ExitOK, code, remarks)
	specFile(t, dir, "sloth.yaml", text)
	validate := func() string {
		code, out, remarks := command(t, "validate", dir)
		require.Equal(t, ExitOK, code, out+remarks)
		return remarks
	}
	require.Contains(t, validate(), "no errors in 1 file: 2 SLOs, 0 services\n")
	specFile(t, dir, "whole.yaml", `apiVersion: hindcast/v1
kind: CompositeSLO
metadata: {name: whole}
spec:
  service: shop
  method: WorstOf
  timeWindow: [{duration: 30d, isRolling: true}]
  target: 0.99
  components: [{sloRef: shop-requests}, {sloRef: shop-other}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: inside}
spec:
  service: shop
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - {displayName: a, target: 0.9, indicatorRef: a, compositeWeight: 1}
    - {displayName: b, target: 0.9, indicatorRef: a, compositeWeight: 2}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: a}
spec: {ratioMetric: {counter: true, good: {metricSource: {type: Prometheus, spec: {query: good}}}, total: {metricSource: {type: Prometheus, spec: {query: all}}}}}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
---
apiVersion: hindcast/v1
kind: Exclusion
metadata: {name: night}
spec: {reason: r, kind: MAINTENANCE, scope: {services: [shop]}, start: "2026-01-01T01:00:00Z", length: 1h}
`)
	require.Contains(t, validate(), "no errors in 2 files: 4 SLOs (2 composites), 1 service, 1 exclusion\n")
}

// Whatever validate sends to convert is converted.
func TestValidateSendsOnlyThereWhatIsConverted(t *testing.T) {
	for name, text := range map[string]string{
		"Sloth": slothText, "Pyrra": pyrraText,
		"Sloth for Kubernetes": "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nmetadata: {name: a}\nspec:\n  " +
			strings.ReplaceAll(strings.NewReplacer("error_query", "errorQuery", "total_query", "totalQuery").Replace(strings.TrimPrefix(slothText, "version: prometheus/v1\n")), "\n", "\n  "),
		"OpenSLO v2alpha": "apiVersion: openslo.com/v2alpha\nkind: Service\nmetadata: {name: a}\n",
		"OpenSLO v1alpha": "apiVersion: openslo/v1alpha\nkind: Service\nmetadata: {name: a}\n",
	} {
		t.Run(name, func(t *testing.T) {
			file := openslo.File{Path: "x.yaml", Text: []byte(text)}
			_, problems := openslo.Parse(file, builders())
			require.Len(t, problems, 1)
			require.Contains(t, problems[0].Text, "convert it with hindcast convert")
			all, err := importer("").Convert(file)
			require.NoError(t, err)
			require.Empty(t, all[0].Problems)
			require.Len(t, all[0].Objects, 1)
			require.Equal(t, []openslo.Format{openslo.Format(name)}, all[0].Formats)
		})
	}
}
