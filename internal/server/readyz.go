package server

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/hindcast/hindcast/graph/model"
)

// sightings remember when each component was last seen well, so that trouble has
// an age. The zero value is ready.
type sightings struct {
	mu   sync.Mutex
	well map[string]time.Time
}

// note remembers the components that are well, as of their check, and tells of
// each when it was last well.
func (s *sightings) note(all []model.Component) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.well == nil {
		s.well = make(map[string]time.Time)
	}
	for i, c := range all {
		if c.Ok {
			s.well[c.Name] = c.CheckedAt
		}
		if at, ok := s.well[c.Name]; ok {
			all[i].LastWell = &at
		}
	}
}

// age returns the seconds since a component was last seen well, nil if it never
// was since the start.
func age(c model.Component, now time.Time) *float64 {
	if c.LastWell == nil {
		return nil
	}
	seconds := max(0, now.Sub(*c.LastWell).Seconds()) // the clock may have been set back
	return &seconds
}

// lookAfter looks at the components now and then, so that their ages are right
// also while nobody asks.
func (s *Server) lookAfter(ctx context.Context) error {
	tick := time.NewTicker(healthPoll)
	defer tick.Stop()
	for {
		s.components()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// readiness is a component as /readyz tells it.
type readiness struct {
	Name      string    `json:"name"`
	Ok        bool      `json:"ok"`
	Message   string    `json:"message"`
	CheckedAt time.Time `json:"checkedAt"`
	// Age is in seconds since the component was last seen well: for a source,
	// since its last collection; null if it never was since the start.
	Age *float64 `json:"age"`
}

// readyz says whether the server can do its work, and if not what keeps it and
// since when.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	components, ready := s.components()
	list := make([]readiness, len(components))
	for i, c := range components {
		list[i] = readiness{c.Name, c.Ok, c.Message, c.CheckedAt, age(c, s.o.Now())}
	}
	w.Header().Set("Content-Type", "application/json")
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(map[string]any{"ready": ready, "components": list})
}
