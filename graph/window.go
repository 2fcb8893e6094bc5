package graph

import (
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Limits of a window that is sent in.
const (
	maxDurationText = 16
	maxZoneText     = 64
)

// windowOf shows a window.
func windowOf(w slo.Window) *model.Window {
	view := &model.Window{Duration: w.Shorthand(), IsRolling: w.IsRolling(), Title: w.Title()}
	if zone := w.Zone(); zone != nil {
		view.TimeZone = optional(zone.String())
	}
	return view
}

// ask returns the question for a figure over another window, as of another
// instant or of one group; nil means the SLO's own, now and the whole.
func ask(in *model.WindowInput, asOf *time.Time, group map[string]string) (slo.Question, error) {
	q := slo.Question{AsOf: instant(asOf), Group: slo.GroupOf(group)}
	if in == nil {
		return q, nil
	}
	if len(in.Duration) > maxDurationText {
		return q, fault.Invalidf("duration %.20q… is too long: write it like 30d", in.Duration)
	}
	var err error
	if !in.Calendar {
		q.Window, err = slo.ParseRolling(in.Duration)
		return q, err
	}
	zone, err := zoneOf(in.TimeZone)
	if err != nil {
		return q, err
	}
	q.Window, err = slo.ParseCalendar(in.Duration, slo.DefaultAnchor(zone))
	return q, err
}

// zoneOf returns the IANA time zone of that name. The zone of the machine is
// none: it means something else on each.
func zoneOf(name string) (*time.Location, error) {
	if name == "" || name == "Local" || len(name) > maxZoneText {
		return nil, fault.Invalidf("time zone %.80q is not an IANA name such as Europe/Berlin", name)
	}
	zone, err := time.LoadLocation(name) // refuses names that lead out of the zone database
	if err != nil {
		return nil, fault.Invalidf("time zone %.80q is not an IANA name such as Europe/Berlin", name)
	}
	return zone, nil
}
