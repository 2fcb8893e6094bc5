package slo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

func TestWindowsThatAreNone(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		make func() (slo.Window, error)
		want string
	}{
		"shorter than an hour":   {func() (slo.Window, error) { return slo.Rolling(59 * time.Minute) }, "shorter than 1h"},
		"not in whole minutes":   {func() (slo.Window, error) { return slo.Rolling(time.Hour + time.Second) }, "whole number of minutes"},
		"longer than ten years":  {func() (slo.Window, error) { return slo.Rolling(3661 * 24 * time.Hour) }, "longer than 3660 days"},
		"no days":                {func() (slo.Window, error) { return slo.Calendar(0, slo.Day, epoch) }, "is empty"},
		"fewer than no days":     {func() (slo.Window, error) { return slo.Calendar(-1, slo.Day, epoch) }, "is empty"},
		"eleven years":           {func() (slo.Window, error) { return slo.Calendar(11, slo.Year, epoch) }, "longer than"},
		"no unit":                {func() (slo.Window, error) { return slo.Calendar(1, 0, epoch) }, "unit 0"},
		"no start":               {func() (slo.Window, error) { return slo.Calendar(1, slo.Day, time.Time{}) }, "years 1970"},
		"calendar hours":         {func() (slo.Window, error) { return slo.ParseCalendar("5h", epoch) }, "follow a calendar"},
		"calendar of nonsense":   {func() (slo.Window, error) { return slo.ParseCalendar("d", epoch) }, "duration \"d\""},
		"rolling of nonsense":    {func() (slo.Window, error) { return slo.ParseRolling("30 d") }, "duration \"30 d\""},
		"rolling half an hour":   {func() (slo.Window, error) { return slo.ParseRolling("30m") }, "shorter"},
		"nothing written":        {func() (slo.Window, error) { return slo.ParseRolling("") }, "empty"},
		"zero":                   {func() (slo.Window, error) { return slo.ParseRolling("0d") }, "zero"},
		"a number out of bounds": {func() (slo.Window, error) { return slo.ParseRolling("99999999999999999999d") }, "too long"},
		"longer than is allowed": {func() (slo.Window, error) { return slo.ParseRolling("9999d") }, "longer than"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := tt.make()
			require.ErrorContains(t, err, tt.want)
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			require.True(t, w.IsZero())
		})
	}
}

func TestWindowsInWords(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	tests := map[string]struct {
		text, title, shorthand string
		calendar               bool
	}{
		"days":         {"30d", "rolling 30 days", "30d", false},
		"weeks":        {"4w", "rolling 28 days", "28d", false},
		"one day":      {"24h", "rolling 1 day", "1d", false},
		"hours":        {"36h", "rolling 36 hours", "36h", false},
		"minutes":      {"90m", "rolling 90 minutes", "90m", false},
		"30 days long": {"1M", "rolling 30 days", "30d", false},
		"90 days long": {"1Q", "rolling 90 days", "90d", false},
		"365 long":     {"1Y", "rolling 365 days", "365d", false},
		"a month":      {"1M", "calendar month (Europe/Berlin)", "1M", true},
		"two weeks":    {"2w", "calendar 2 weeks (Europe/Berlin)", "2w", true},
		"a quarter":    {"1Q", "calendar quarter (Europe/Berlin)", "1Q", true},
		"a year":       {"1Y", "calendar year (Europe/Berlin)", "1Y", true},
		"a day":        {"1d", "calendar day (Europe/Berlin)", "1d", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := slo.ParseRolling(tt.text)
			if tt.calendar {
				w, err = slo.ParseCalendar(tt.text, slo.DefaultAnchor(berlin))
			}
			require.NoError(t, err)
			require.Equal(t, tt.title, w.Title())
			require.Equal(t, tt.title, w.String())
			require.Equal(t, tt.shorthand, w.Shorthand())
			require.Equal(t, !tt.calendar, w.IsRolling())
			require.Equal(t, tt.calendar, w.Zone() != nil)
			require.Equal(t, tt.calendar, w.Duration() == 0)
		})
	}
	require.Equal(t, "no window", slo.Window{}.Title())
	require.Empty(t, slo.Window{}.Shorthand())
}

func TestWindowsAreEqualWhenTheirBoundariesAre(t *testing.T) {
	t.Parallel()
	month := func(anchor time.Time) slo.Window {
		w, err := slo.ParseCalendar("1M", anchor)
		require.NoError(t, err)
		return w
	}
	loc := time.FixedZone("UTC", 0)
	require.True(t, month(epoch).Equal(month(epoch)))
	require.True(t, month(epoch).Equal(month(epoch.In(loc))), "another value of the same zone")
	require.False(t, month(epoch).Equal(month(epoch.Add(time.Hour))))
	require.False(t, month(epoch).Equal(month(epoch.In(time.FixedZone("X", 0)))))
	rolling, err := slo.ParseRolling("30d")
	require.NoError(t, err)
	require.False(t, month(epoch).Equal(rolling))
}

func TestParseLength(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"5m": 5 * time.Minute, "1h": time.Hour, "007d": 7 * 24 * time.Hour, "2w": 14 * 24 * time.Hour,
		"1M": 30 * 24 * time.Hour, "1Q": 90 * 24 * time.Hour, "1Y": 365 * 24 * time.Hour,
	} {
		got, err := slo.ParseLength(text)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
}

func FuzzParseWindow(f *testing.F) {
	for _, seed := range []string{"30d", "1M", "4w", "0d", "", "d", "-1d", "99999999999d", "1é", "5m", "1Y", "１d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if w, err := slo.ParseRolling(text); err == nil {
			again, err := slo.ParseRolling(w.Shorthand())
			require.NoError(t, err)
			require.Equal(t, w, again)
		}
		if w, err := slo.ParseCalendar(text, epoch); err == nil {
			again, err := slo.ParseCalendar(w.Shorthand(), epoch)
			require.NoError(t, err)
			require.True(t, w.Equal(again))
		}
	})
}

// TestAnyWindowPartitionsTime draws calendars of any length, anchor and zone.
func TestAnyWindowPartitionsTime(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "America/Havana"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		require.NoError(t, err)
		instant := rapid.Custom(func(t *rapid.T) time.Time {
			return time.Unix(rapid.Int64Range(8e8, 22e8).Draw(t, "at"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		})
		unit := rapid.SampledFrom([]slo.CalendarUnit{slo.Day, slo.Week, slo.Month, slo.Quarter, slo.Year}).Draw(t, "unit")
		w, err := slo.Calendar(rapid.IntRange(1, 9).Draw(t, "count"), unit, instant.Draw(t, "anchor").In(loc))
		require.NoError(t, err)

		at := instant.Draw(t, "at")
		from, to := w.Period(at)
		require.True(t, from.Before(at))
		require.False(t, at.After(to))
		for _, same := range []time.Time{from.Add(1), to} {
			f, u := w.Period(same)
			require.True(t, f.Equal(from) && u.Equal(to), "%s: %s to %s", same, f, u)
		}
		next, _ := w.Period(to.Add(1))
		require.True(t, next.Equal(to))
		_, previous := w.Period(from)
		require.True(t, previous.Equal(from))

		span := w.Span(at)
		require.Positive(t, span.Len())
		require.Equal(t, slo.MinuteOf(at), span.To)
		whole := slo.SpanOf(from, to)
		if whole.Contains(span.To) {
			require.Equal(t, whole.From, span.From)
		}
	})
}
