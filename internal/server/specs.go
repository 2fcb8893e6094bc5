package server

import (
	"fmt"

	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// builders read the indicators of the kinds of sources there are.
func builders() openslo.Builders { return openslo.Builders{"Prometheus": prometheus.Builder{}} }

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
	problems, stats := openslo.Validate(c.Paths, builders())
	for _, p := range problems {
		_, _ = fmt.Fprintln(s.Out, plain(p.String()))
	}
	if len(problems) > 0 {
		_, _ = fmt.Fprintf(s.Err, "%d errors in %d files\n", len(problems), stats.Files)
		return errProblems
	}
	_, _ = fmt.Fprintf(s.Err, "%d files are valid: %d SLOs, %d services\n", stats.Files, stats.Objects["SLO"], stats.Objects["Service"])
	return nil
}
