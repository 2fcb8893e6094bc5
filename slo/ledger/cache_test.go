package ledger

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

func TestHoursGiveTheirSlotsBackToTheBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots := drawSlots(t)
		var d draft
		for i, s := range slots {
			d.set(i, s)
		}
		got := d.finish(nil)
		for i, s := range slots {
			require.True(t, sameBits(s, got.slot(i)), "slot %d: %v became %v", i, s, got.slot(i))
		}
	})
}

func TestHoursSumAsTheirSlotsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots := drawSlots(t)
		if rapid.Bool().Draw(t, "large counts") { // columns of every width
			width := rapid.SampledFrom([]float64{math.MaxUint8, math.MaxUint16, math.MaxUint32}).Draw(t, "width")
			for i := range slots {
				bad := rapid.SampledFrom([]float64{0, 1, width}).Draw(t, "bad")
				if slots[i].State != slo.Gap {
					slots[i].Good, slots[i].Total = width-bad, width
				}
			}
		}
		var d draft
		for m, s := range slots {
			d.set(m, s)
		}
		got := d.finish(nil)
		for h := 0; h*minutesPerHour < len(slots); h++ {
			i := rapid.IntRange(0, minutesPerHour-1).Draw(t, "from")
			j := rapid.IntRange(i, minutesPerHour-1).Draw(t, "to")
			var want sums
			var good, total accumulator
			for m := h*minutesPerHour + i; m <= min(h*minutesPerHour+j, len(slots)-1); m++ {
				switch slots[m].State {
				case slo.Measured:
					want.measured++
				case slo.Estimated:
					want.estimated++
				}
				good.add(slots[m].Good)
				total.add(slots[m].Total)
			}
			want.good, want.total = good.value(), total.value()
			require.Equal(t, want, got.hours[h].sum(i, j))
		}
	})
}

func TestAnHourOfRequestsIsSmall(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, c := range map[string]struct {
		perMinute float64
		limit     int64
	}{
		"600 per minute":    {600, 6 << 10},
		"60,000 per minute": {60_000, 12 << 10},
	} {
		d := dayOf(func(m int) slo.Slot { return requests(c.perMinute, 0.001)(r, m) })
		require.LessOrEqual(t, d.bytes(), c.limit, name)
	}
}

func TestEdgesSumAsTheirDayDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d := dayOf(func(m int) slo.Slot {
		if m/60 == 7 || r.IntN(50) == 0 {
			return slo.Slot{}
		}
		return requests(600, 0.01)(r, m)
	})
	rapid.Check(t, func(t *rapid.T) {
		var e *edge
		for range rapid.IntRange(1, 8).Draw(t, "questions") {
			a := rapid.IntRange(0, slo.MinutesPerDay-1).Draw(t, "a")
			b := rapid.IntRange(a, slo.MinutesPerDay-1).Draw(t, "b")
			if e != nil {
				if got, ok := e.sum(a, b); ok {
					require.Equal(t, d.sum(a, b), got)
				}
			}
			e = newEdge(d, e, a, b)
			got, ok := e.sum(a, b)
			require.True(t, ok, "what it was made for")
			require.Equal(t, d.sum(a, b), got)
		}
	})
}

func TestTheCacheKeepsToItsBytes(t *testing.T) {
	d := dayOf(func(int) slo.Slot { return slo.Slot{Good: 5, Total: 7, State: slo.Measured} })
	c := newCache[*day](10 * d.bytes())
	for i := range 100 {
		c.add(chunkRef{stream: 1, day: i}, d)
		c.add(chunkRef{stream: 1, day: i}, d) // again: counted once
		require.LessOrEqual(t, c.held, c.limit)
	}
	require.Equal(t, 10, c.lru.Len())
	_, ok := c.get(chunkRef{stream: 1, day: 99})
	require.True(t, ok, "the latest is there")
	tiny := newCache[*day](1)
	tiny.add(chunkRef{}, d)
	require.Equal(t, 1, tiny.lru.Len(), "one that is too large is kept until the next comes")
}
