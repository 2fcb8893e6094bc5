// Package catalog keeps who and what reliability is about: services and the
// teams that own them. It refers to objectives by name only and imports the
// standard library and internal/fault.
package catalog

import (
	"slices"
	"strings"
	"sync"
)

// Service is something that is run for somebody.
type Service struct {
	Name        string
	DisplayName string
	Description string
	Team        string // "" where nobody is named
	File        string // where it was defined, "" if an objective merely names it
	Line        int
}

// Title returns the display name, or the name where there is none.
func (s Service) Title() string {
	if s.DisplayName != "" {
		return s.DisplayName
	}
	return s.Name
}

// Registry holds the services in force. It is safe for concurrent use.
type Registry struct {
	mu       sync.RWMutex
	services []Service
}

// Replace puts a new set of services in force, all at once.
func (r *Registry) Replace(services []Service) {
	services = slices.Clone(services)
	slices.SortFunc(services, func(a, b Service) int { return strings.Compare(a.Name, b.Name) })
	r.mu.Lock()
	defer r.mu.Unlock()
	r.services = services
}

// All returns the services ordered by name.
func (r *Registry) All() []Service {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.services)
}

// ByName returns the service of that name.
func (r *Registry) ByName(name string) (Service, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	i, ok := slices.BinarySearchFunc(r.services, name, func(s Service, n string) int { return strings.Compare(s.Name, n) })
	if !ok {
		return Service{}, false
	}
	return r.services[i], true
}
