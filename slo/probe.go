package slo

import (
	"context"
	"time"
)

// Prober is a Source that can tell what stands behind it.
type Prober interface {
	// Probe asks the source who it is and what it can do. Errors are faults for
	// those who set the source up: they name what is wrong, the value and the
	// remedy, and never a secret.
	Probe(ctx context.Context) (Probe, error)
}

// Probe is what a source said about itself.
type Probe struct {
	Product   string // "Prometheus", "Mimir", "Elasticsearch", …; "" if it does not say
	Version   string
	Latency   time.Duration // of the fastest answer
	Skew      time.Duration // the server's clock minus ours; 0 if it is not told or below a second
	Abilities []Ability
	Warnings  []string // what a sceptic should know, with the remedy
}

// Ability is something that a source can do, or cannot.
type Ability struct {
	Name string // "streamed remote read", "native histograms", …
	Have bool
	Note string // what follows from it for the figures or their cost
}

// Pacer is a Source whose data settle otherwise than those of a scraper.
type Pacer interface {
	Pace() Pace
}

// Pace says when the minutes of a source can be read.
type Pace struct {
	// Delay is how long after its end a minute is read first; 0 means as the
	// collector does it.
	Delay time.Duration
	// Overlap is how many minutes that were read are read again in each cycle,
	// for what arrived meanwhile; 0 means as the collector does it.
	Overlap Minute
}
