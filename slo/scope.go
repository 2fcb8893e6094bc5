package slo

import (
	"maps"
	"slices"

	"github.com/hindcast/hindcast/internal/fault"
)

// Scope says which SLOs something is about: those that it names, those of the
// services that it names, and those whose labels hold all of its labels. It is
// the union of the three; the zero Scope covers nothing.
type Scope struct {
	SLOs     []string
	Services []string
	// Labels must all be among the labels of an SLO, each with this value as one
	// of its values.
	Labels map[string]string
}

// Covers reports whether the scope is about s.
func (c Scope) Covers(s *SLO) bool {
	return slices.Contains(c.SLOs, s.Name) || slices.Contains(c.Services, s.Service) || c.labelled(s)
}

func (c Scope) labelled(s *SLO) bool {
	for name, value := range c.Labels {
		if !slices.Contains(s.Labels[name], value) {
			return false
		}
	}
	return len(c.Labels) > 0
}

// Equal reports whether two scopes say the same.
func (c Scope) Equal(o Scope) bool {
	return slices.Equal(c.SLOs, o.SLOs) && slices.Equal(c.Services, o.Services) && maps.Equal(c.Labels, o.Labels)
}

// Check refuses a scope that covers nothing by itself.
func (c Scope) Check() error {
	if len(c.SLOs) == 0 && len(c.Services) == 0 && len(c.Labels) == 0 {
		return fault.Invalidf("the scope is empty: name SLOs, services or labels")
	}
	return nil
}
