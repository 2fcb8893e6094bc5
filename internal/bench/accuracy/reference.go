package main

import (
	"iter"
	"strings"

	"github.com/hindcast/hindcast/internal/bench/peer"
	"github.com/hindcast/hindcast/internal/scenario"
)

// references are the five constructions of internal/scenario.
func references() []row {
	var rows []row
	for _, s := range scenario.All() {
		rows = append(rows, row{
			Name: s.Name, What: s.What, Target: s.Target,
			From: scenario.End.Add(-month * second), To: scenario.End,
			bad: peer.Metric{Name: s.Bad}, total: peer.Metric{Name: s.Total},
			truth:   func() figures { return figures{Total: s.TruthTotal, Bad: s.TruthBad} },
			samples: referenceSamples(strings.ToLower(s.Name), s),
		})
	}
	return rows
}

// referenceSamples are the samples of a construction, with the label service.
func referenceSamples(service string, s scenario.Scenario) iter.Seq[sample] {
	return func(yield func(sample) bool) {
		known := map[string]*series{}
		ended := false
		s.Generate(func(pairs []string, ms int64, v float64) {
			key := pairs[1] + "/" + pairs[3]
			if known[key] == nil {
				known[key] = &series{pairs: append([]string{"service", service}, pairs...)}
			}
			ended = ended || !yield(sample{series: known[key], ms: ms, v: v})
		})
	}
}
