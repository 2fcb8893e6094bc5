package slo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

func TestRecurrencesKeepTheirHour(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		rule, zone, start string
		want              []string // local starts within 2026-03-22 … 2026-04-06
		text              string
	}{
		"every Sunday at four, over the change of the clocks": {
			"FREQ=WEEKLY;BYDAY=SU", "Europe/Berlin", "2026-03-22 04:00",
			[]string{"2026-03-22 04:00 +0100", "2026-03-29 04:00 +0200", "2026-04-05 04:00 +0200"},
			"every week on Sunday at 04:00, Europe/Berlin",
		},
		"an hour that is left out is an hour later": {
			"FREQ=WEEKLY", "Europe/Berlin", "2026-03-22 02:30",
			[]string{"2026-03-22 02:30 +0100", "2026-03-29 03:30 +0200", "2026-04-05 02:30 +0200"},
			"every week at 02:30, Europe/Berlin",
		},
		"the last Friday of the month": {
			"rrule:freq=monthly;byday=-1FR", "Europe/Berlin", "2026-03-27 22:00",
			[]string{"2026-03-27 22:00 +0100"},
			"every month on the last Friday at 22:00, Europe/Berlin",
		},
		"three times": {
			"FREQ=DAILY;INTERVAL=2;COUNT=3", "Europe/Berlin", "2026-03-28 12:00",
			[]string{"2026-03-28 12:00 +0100", "2026-03-30 12:00 +0200", "2026-04-01 12:00 +0200"},
			"every 2 days at 12:00, 3 times, Europe/Berlin",
		},
		"until a day": {
			"FREQ=DAILY;UNTIL=20260330T000000Z", "Europe/Berlin", "2026-03-28 12:00",
			[]string{"2026-03-28 12:00 +0100", "2026-03-29 12:00 +0200"},
			"every day at 12:00, until 2026-03-30, Europe/Berlin",
		},
		"a start that the rule would not have": {
			"FREQ=WEEKLY;BYDAY=MO", "Europe/Berlin", "2026-03-31 09:00",
			[]string{"2026-03-31 09:00 +0200", "2026-04-06 09:00 +0200"},
			"every week on Monday at 09:00, Europe/Berlin",
		},
		"a day that never comes": {
			"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "Europe/Berlin", "2026-03-31 09:00",
			[]string{"2026-03-31 09:00 +0200"},
			"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30, Europe/Berlin",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := slo.ParseRecurrence(tc.rule, tc.zone)
			require.NoError(t, err)
			start, err := time.ParseInLocation("2006-01-02 15:04", tc.start, berlin)
			require.NoError(t, err)
			require.Equal(t, tc.text, r.Text(start))
			e := slo.Exclusion{Start: start, Length: time.Hour, Recurrence: r}
			spans, whole := e.Times(slo.MinuteOf(time.Date(2026, time.April, 7, 0, 0, 0, 0, berlin)))
			require.True(t, whole)
			var got []string
			for _, span := range spans {
				require.Equal(t, 60, span.Len())
				got = append(got, span.Start().In(berlin).Format("2006-01-02 15:04 -0700"))
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestAnOccurrenceThatDoesNotTakePlace(t *testing.T) {
	t.Parallel()
	r, err := slo.ParseRecurrence("FREQ=DAILY;COUNT=3", "UTC")
	require.NoError(t, err)
	r.Except = []time.Time{epoch, epoch.Add(24 * time.Hour)}
	e := slo.Exclusion{Start: epoch, Length: time.Hour, Recurrence: r}
	spans, _ := e.Times(slo.MinuteOf(epoch.Add(100 * time.Hour)))
	require.Len(t, spans, 1)
	require.Equal(t, epoch.Add(48*time.Hour), spans[0].Start())
}

func TestBadRulesAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	for rule, why := range map[string]string{
		"FREQ=SECONDLY":                              "more often than hourly",
		"FREQ=MINUTELY;INTERVAL=90":                  "more often than hourly",
		"FREQ=DAILY;BYSECOND=1,2,3":                  "more often than hourly",
		"FREQ=DAILY;BYMINUTE=1,2":                    "more often than hourly",
		"FREQ=DAILY;INTERVAL=0":                      "at least 1",
		"FREQ=DAILY;COUNT=0":                         "at least 1",
		"FREQ=DAILY;INTERVAL=-1":                     "at least 1",
		"FREQ=DAILY;COUNT=1000000000":                "COUNT at most",
		"FREQ=DAILY;INTERVAL=99999":                  "INTERVAL is at most",
		"FREQ=HOURLY;INTERVAL=1000;BYHOUR=5;COUNT=9": "FREQ=DAILY with the hours",
		"FREQ=HOURLY;BYSETPOS=9;BYDAY=SU":            "BYSETPOS",
		"FREQ=MONTHLY;BYDAY=8TU":                     "no day of the week comes 8 times in a month",
		"FREQ=MONTHLY;BYDAY=-6MO,TU":                 "no day of the week comes 6 times in a month",
		"FREQ=YEARLY;BYMONTH=12;BYDAY=20TU":          "no day of the week comes 20 times in a month",
		"FREQ=YEARLY;BYDAY=54TU":                     "",
		"FREQ=YEARLY;BYEASTER=400":                   "days from Easter",
		"FREQ=YEARLY;BYEASTER=-81":                   "days from Easter",
		"FREQ=FORTNIGHTLY":                           "FREQ",
		"BYDAY=SU":                                   "RFC 5545|FREQ|freq",
		"every sunday":                               "",
		"DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY": "one line",
		"FREQ=DAILY;BYMONTH=13":                      "",
	} {
		_, err := slo.ParseRecurrence(rule, "UTC")
		require.Error(t, err, rule)
		if why != "" {
			require.Regexp(t, why, err.Error(), rule)
		}
	}
	for _, zone := range []string{"Local", "Europe/Atlantis", "../etc/passwd"} {
		_, err := slo.ParseRecurrence("FREQ=DAILY", zone)
		require.ErrorContains(t, err, "IANA name", zone)
	}
}

// Every ordinal that is let pass can be worked out.
func TestEveryOrdinalIsWorkedOut(t *testing.T) {
	t.Parallel()
	for _, freq := range []string{"FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=1", "FREQ=YEARLY;BYMONTH=12", "FREQ=MONTHLY;BYMONTH=12"} {
		parts := []string{"BYDAY=%dMO", "BYDAY=%dSU", "BYEASTER=%d"}
		if strings.Contains(freq, "BYMONTH") {
			parts = parts[:2] // Easter is in neither month, and the library looks for it for ever
		}
		for _, part := range parts {
			for _, n := range []int{-80, -53, -52, -6, -5, -1, 0, 1, 4, 5, 6, 52, 53, 80} {
				rule := fmt.Sprintf("%s;"+part, freq, n)
				r, err := slo.ParseRecurrence(rule, "UTC")
				if err != nil {
					continue
				}
				e := slo.Exclusion{Start: epoch, Length: time.Hour, Recurrence: r}
				require.NotPanics(t, func() { e.Times(slo.MinuteOf(epoch) + 800*slo.MinutesPerDay) }, rule)
			}
		}
	}
}

func FuzzParseRecurrence(f *testing.F) {
	for _, seed := range []string{"FREQ=WEEKLY;BYDAY=SU", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY;BYHOUR=1,2", "FREQ=HOURLY;INTERVAL=1000;BYHOUR=5;COUNT=9", "FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU", "FREQ=YEARLY;BYWEEKNO=53", "FREQ=MONTHLY;BYDAY=8TU"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rule string) {
		r, err := slo.ParseRecurrence(rule, "America/New_York")
		if err != nil {
			return
		}
		_ = r.Text(epoch)
		e := slo.Exclusion{Start: epoch, Length: time.Hour, Recurrence: r}
		spans, _ := e.Times(slo.MinuteOf(epoch) + 400*slo.MinutesPerDay)
		for i := 1; i < len(spans); i++ {
			require.Greater(t, spans[i].From, spans[i-1].From, "in order")
		}
	})
}

func TestARuleThatWouldEndUnnoticedIsRefused(t *testing.T) {
	t.Parallel()
	const often, never = "give it a COUNT or an UNTIL", "does not recur once"
	for rule, why := range map[string]string{
		"FREQ=DAILY":                                                "",
		"FREQ=HOURLY":                                               often,
		"FREQ=HOURLY;COUNT=10000":                                   "",
		"FREQ=HOURLY;UNTIL=20260301T000000Z":                        "",
		"FREQ=DAILY;BYHOUR=1,13":                                    "",
		"FREQ=DAILY;BYHOUR=1,9,17":                                  often,
		"FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1":              "",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29":                       "",
		"FREQ=DAILY;COUNT=1":                                        "",
		"FREQ=DAILY;UNTIL=20200101T000000Z":                         "",
		"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30":                       never,
		"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2":               never,
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;UNTIL=99990101T000000Z": never,
	} {
		r, err := slo.ParseRecurrence(rule, "Europe/Berlin")
		require.NoError(t, err, rule)
		err = slo.Exclusion{Start: epoch, Length: time.Minute, Recurrence: r}.CheckTimes()
		if why == "" {
			require.NoError(t, err, rule)
			continue
		}
		require.ErrorContains(t, err, why, rule)
	}
	require.NoError(t, slo.Exclusion{Start: epoch, Length: time.Minute}.CheckTimes(), "once")
}

// A rule of a file is judged by its numbers, so that hundreds cost little: what
// that lets pass never ends unnoticed, and what it refuses is near to it.
func TestARuleOfAFileThatWouldEndUnnoticedIsRefused(t *testing.T) {
	t.Parallel()
	check := func(t require.TestingT, rule string) (reach, times error) {
		r, err := slo.ParseRecurrence(rule, "Europe/Berlin")
		require.NoError(t, err, rule)
		x := slo.Exclusion{Start: epoch, Length: time.Minute, Recurrence: r}
		return x.CheckReach(), x.CheckTimes()
	}
	for rule, passes := range map[string]bool{
		"FREQ=HOURLY;UNTIL=20260301T000000Z":                        true,
		"FREQ=HOURLY;UNTIL=20990301T000000Z":                        false,
		"FREQ=HOURLY;COUNT=10000":                                   true,
		"FREQ=HOURLY;INTERVAL=12;UNTIL=20990301T000000Z":            true,
		"FREQ=DAILY;BYHOUR=1,13;UNTIL=20990301T000000Z":             true,
		"FREQ=DAILY;BYHOUR=1,9,17;UNTIL=20990301T000000Z":           false,
		"FREQ=WEEKLY;BYDAY=SU;BYHOUR=1,9,17;UNTIL=20990301T000000Z": true,
		"FREQ=DAILY": true,
		"FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1;BYHOUR=1,2,3;COUNT=30":       true,
		"FREQ=HOURLY;BYHOUR=1,2,3,4,5,6;UNTIL=20290301T000000Z":          true,
		"FREQ=HOURLY;BYHOUR=1,2,3,4,5,6;BYDAY=SA;UNTIL=20990301T000000Z": true,
	} {
		reach, times := check(t, rule)
		require.Equal(t, passes, reach == nil, "%s: %v", rule, reach)
		require.Equal(t, passes, times == nil, "%s: %v", rule, times)
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := []string{"FREQ=" + rapid.SampledFrom([]string{"HOURLY", "DAILY", "WEEKLY", "MONTHLY"}).Draw(t, "freq")}
		draw := func(part string, values ...string) bool {
			value := rapid.SampledFrom(values).Draw(t, part)
			if value != "" {
				parts = append(parts, part+"="+value)
			}
			return value != ""
		}
		hours := draw("BYHOUR", "", "3", "1,2,3,4,5", "0,1,2,3,4,5,6,7,8,9,10,11,12")
		if !hours || parts[0] != "FREQ=HOURLY" { // which is refused when it is read
			draw("INTERVAL", "", "2", "5")
		}
		draw("BYDAY", "", "SU", "MO,TU,WE,TH,FR")
		draw("UNTIL", "20260601T000000Z", "20280101T000000Z", "20990101T000000Z")
		rule := strings.Join(parts, ";")
		if reach, times := check(t, rule); reach == nil && times != nil {
			require.NotContains(t, times.Error(), "recurs more than", rule)
		}
	})
}

func TestClocksThatChange(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		zone, rule, start string
		want              []string
	}{
		"left out in Berlin":         {"Europe/Berlin", "FREQ=DAILY;COUNT=3", "2026-03-28T02:30:00+01:00", []string{"28 02:30 +0100", "29 03:30 +0200", "30 02:30 +0200"}},
		"left out in New York":       {"America/New_York", "FREQ=DAILY;COUNT=3", "2026-03-07T02:30:00-05:00", []string{"07 02:30 -0500", "08 03:30 -0400", "09 02:30 -0400"}},
		"left out on Lord Howe":      {"Australia/Lord_Howe", "FREQ=DAILY;COUNT=3", "2026-10-03T02:15:00+10:30", []string{"03 02:15 +1030", "04 02:45 +1100", "05 02:15 +1100"}},
		"twice in Berlin":            {"Europe/Berlin", "FREQ=DAILY;COUNT=3", "2026-10-24T02:30:00+02:00", []string{"24 02:30 +0200", "25 02:30 +0200", "26 02:30 +0100"}},
		"twice in New York":          {"America/New_York", "FREQ=DAILY;COUNT=3", "2026-10-31T01:30:00-04:00", []string{"31 01:30 -0400", "01 01:30 -0400", "02 01:30 -0500"}},
		"twice, begun at the second": {"Europe/Berlin", "FREQ=DAILY;COUNT=2", "2026-10-25T02:30:00+01:00", []string{"25 02:30 +0100", "26 02:30 +0100"}},
		"every hour, each once":      {"Europe/Berlin", "FREQ=HOURLY;COUNT=4", "2026-03-29T00:30:00+01:00", []string{"29 00:30 +0100", "29 01:30 +0100", "29 03:30 +0200"}},
		"until an instant":           {"Europe/Berlin", "FREQ=DAILY;UNTIL=20261025T003000Z", "2026-10-24T02:30:00+02:00", []string{"24 02:30 +0200", "25 02:30 +0200"}},
		"until just before":          {"Europe/Berlin", "FREQ=DAILY;UNTIL=20261025T002959Z", "2026-10-24T02:30:00+02:00", []string{"24 02:30 +0200"}},
		"until, on the wall":         {"Pacific/Kiritimati", "FREQ=DAILY;UNTIL=20261025T023000", "2026-10-24T02:30:00+14:00", []string{"24 02:30 +1400", "25 02:30 +1400"}},
		"in the farthest west":       {"Pacific/Pago_Pago", "FREQ=DAILY;COUNT=2", "2026-10-24T23:30:00-11:00", []string{"24 23:30 -1100", "25 23:30 -1100"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := slo.ParseRecurrence(tc.rule, tc.zone)
			require.NoError(t, err)
			start, err := time.Parse(time.RFC3339, tc.start)
			require.NoError(t, err)
			spans, whole := slo.Exclusion{Start: start, Length: time.Minute, Recurrence: r}.Times(slo.MinuteOf(start.AddDate(0, 1, 0)))
			require.True(t, whole)
			var got []string
			for _, s := range spans {
				got = append(got, s.Start().In(r.Zone).Format("02 15:04 -0700"))
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestNobodyWaitsForTheYear9999(t *testing.T) {
	t.Parallel()
	end := slo.MinuteOf(time.Date(9999, time.December, 1, 0, 0, 0, 0, time.UTC))
	for rule, most := range map[string]int{
		"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30": 1,
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30":  1,
		"FREQ=YEARLY":                         31,
		"FREQ=HOURLY":                         10_000,
	} {
		r, err := slo.ParseRecurrence(rule, "UTC")
		require.NoError(t, err)
		spans, _ := slo.Exclusion{Start: epoch, Length: time.Minute, Recurrence: r}.Times(end)
		require.Len(t, spans, most, rule)
	}
}
