package ledger

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

// poisson draws a Poisson variate: by Knuth's product below 30, by the normal
// approximation above.
func poisson(r *rand.Rand, mean float64) float64 {
	if mean > 30 {
		return math.Max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64()))
	}
	limit, p, n := math.Exp(-mean), 1.0, 0.0
	for {
		if p *= r.Float64(); p <= limit {
			return n
		}
		n++
	}
}

// requests is traffic with a daily cycle of a factor of three.
func requests(perMinute, badShare float64) func(r *rand.Rand, m int) slo.Slot {
	return func(r *rand.Rand, m int) slo.Slot {
		mean := perMinute * (1 + 0.5*math.Sin(2*math.Pi*float64(m)/slo.MinutesPerDay))
		total := poisson(r, mean)
		return slo.Slot{Good: total - math.Min(total, poisson(r, mean*badShare)), Total: total, State: slo.Measured}
	}
}

// traffic is what streams look like, with the bytes per slot that their chunks
// may take: what was measured when it was written, and a tenth.
var traffic = map[string]struct {
	slot  func(r *rand.Rand, m int) slo.Slot
	limit float64
}{
	"Poisson, 10 per minute, 0.1 % bad":     {requests(10, 0.001), 0.61},
	"Poisson, 600 per minute, 0.1 % bad":    {requests(600, 0.001), 1.23},
	"Poisson, 600 per minute, 5 % bad":      {requests(600, 0.05), 1.62},
	"Poisson, 6,000 per minute, 0.1 % bad":  {requests(6000, 0.001), 1.69},
	"Poisson, 60,000 per minute, 0.1 % bad": {requests(60_000, 0.001), 2},
	"constant":                              {func(*rand.Rand, int) slo.Slot { return slo.Slot{Good: 60, Total: 60, State: slo.Measured} }, 0.04},
	"probe, seconds": {func(r *rand.Rand, _ int) slo.Slot {
		return slo.Slot{Good: 60 - math.Floor(r.Float64()*1.01)*15, Total: 60, State: slo.Measured}
	}, 0.1},
	"float, seconds to the millisecond": {func(r *rand.Rand, _ int) slo.Slot {
		v := math.Round(59_900+r.Float64()*100) / 1000
		return slo.Slot{Good: v, Total: v, State: slo.Measured}
	}, 1.05},
	"float, a raw ratio times 60 s": {func(r *rand.Rand, _ int) slo.Slot {
		return slo.Slot{Good: 60 * (1 - r.Float64()*0.001), Total: 60, State: slo.Estimated}
	}, 6.9},
	"float, nothing in common": {func(r *rand.Rand, _ int) slo.Slot {
		v := 600 * r.Float64()
		return slo.Slot{Good: v * r.Float64(), Total: v, State: slo.Measured}
	}, 16.1},
	"Poisson, 600 per minute, 5 % estimated": {func(r *rand.Rand, m int) slo.Slot {
		if m/10%20 == 7 {
			return slo.Slot{Good: 1790.0 / 3, Total: 1800.0 / 3.1, State: slo.Estimated}
		}
		return requests(600, 0.001)(r, m)
	}, 2.2},
}

func dayOf(slot func(m int) slo.Slot) *day {
	var d draft
	for m := range slo.MinutesPerDay {
		d.set(m, slot(m))
	}
	return d.finish(nil)
}

func slotsOfDay(d *day) []slo.Slot { return d.appendTo(nil, 0, slo.MinutesPerDay-1) }

func TestBytesPerSlot(t *testing.T) {
	for name, c := range traffic {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			const days = 20
			bytes := 0
			for range days {
				d := dayOf(func(m int) slo.Slot { return c.slot(r, m) })
				chunk := encodeChunk(1, 2, d, 3)
				bytes += len(chunk.Payload)
				got, err := decodeChunk(1, 2, 3, chunk.Payload)
				require.NoError(t, err)
				require.Equal(t, slotsOfDay(d), slotsOfDay(got))
			}
			perSlot := float64(bytes) / (days * slo.MinutesPerDay)
			t.Logf("%.3f bytes per slot", perSlot)
			require.LessOrEqual(t, perSlot, c.limit)
		})
	}
}

// oddFigures are what coders get wrong.
var oddFigures = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.1, 1e-6, 1e-7, 1.0 / 3, 1 << 53, 1<<53 - 1, -(1 << 53), 1<<53 + 2, 1e17,
	maxFigure, -maxFigure, math.SmallestNonzeroFloat64, 123456.789, 0.30000000000000004,
}

func drawSlots(t *rapid.T) []slo.Slot {
	figure := rapid.OneOf(
		rapid.SampledFrom(oddFigures),
		rapid.Map(rapid.IntRange(0, 2000), func(n int) float64 { return float64(n) }),
		rapid.Map(rapid.IntRange(0, 2000), func(n int) float64 { return float64(n) / 1000 }),
		rapid.Float64Range(-maxFigure, maxFigure),
	)
	one := rapid.Custom(func(t *rapid.T) slo.Slot {
		s := slo.Slot{State: slo.SlotState(rapid.IntRange(0, 2).Draw(t, "state"))}
		if s.State != slo.Gap {
			s.Good, s.Total = figure.Draw(t, "good"), figure.Draw(t, "total")
		}
		return s
	})
	slots := rapid.SliceOfN(one, 1, 40).Draw(t, "slots")
	if rapid.Bool().Draw(t, "mostly plain") {
		for range 3 {
			slots = append(slots, slices.Repeat([]slo.Slot{{Good: 7, Total: 9, State: slo.Measured}}, 50)...)
		}
	}
	return slots
}

// sameBits compares slots to the last bit, −0 and 0 apart.
func sameBits(a, b slo.Slot) bool {
	return a.State == b.State && math.Float64bits(a.Good) == math.Float64bits(b.Good) &&
		math.Float64bits(a.Total) == math.Float64bits(b.Total)
}

func TestSlotsComeBackToTheLastBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots := drawSlots(t)
		got := make([]slo.Slot, len(slots))
		require.NoError(t, readBody(appendBody(nil, slots), got))
		require.True(t, slices.EqualFunc(slots, got, sameBits), "want %v\ngot  %v", slots, got)
	})
}

func TestRowsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []section
		span := slo.Span{From: -1 << 20, To: 1 << 40}
		for range rapid.IntRange(1, 5).Draw(t, "sections") {
			want = append(want, section{
				stream: rapid.Int64Range(1, maxID).Draw(t, "stream"),
				from:   slo.Minute(rapid.Int64Range(int64(span.From), 1<<39).Draw(t, "from")),
				slots:  drawSlots(t),
			})
		}
		got, err := decodeRow(Row{ID: 5, Span: span, Payload: encodeRow(5, span, want)})
		require.NoError(t, err)
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, want[i].span(), got[i].span())
			require.Equal(t, want[i].stream, got[i].stream)
			require.True(t, slices.EqualFunc(want[i].slots, got[i].slots, sameBits))
		}
	})
}

func TestRiceCodesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 300), rapid.Just(uint64(0)), rapid.Just(uint64(math.MaxUint64))), 1, 100).Draw(t, "values")
		b := appendRice(nil, values)
		require.Equal(t, (riceBits(values)+7)/8, len(b))
		r := &reader{b: append(b, "what follows"...)}
		got := r.rice(len(values))
		require.NoError(t, r.err)
		require.Equal(t, values, got)
		require.Equal(t, "what follows", string(r.b))
	})
}

func samplePayloads() (row Row, chunk Chunk) {
	r := rand.New(rand.NewPCG(3, 4))
	d := dayOf(func(m int) slo.Slot { return traffic["Poisson, 600 per minute, 5 % estimated"].slot(r, m) })
	chunk = encodeChunk(7, 20_000, d, 9)
	span := slo.Span{From: minuteAt(20_000, 0), To: minuteAt(20_000, 1439)}
	row = Row{ID: 9, Span: span, Payload: encodeRow(9, span, []section{
		{stream: 7, from: span.From, slots: slotsOfDay(d)},
		{stream: 8, from: span.From + 5, slots: []slo.Slot{{Good: 1, Total: 2, State: slo.Measured}}},
	})}
	return row, chunk
}

func TestFlippedBitsAreNoticed(t *testing.T) {
	row, chunk := samplePayloads()
	const stride = 11 // coprime to 8: all bits of some bytes, some bits of all
	for i := 0; i < 8*len(chunk.Payload); i += stride {
		b := slices.Clone(chunk.Payload)
		b[i/8] ^= 1 << (i % 8)
		_, err := decodeChunk(7, 20_000, 9, b)
		require.Error(t, err, "bit %d of the chunk", i)
	}
	for i := 0; i < 8*len(row.Payload); i += stride {
		bad := row
		bad.Payload = slices.Clone(row.Payload)
		bad.Payload[i/8] ^= 1 << (i % 8)
		sections, err := decodeRow(bad)
		require.Error(t, err, "bit %d of the row", i)
		for _, s := range sections {
			require.Equal(t, make([]slo.Slot, len(s.slots)), s.slots, "damaged slots are gaps")
		}
	}
}

func TestAPayloadInAnothersPlaceIsNoticed(t *testing.T) {
	row, chunk := samplePayloads()
	for name, place := range map[string][3]int64{"another stream": {8, 20_000, 9}, "another day": {7, 20_001, 9}, "an older version": {7, 20_000, 8}} {
		_, err := decodeChunk(place[0], int(place[1]), place[2], chunk.Payload)
		require.ErrorIs(t, err, errSum, name)
	}
	row.ID++
	_, err := decodeRow(row)
	require.ErrorIs(t, err, errSum)
}

func TestTotalsAreProtectedFieldByField(t *testing.T) {
	_, chunk := samplePayloads()
	require.Equal(t, chunk.Checksum, chunk.sum())
	for i, change := range []func(c *Totals){
		func(c *Totals) { c.Stream++ }, func(c *Totals) { c.Day++ }, func(c *Totals) { c.Good++ }, func(c *Totals) { c.Total++ },
		func(c *Totals) { c.Measured++ }, func(c *Totals) { c.Estimated++ }, func(c *Totals) { c.First++ },
		func(c *Totals) { c.Last++ }, func(c *Totals) { c.Through++ },
	} {
		c := chunk.Totals
		change(&c)
		require.NotEqual(t, chunk.Checksum, c.sum(), "change %d", i)
	}
}

// bomb returns a payload whose checksums are right and whose contents lie.
func bomb(head, body []byte) Row {
	row := Row{ID: 1, Span: slo.Span{From: 0, To: 1 << 40}}
	seed := seed(row.ID, int64(row.Span.From), int64(row.Span.To))
	b := appendSum(appendBlob([]byte{codecVersion}, head), seed, 1)
	from := len(b)
	row.Payload = appendSum(append(b, body...), seed, from)
	return row
}

func TestPayloadsThatLieAboutSizesAllocateLittle(t *testing.T) {
	sectionHead := func(n uint64) []byte { return binary.AppendUvarint([]byte{2, 2}, n) }
	zeros := packer.EncodeAll(make([]byte, 30<<20), nil)
	blobOf := func(b []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(b))<<1|1), b...) }
	for name, row := range map[string]Row{
		"more slots than a row has":     bomb(sectionHead(1<<40), nil),
		"many sections of many slots":   bomb(slices.Repeat(sectionHead(maxRowSlots), 1000), nil),
		"a frame larger than its slots": bomb(sectionHead(10), slices.Concat([]byte{10<<2 | 1, 0, 0, 0x08}, blobOf(zeros))),
		"a run of states too long":      bomb(sectionHead(10), binary.AppendUvarint(nil, 1<<62|1)),
		"more exceptions than figures":  bomb(sectionHead(10), append([]byte{10<<2 | 1, 0}, 0xff, 0xff, 0x7f)),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := decodeRow(row)
			runtime.ReadMemStats(&after)
			require.Error(t, err)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<10))
		})
	}
}

// FuzzRow looks for panics and excess; the checksums are made right, so that
// what is behind them is reached.
func FuzzRow(f *testing.F) {
	row, _ := samplePayloads()
	f.Add(row.Payload)
	for i := 5; i < len(row.Payload); i += 97 {
		f.Add(row.Payload[:i])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		row := Row{ID: 9, Span: slo.Span{From: minuteAt(20_000, 0), To: minuteAt(20_000, 1439)}, Payload: slices.Clone(b)}
		repair(row)
		sections, err := decodeRow(row)
		n := 0
		for _, s := range sections {
			n += len(s.slots)
			require.NoError(t, checkSlots(s.slots))
		}
		require.LessOrEqual(t, n, maxRowSlots)
		if err == nil {
			again, err := decodeRow(Row{ID: 9, Span: row.Span, Payload: encodeRow(9, row.Span, sections)})
			require.NoError(t, err)
			require.Len(t, again, len(sections))
		}
	})
}

// repair makes the checksums of a row right where it has any.
func repair(row Row) {
	seed := seed(row.ID, int64(row.Span.From), int64(row.Span.To))
	r := &reader{b: row.Payload}
	r.byte()
	from := r.b
	r.blobUpTo(3 * maxSections)
	if r.err != nil || len(r.b) < 8 {
		return
	}
	head := from[:len(from)-len(r.b)]
	binary.LittleEndian.PutUint32(r.b, crc32.Update(seed, castagnoli, head))
	body := r.b[4:]
	binary.LittleEndian.PutUint32(body[len(body)-4:], crc32.Update(seed, castagnoli, body[:len(body)-4]))
}

// FuzzChunk is FuzzRow for sealed days.
func FuzzChunk(f *testing.F) {
	_, chunk := samplePayloads()
	f.Add(chunk.Payload)
	r := rand.New(rand.NewPCG(5, 6))
	for _, name := range sortedKeys(traffic) {
		f.Add(encodeChunk(7, 20_000, dayOf(func(m int) slo.Slot { return traffic[name].slot(r, m) }), 9).Payload)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		b = slices.Clone(b) // the engine's bytes are not ours to change
		if len(b) > 5 {
			body := b[1 : len(b)-4]
			binary.LittleEndian.PutUint32(b[len(b)-4:], crc32.Update(seed(7, 20_000, 9), castagnoli, body))
		}
		d, err := decodeChunk(7, 20_000, 9, b)
		if err != nil {
			return
		}
		require.NoError(t, checkSlots(slotsOfDay(d)))
		again, err := decodeChunk(7, 20_000, 9, encodeChunk(7, 20_000, d, 9).Payload)
		require.NoError(t, err)
		require.True(t, slices.EqualFunc(slotsOfDay(d), slotsOfDay(again), sameBits), fmt.Sprint(d.leaf()))
	})
}

func BenchmarkChunk(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 4))
	d := dayOf(func(m int) slo.Slot { return requests(600, 0.001)(r, m) })
	chunk := encodeChunk(1, 2, d, 3)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			encodeChunk(1, 2, d, 3)
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, err := decodeChunk(1, 2, 3, chunk.Payload); err != nil {
				b.Fatal(err)
			}
		}
	})
}
