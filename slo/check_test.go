package slo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

func TestLinksLeadToTheWebAndHoldNoSecret(t *testing.T) {
	for _, good := range []string{"https://a", "http://a.example:8080/b?c=d#e", "HTTPS://a/ä"} {
		require.NoError(t, slo.CheckLink(good), good)
	}
	for bad, says := range map[string]string{
		"": "whole address", "/etc": "whole address", "//host/x": "whole address", "a b": "whole address", "http://[": "whole address",
		"javascript:alert(1)": `"javascript"`, "data:text/html,x": `"data"`, "file:///etc/passwd": `"file"`,
		"https://": "no host", "http:x": "no host", "https://u:hunter2@a/": "user or a password", "https://u@a": "user or a password",
	} {
		err := slo.CheckLink(bad)
		require.Equal(t, fault.Invalid, fault.KindOf(err), bad)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestExceptionsAreStartsOfOccurrences(t *testing.T) {
	start := time.Date(2026, 3, 22, 3, 0, 0, 0, time.UTC)
	weekly, err := slo.ParseRecurrence("FREQ=WEEKLY", "Europe/Vienna")
	require.NoError(t, err)
	x := slo.Exclusion{Start: start, Length: 90 * time.Minute, Recurrence: weekly, Scope: slo.Scope{SLOs: []string{"a"}}}
	for at, good := range map[time.Time]bool{
		start: true, start.AddDate(0, 0, 7).Add(-time.Hour): true, // clocks went forward
		start.AddDate(0, 0, 7): false, start.Add(time.Minute): false, start.AddDate(0, 0, -7): false, start.AddDate(0, 0, 1): false,
	} {
		x.Recurrence.Except = []time.Time{at}
		if err := x.Check(); good {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, "no occurrence begins at "+at.Format(time.RFC3339))
			require.Equal(t, "exceptDates", fault.FieldOf(err))
		}
	}
}

func TestInstantsAreOfCalendarsThatPeopleUse(t *testing.T) {
	for year, good := range map[int]bool{1: false, 1969: false, 1970: true, 9999: true, 10000: false} {
		require.Equal(t, good, slo.CheckInstant(time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)) == nil, year)
	}
}

func TestAnExclusionIsRefusedWithTheFieldToBlame(t *testing.T) {
	hourly, err := slo.ParseRecurrence("FREQ=HOURLY;COUNT=100", "UTC")
	require.NoError(t, err)
	forever, err := slo.ParseRecurrence("FREQ=DAILY;BYHOUR=1,2,3,4,5,6", "UTC")
	require.NoError(t, err)
	good := slo.Exclusion{Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Length: time.Minute, Scope: slo.Scope{SLOs: []string{"a"}}, Recurrence: hourly}
	require.NoError(t, good.Check())
	for field, change := range map[string]func(*slo.Exclusion){
		"scope": func(x *slo.Exclusion) { x.Scope = slo.Scope{} }, "start": func(x *slo.Exclusion) { x.Start = time.Time{} },
		"rrule":  func(x *slo.Exclusion) { x.Recurrence = forever },
		"length": func(x *slo.Exclusion) { x.Length-- }, "exceptDates": func(x *slo.Exclusion) { x.Recurrence.Except = []time.Time{x.Start.Add(time.Minute)} },
	} {
		bad := good
		change(&bad)
		require.Equal(t, field, fault.FieldOf(bad.Check()))
		require.Equal(t, fault.Invalid, fault.KindOf(bad.Check()))
	}
	good.Length = slo.MaxWindow
	require.NoError(t, good.Check())
	good.Length += time.Minute
	require.Equal(t, "length", fault.FieldOf(good.Check()))
}
