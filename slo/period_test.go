package slo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

func calendarOf(t tester, duration, start, zone string) slo.Window {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	require.NoError(t, err)
	anchor, err := time.ParseInLocation(time.DateTime, start, loc)
	require.NoError(t, err)
	w, err := slo.ParseCalendar(duration, anchor)
	require.NoError(t, err)
	return w
}

func TestPeriodsHaveTheNamesThatPeopleUse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ duration, start, zone, period, from, to string }{
		"a month":                         {"1M", "2024-01-01 00:00:00", "Europe/Vienna", "2026-10", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"},
		"a quarter":                       {"1Q", "2024-01-01 00:00:00", "UTC", "2026-Q4", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"a quarter counted from April":    {"1Q", "2024-04-01 00:00:00", "UTC", "2026-Q2", "2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z"},
		"an ISO week":                     {"1w", "2024-01-01 00:00:00", "UTC", "2026-W48", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"},
		"a week 53":                       {"1w", "2024-01-01 00:00:00", "UTC", "2026-W53", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"},
		"week 1 begins in the old year":   {"1w", "2024-01-01 00:00:00", "UTC", "2026-W01", "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z"},
		"a year":                          {"1Y", "2024-01-01 00:00:00", "UTC", "2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"a fiscal year by its first day":  {"1Y", "2024-04-01 00:00:00", "UTC", "2026-04-01", "2026-04-01T00:00:00Z", "2027-04-01T00:00:00Z"},
		"a day of 25 hours":               {"1d", "2024-01-01 00:00:00", "Europe/Vienna", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		"a day of 23 hours":               {"1d", "2024-01-01 00:00:00", "Europe/Vienna", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		"a day that has no midnight":      {"1d", "2024-01-01 00:00:00", "Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
		"a month from the 15th on":        {"1M", "2024-01-15 00:00:00", "UTC", "2026-10-15", "2026-10-15T00:00:00Z", "2026-11-15T00:00:00Z"},
		"a month from the 31st on":        {"1M", "2024-01-31 00:00:00", "UTC", "2026-02-28", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"},
		"a week from Sunday on":           {"1w", "2023-12-31 00:00:00", "UTC", "2026-11-22", "2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"},
		"two weeks":                       {"2w", "2024-01-01 00:00:00", "UTC", "2026-11-16", "2026-11-16T00:00:00Z", "2026-11-30T00:00:00Z"},
		"days that begin in the evening":  {"1d", "2024-01-01 23:59:00", "UTC", "2026-11-25", "2026-11-25T23:59:00Z", "2026-11-26T23:59:00Z"},
		"two months are no month":         {"2M", "2024-01-01 00:00:00", "UTC", "2026-11-01", "2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"a month that begins at six":      {"1M", "2024-01-01 06:00:00", "UTC", "2026-10-01", "2026-10-01T06:00:00Z", "2026-11-01T06:00:00Z"},
		"a month where the year is ahead": {"1M", "2024-01-01 00:00:00", "Pacific/Kiritimati", "2026-01", "2025-12-31T10:00:00Z", "2026-01-31T10:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := calendarOf(t, c.duration, c.start, c.zone)
			p, err := w.PeriodNamed(c.period)
			require.NoError(t, err)
			require.Equal(t, [2]string{c.from, c.to}, [2]string{p.From.UTC().Format(time.RFC3339), p.To.UTC().Format(time.RFC3339)})
			require.True(t, p.Contains(p.To))
			require.False(t, p.Contains(p.From), "an instant on a boundary belongs to the period before")
		})
	}
}

func TestNamesThatAWindowHasNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ duration, start, period, say string }{
		"month 13":                 {"1M", "2024-01-01 00:00:00", "2026-13", "write it like 2024-01"},
		"a quarter of months":      {"1M", "2024-01-01 00:00:00", "2026-Q4", "write it like 2024-01"},
		"quarter 5":                {"1Q", "2024-01-01 00:00:00", "2026-Q5", "write it like 2024-Q1"},
		"week 53 of 2025":          {"1w", "2024-01-01 00:00:00", "2025-W53", "write it like 2024-W01"},
		"week 0":                   {"1w", "2024-01-01 00:00:00", "2026-W00", ""},
		"a week by its day":        {"1w", "2024-01-01 00:00:00", "2026-11-23", ""},
		"another fortnight":        {"2w", "2024-01-01 00:00:00", "2026-11-23", "write it like 2024-01-01"},
		"the 30th of February":     {"1d", "2024-01-01 00:00:00", "2026-02-30", ""},
		"text behind":              {"1w", "2024-01-01 00:00:00", "2026-W48x", ""},
		"blanks":                   {"1w", "2024-01-01 00:00:00", " 2026-W48", ""},
		"a year before the clock":  {"1Y", "2024-01-01 00:00:00", "1969", ""},
		"nothing":                  {"1M", "2024-01-01 00:00:00", "", ""},
		"a path":                   {"1M", "2024-01-01 00:00:00", "../2026-10", ""},
		"a very large week number": {"1w", "2024-01-01 00:00:00", "9999-W99", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := calendarOf(t, c.duration, c.start, "Europe/Vienna").PeriodNamed(c.period)
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			require.ErrorContains(t, err, c.say)
		})
	}
	w, err := slo.ParseRolling("30d")
	require.NoError(t, err)
	_, err = w.PeriodNamed("2026-10")
	require.ErrorContains(t, err, "only calendar windows do")
	require.Zero(t, w.PeriodAt(epoch))
}

// TestEveryPeriodIsFoundByItsName walks backwards through calendars: the periods
// join without a gap, have different names, and are found by them.
func TestEveryPeriodIsFoundByItsName(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		duration := rapid.SampledFrom([]string{"1d", "3d", "1w", "2w", "1M", "2M", "1Q", "1Y"}).Draw(t, "duration")
		zone := rapid.SampledFrom([]string{"UTC", "Europe/Vienna", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"}).Draw(t, "zone")
		start := time.Date(2024, 1, rapid.IntRange(1, 31).Draw(t, "day"), 0, rapid.SampledFrom([]int{0, 1, 6 * 60, 23*60 + 59}).Draw(t, "minute"), 0, 0, time.UTC)
		w := calendarOf(t, duration, start.Format(time.DateTime), zone)
		p := w.PeriodAt(time.Unix(rapid.Int64Range(315_532_800, 4_102_444_800).Draw(t, "at"), 0))
		for range 5 {
			again, err := w.PeriodNamed(p.Name)
			require.NoError(t, err)
			require.Equal(t, p, again)
			before := w.PeriodBefore(p)
			require.True(t, before.To.Equal(p.From))
			require.NotEqual(t, before.Name, p.Name)
			p = before
		}
	})
}
