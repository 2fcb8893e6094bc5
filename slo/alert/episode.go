package alert

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Key names what is watched: one policy for one objective of one SLO, for what it
// says when the condition holds, or when nobody can tell.
type Key struct {
	SLO, Objective, Policy string
	NoData                 bool
}

// Episode is one time that a policy fired.
type Episode struct {
	Key
	FiredAt    time.Time // the end of the minute in which it fired
	ResolvedAt time.Time // zero while it fires
	Reason     string    // why it is as it is, for people
	Burn       *float64  // over the lookback, when it fired
	// What is to be said, and to whom, as it was when it fired.
	Service     string
	Severity    string
	Condition   string
	Labels      map[string]string
	Annotations map[string]string
	Targets     []string
	TellEnd     bool // the policy wants the end told, too
}

// ID names the episode.
func (e Episode) ID() string {
	id := fmt.Sprintf("%s/%s/%s/%d", e.SLO, e.Objective, e.Policy, e.FiredAt.Unix())
	if e.NoData {
		id += "/no-data"
	}
	return id
}

// Open reports whether it fires.
func (e Episode) Open() bool { return e.ResolvedAt.IsZero() }

// The states that somebody is told of.
const (
	Firing   = "FIRING"
	Resolved = "RESOLVED"
)

// State returns Firing or Resolved.
func (e Episode) State() string {
	if e.Open() {
		return Firing
	}
	return Resolved
}

// Told is who was told what of an episode.
type Told struct {
	Episode, Target, State string
	At                     time.Time
}

// Store keeps episodes.
type Store interface {
	// Episodes returns those that are open and those that ended after since.
	Episodes(ctx context.Context, since time.Time) ([]Episode, error)
	// SaveEpisodes keeps each in place of the one of the same ID, all in one
	// transaction; nil means that they are durable.
	SaveEpisodes(ctx context.Context, all []Episode) error
}

// begin returns the episode of a policy that fires.
func begin(k Key, s *slo.SLO, p slo.AlertPolicy, j slo.Judgement, at time.Time) Episode {
	e := Episode{
		Key: k, FiredAt: at, Reason: j.Reason, Burn: j.Long,
		Service: s.Service, Severity: p.Condition.Severity, Condition: p.Condition.Text(),
		Labels: make(map[string]string, len(p.Labels)), Annotations: maps.Clone(p.Annotations), TellEnd: p.WhenResolved,
	}
	for name, values := range p.Labels {
		if len(values) > 0 {
			e.Labels[name] = values[0]
		}
	}
	for _, t := range p.Targets {
		e.Targets = append(e.Targets, t.Target)
	}
	return e
}
