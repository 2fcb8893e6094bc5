package server

import (
	"context"
	"errors"
	"time"
)

// How soon a replica counts what people decided on another one. What tells by one
// row whether anything changed is asked more often than what is read whole.
const (
	followEvery = 2 * time.Second
	loadEvery   = 5 * time.Second
)

// followed is what several replicas may write.
type followed struct {
	name  string
	every time.Duration
	read  func(context.Context) error // takes in what others wrote
}

// followed lists what several replicas may write; nothing, where no other process
// can open the database.
func (s *Server) followed() []followed {
	if s.o.Database == "" {
		return nil
	}
	return []followed{
		{"exclusions and annotations", followEvery, s.almanac.Follow},
		{"agreements", followEvery, s.agreements.Follow},
		{"sources and documents", loadEvery, func(ctx context.Context) error {
			return errors.Join(s.loadSources(ctx), s.folder.Follow(ctx)) // documents measure on sources
		}},
	}
}

// follow takes in what others write until ctx ends. What cannot be read now is read
// the next time.
func (s *Server) follow(ctx context.Context, what followed) {
	tick := time.NewTicker(what.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := what.read(ctx); err != nil && ctx.Err() == nil {
			s.o.Logger.WarnContext(ctx, "read what other replicas wrote", "what", what.name, "err", err)
		}
	}
}
