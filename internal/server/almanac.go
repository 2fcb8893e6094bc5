package server

import (
	"context"
	"slices"

	"github.com/hindcast/hindcast/internal/almanac"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// openAlmanac loads exclusions and annotations before anything is answered: a
// figure without its exclusions would be another figure.
func (s *Server) openAlmanac(ctx context.Context) error {
	s.annotations.Now = s.o.Now
	s.almanac = almanac.New(almanac.Options{
		Store: s.store, Now: s.o.Now, Exclusions: s.exclusions, Annotations: s.annotations,
		Known: s.knownScope, Changed: s.tellCovered,
	})
	if err := s.almanac.Load(ctx); err != nil {
		return err
	}
	return s.annotateDemo(ctx)
}

// knownScope refuses names of SLOs and services that there are not: who mistypes
// one excludes nothing and is not told.
func (s *Server) knownScope(scope slo.Scope) error {
	for _, name := range scope.SLOs {
		if s.slos.ByName(name) == nil {
			return fault.Invalidf("there is no SLO %.80q; `hindcast status` lists all", name)
		}
	}
	for _, name := range scope.Services {
		if !s.knownService(name) {
			return fault.Invalidf("no SLO is about a service %.80q; `hindcast status` lists all", name)
		}
	}
	return nil
}

func (s *Server) knownService(name string) bool {
	return slices.ContainsFunc(s.slos.All(), func(o *slo.SLO) bool { return o.Service == name })
}

// covered lists the SLOs that any of the scopes is about.
func (s *Server) covered(scopes ...slo.Scope) (all []*slo.SLO) {
	for _, o := range s.slos.All() {
		if slices.ContainsFunc(scopes, func(c slo.Scope) bool { return c.Covers(o) }) {
			all = append(all, o)
		}
	}
	return all
}

// tellCovered tells those who watch the API that somebody changed what counts.
func (s *Server) tellCovered(scopes []slo.Scope) { s.tellDecided(s.covered(scopes...)) }

func (s *Server) tellDecided(slos []*slo.SLO) {
	var keys []slo.IndicatorKey
	for _, o := range slos {
		for i := range o.Objectives {
			for _, part := range o.Objectives[i].Measured() { // what watchers know of composites
				keys = append(keys, part.Indicator.Key())
			}
		}
	}
	slices.Sort(keys)
	s.changes.Decide(slices.Compact(keys)...)
}
