package model

import (
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Health is how the parts of Hindcast are doing.
type Health struct {
	Version    string
	Ready      bool
	StartedAt  time.Time
	Demo       bool
	Components []Component
	Targets    []Target
	Problems   []slo.Problem
}

// Component is one part: the store, a data source, the collector.
type Component struct {
	Name      string
	Ok        bool
	Message   string // fit for a user: no address, no path, no secret
	CheckedAt time.Time
	LastWell  *time.Time // nil if it never was since the start
}

// Target is one scrape target of the embedded TSDB.
type Target struct {
	Job, Instance, URL  string
	Up                  bool
	LastScrape          *time.Time
	LastDurationSeconds *float64
	Samples             *int
	Error               *string
}

// Backfill is the progress of reading an indicator's history.
type Backfill struct {
	Done                bool
	Oldest, Newest      *time.Time
	DaysDone, DaysTotal int
	Samples             float64
	SamplesPerSecond    float64
	Error               *string
}
