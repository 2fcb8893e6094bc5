package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// minutes is an instant so many minutes after noon.
func minutes(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

func instants(from, to int) (all []time.Time) {
	for n := from; n <= to; n++ {
		all = append(all, minutes(n))
	}
	return all
}

func TestRing(t *testing.T) {
	for name, tc := range map[string]struct {
		held []time.Time
		hold time.Duration
		want []alarm
	}{
		"what never holds never rings":         {nil, 0, nil},
		"without a hold it rings at once":      {instants(3, 5), 0, []alarm{{from: minutes(3), to: minutes(6)}}},
		"with a hold it rings when it is over": {instants(3, 5), 2 * time.Minute, []alarm{{from: minutes(5), to: minutes(6)}}},
		"what holds too briefly does not ring": {instants(3, 4), 2 * time.Minute, nil},
		"a break begins the hold again":        {append(instants(1, 2), instants(4, 6)...), 2 * time.Minute, []alarm{{from: minutes(6), to: minutes(7)}}},
		"what holds to the end rings on":       {instants(8, 10), 0, []alarm{{from: minutes(8)}}},
		"two times are two alarms":             {[]time.Time{minutes(1), minutes(3)}, 0, []alarm{{from: minutes(1), to: minutes(2)}, {from: minutes(3), to: minutes(4)}}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, ring(instants(0, 10), tc.held, tc.hold))
		})
	}
}

func TestAnAlarmIsOfAnOutage(t *testing.T) {
	o := outage{"down", minutes(10), minutes(20)}
	for name, tc := range map[string]struct {
		from int
		want bool
	}{
		"not one that rang before it":                           {9, false},
		"not one that rang at its beginning, when all was well": {10, false},
		"one that began while it lasted":                        {11, true},
		"one that began as late as the rule reaches back":       {25, true},
		"not one that began later":                              {26, false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, alarm{reach: 5 * time.Minute, from: minutes(tc.from)}.of(o))
		})
	}
}

func TestWhatAlarmsTellOfAnOutage(t *testing.T) {
	o := outage{"down", minutes(10), minutes(20)}
	all := []alarm{
		{kind: ticket, reach: time.Hour, from: minutes(12), to: minutes(50)},
		{kind: page, reach: 5 * time.Minute, from: minutes(15), to: minutes(24)},
		{kind: page, reach: 5 * time.Minute, from: minutes(14), to: minutes(22)},
		{kind: page, reach: 5 * time.Minute, from: minutes(40), to: minutes(41)},
	}
	a, ok := first(all, o, page)
	require.True(t, ok)
	require.Equal(t, minutes(14), a.from, "the earliest, whatever the order")
	a, ok = first(all, o, page, ticket)
	require.True(t, ok)
	require.Equal(t, minutes(12), a.from)
	_, ok = first(all, o, blind)
	require.False(t, ok)
	require.Equal(t, all[3:], strays(all, []outage{o}))
	require.Equal(t, 30*time.Minute, afterEnd(all, o, minutes(100)))
	require.Equal(t, 80*time.Minute, afterEnd([]alarm{{from: minutes(11)}}, o, minutes(100)), "what rings still, rings to the end")
	require.Zero(t, afterEnd(all, o, minutes(20)), "an outage that lasts has no end to ring on after")
}

func TestSpells(t *testing.T) {
	for name, tc := range map[string]struct{ all, want []alarm }{
		"nothing is no spell": {nil, nil},
		"alarms at the same time are one, and reach as far as the farthest": {
			[]alarm{{reach: time.Hour, from: minutes(3), to: minutes(9)}, {reach: time.Minute, from: minutes(1), to: minutes(4)}},
			[]alarm{{reach: time.Hour, from: minutes(1), to: minutes(9)}},
		},
		"one inside another ends with that": {
			[]alarm{{from: minutes(1), to: minutes(9)}, {from: minutes(2), to: minutes(3)}},
			[]alarm{{from: minutes(1), to: minutes(9)}},
		},
		"one after the other are two": {
			[]alarm{{from: minutes(1), to: minutes(2)}, {from: minutes(3)}},
			[]alarm{{from: minutes(1), to: minutes(2)}, {from: minutes(3), to: minutes(60)}},
		},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, spells(tc.all, minutes(60))) })
	}
}
