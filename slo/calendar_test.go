package slo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// civilUnit is a unit of windows with the civil boundaries that it should have,
// found by walking over the dates.
type civilUnit struct {
	unit slo.CalendarUnit
	next func(time.Time) time.Time
}

var civilUnits = map[string]civilUnit{
	"day":     {slo.Day, func(d time.Time) time.Time { return d.AddDate(0, 0, 1) }},
	"week":    {slo.Week, func(d time.Time) time.Time { return d.AddDate(0, 0, 7) }},
	"month":   {slo.Month, func(d time.Time) time.Time { return d.AddDate(0, 1, 0) }},
	"quarter": {slo.Quarter, func(d time.Time) time.Time { return d.AddDate(0, 3, 0) }},
	"year":    {slo.Year, func(d time.Time) time.Time { return d.AddDate(1, 0, 0) }},
}

// TestWindowsPartitionTimeInEveryZone compares every window of every unit from
// 2000 to 2037 in every zone of Go's database with boundaries that a second
// reader of the database finds. Zones whose clocks agreed since 1999 are tried once.
func TestWindowsPartitionTimeInEveryZone(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for name, data := range zoneFiles(t) {
		zone := parseZone(t, data)
		if sum := fmt.Sprint(zone); !seen[sum] {
			seen[sum] = true
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				loc, err := time.LoadLocationFromTZData(name, data)
				require.NoError(t, err)
				for unit, u := range civilUnits {
					checkPartition(t, zone, loc, unit, u)
				}
			})
		}
	}
	require.Greater(t, len(seen), 200)
}

// checkPartition walks over the windows of one unit in one zone.
func checkPartition(t *testing.T, zone zoneData, loc *time.Location, name string, u civilUnit) {
	t.Helper()
	w, err := slo.Calendar(1, u.unit, slo.DefaultAnchor(loc))
	require.NoError(t, err)
	civil := time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)
	if u.unit == slo.Week {
		civil = time.Date(1999, time.December, 27, 0, 0, 0, 0, time.UTC) // a Monday
	}
	begin, odd := zone.firstShowing(civil.Unix()), false
	for civil.Year() < 2038 {
		civil = u.next(civil)
		end := zone.firstShowing(civil.Unix())
		if end == begin {
			continue // a day that the zone left out
		}
		at := time.Unix(begin, 1) // by turns the first and the last instant of the window
		if odd = !odd; odd {
			at = time.Unix(end, 0)
		}
		from, to := w.Period(at)
		if from.Unix() != begin || to.Unix() != end || from.Nanosecond()+to.Nanosecond() != 0 {
			t.Fatalf("%s of %s: got %s to %s, want %s to %s", name, at.In(loc), from, to,
				time.Unix(begin, 0).In(loc), time.Unix(end, 0).In(loc))
		}
		begin = end
	}
}
