package graph

import (
	"encoding/base64"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
)

// Kinds of objects with an id.
const (
	sloID        = "slo:"
	serviceID    = "service:"
	sourceID     = "source:"
	exclusionID  = "exclusion:"
	annotationID = "annotation:"
	slaID        = "sla:"
	statementID  = "statement:"
	documentID   = "document:"
)

// maxID is longer than any id: names are DNS labels.
const maxID = 1024

// idOf returns the id of the object of that kind and name. It is stable as long
// as the name is, and opaque: clients keep it and send it back.
func idOf(kind, name string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind + name))
}

// nameOf returns the name behind an id of that kind.
func nameOf(kind, id string) (string, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(id[:min(len(id), maxID)])
	name, ok := strings.CutPrefix(string(raw), kind)
	if err != nil || len(id) > maxID || !ok || name == "" {
		return "", fault.Invalidf("id %.40q was not given out by this server", id)
	}
	return name, nil
}

// oneName returns the name of an SLO that is asked for by its id or by its name.
func oneName(id, name *string) (string, error) {
	switch {
	case (id == nil) == (name == nil):
		return "", fault.Invalidf("slo takes either an id or a name")
	case name != nil:
		return *name, nil
	default:
		return nameOf(sloID, *id)
	}
}

// anyOf returns what matches the names behind ids, or any name without ids.
func anyOf(ids []string) (func(name string) bool, error) {
	if ids == nil {
		return func(string) bool { return true }, nil
	}
	names := make(map[string]bool, len(ids))
	for _, id := range ids {
		name, err := nameOf(sloID, id)
		if err != nil {
			return nil, err
		}
		names[name] = true
	}
	return func(name string) bool { return names[name] }, nil
}
