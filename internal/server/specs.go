package server

import (
	"fmt"
	"strings"

	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/slo/elasticsearch"
	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// builders read the indicators of the kinds of sources there are.
func builders() openslo.Builders {
	return openslo.Builders{source.Prometheus: prometheus.Builder{}, source.Elasticsearch: elasticsearch.Builder{}}
}

// readSpecs reads specification files for a command, and writes every error.
func readSpecs(paths []string, s Streams) (openslo.Set, error) {
	set, problems, _ := openslo.Read(paths, builders())
	for _, p := range problems {
		_, _ = fmt.Fprintln(s.Err, plain(p.String()))
	}
	if len(problems) > 0 {
		return set, errProblems
	}
	return set, nil
}

// Run checks specification files.
func (c *validateCommand) Run(s Streams) error {
	set, problems, stats := openslo.Read(c.Paths, builders())
	_, more := documentSources(set)
	problems = append(problems, more...)
	for _, p := range problems {
		_, _ = fmt.Fprintln(s.Out, plain(p.String()))
	}
	for _, p := range set.Warnings {
		_, _ = fmt.Fprintln(s.Err, plain(positioned(p, "warning: ")))
	}
	if len(problems) > 0 {
		_, _ = fmt.Fprintf(s.Err, "%s in %s\n", count(len(problems), "error"), count(stats.Files, "file"))
		return errProblems
	}
	_, _ = fmt.Fprintf(s.Err, "no errors in %s: %s\n", count(stats.Files, "file"), defined(set, stats))
	return nil
}

// defined says what files define: SLOs and services always, composites as a part
// of the SLOs, other kinds if there are any.
func defined(set openslo.Set, stats openslo.Stats) string {
	composites := 0
	for _, s := range set.SLOs {
		if s.Objectives[0].Composite != nil {
			composites++
		}
	}
	slos := count(len(set.SLOs), "SLO")
	if composites > 0 {
		slos += fmt.Sprintf(" (%s)", count(composites, "composite"))
	}
	parts := []string{slos, count(stats.Objects["Service"], "service")}
	for _, other := range []struct {
		n     int
		thing string
	}{
		{stats.Objects["DataSource"], "data source"},
		{len(set.SLAs), "SLA"},
		{len(set.Exclusions), "exclusion"},
		{len(set.Annotations), "annotation"},
	} {
		if other.n > 0 {
			parts = append(parts, count(other.n, other.thing))
		}
	}
	return strings.Join(parts, ", ")
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
