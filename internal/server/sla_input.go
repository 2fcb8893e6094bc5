package server

import (
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// slaOf returns the agreement that an input describes.
func slaOf(in model.SlaInput) (slo.SLA, error) {
	a := slo.SLA{
		Name: in.Name, DisplayName: in.DisplayName, Description: in.Description, Service: value(in.Service), Combination: in.Combination,
	}
	var err error
	if a.Target, err = slo.ParseTargetPercent(in.TargetPercent); err != nil {
		return a, fault.At("targetPercent", err)
	}
	if a.Window, err = calendarWindow(in.Window); err != nil {
		return a, err
	}
	for _, s := range in.Streams {
		a.Streams = append(a.Streams, slo.Promise{SLO: s.Slo, Objective: s.Objective})
	}
	for _, c := range in.Customers {
		a.Customers = append(a.Customers, slo.Customer{Name: c.Name, DisplayName: c.DisplayName, Fee: value(c.Fee), Currency: value(c.Currency)})
	}
	for _, b := range in.Credits {
		band, err := slo.ParseCredit(b.BelowPercent, b.CreditPercent)
		if err != nil {
			return a, fault.At("credits", err)
		}
		a.Credits = append(a.Credits, band)
	}
	if t := in.Terms; t != nil {
		a.Terms = slo.Terms{Ignore: !t.Exclusions}
		if t.Exclusions {
			a.Terms = slo.Terms{Kinds: slo.KindList(t.Kinds), Notice: value(t.Notice), Most: value(t.Most)}
		}
	}
	return a, nil
}

// calendarWindow returns the window that an input asks for.
func calendarWindow(in model.WindowInput) (slo.Window, error) {
	if !in.Calendar {
		return slo.Window{}, fault.At("window.calendar", fault.Invalidf("a rolling window has no months that can be stated: an agreement runs by a calendar"))
	}
	zone, err := time.LoadLocation(in.TimeZone)
	if err != nil || in.TimeZone == "" || in.TimeZone == "Local" {
		return slo.Window{}, fault.At("window.timeZone", fault.Invalidf("time zone %.80q is not an IANA name such as Europe/Berlin", in.TimeZone))
	}
	w, err := slo.ParseCalendar(in.Duration, slo.DefaultAnchor(zone))
	return w, fault.At("window.duration", err)
}

// inputFault names the field of the input for the one of the agreement.
func inputFault(err error) error {
	if fault.FieldOf(err) == "target" {
		return fault.At("targetPercent", err)
	}
	return err
}
