package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// built says what the data on disk is.
type built struct {
	Slots, Payload, Disk int64 // of sealed days: slots, bytes of chunks, bytes of the database
	Commit               cost  // of one minute of all streams, from the journal's half day
	Took                 time.Duration
}

// builder writes a ledger of many streams and days into a directory.
type builder struct {
	o       options
	objects []*slo.SLO
	store   *store.Store
}

// build makes the data of the ledger stages: sealed days as chunks, the last
// half day minute by minute as a collector commits it.
func build(ctx context.Context, o options) (r built, err error) {
	began := time.Now()
	b := builder{o: o}
	if b.objects, err = objectives(o.SLOs, 30); err != nil {
		return r, err
	}
	if b.store, err = store.Open(ctx, store.Options{Dir: o.ledgerDir()}); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, b.store.Close()) }()
	if err := b.streams(ctx); err != nil {
		return r, err
	}
	if r.Payload, err = b.seal(ctx); err != nil {
		return r, err
	}
	r.Slots = int64(o.SLOs) * int64(o.Days) * slo.MinutesPerDay
	if r.Disk, err = size(o.ledgerDir()); err != nil {
		return r, err
	}
	if r.Commit, err = b.journal(ctx); err != nil {
		return r, err
	}
	r.Took = time.Since(began)
	return r, nil
}

// streams makes the streams known, and where their collection stands.
func (b builder) streams(ctx context.Context) error {
	c := ledger.Commit{}
	for i, s := range b.objects {
		key := s.Objectives[0].Indicator.Key()
		c.Streams = append(c.Streams, ledger.Stream{ID: int64(i + 1), Key: slo.StreamKey{Indicator: key}})
		c.Cursors = append(c.Cursors, ledger.Cursor{
			Indicator: key, Settled: todayStart - 1, Backfilled: todayStart, Oldest: todayStart, Done: true,
		})
	}
	return b.store.Append(ctx, c)
}

// seal writes the days before today and returns the bytes of their chunks. One
// day is encoded while the one before it is written.
func (b builder) seal(ctx context.Context) (bytes int64, err error) {
	days := make(chan []ledger.Chunk)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(days)
		for day := today - b.o.Days; day < today; day++ {
			select {
			case days <- b.encode(day):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	g.Go(func() error {
		for chunks := range days {
			for _, c := range chunks {
				bytes += int64(len(c.Payload))
			}
			if err := b.store.Seal(ctx, 0, chunks, nil); err != nil {
				return err
			}
		}
		return nil
	})
	err = g.Wait()
	return bytes, err
}

// encode returns one day of all streams as chunks.
func (b builder) encode(day int) []ledger.Chunk {
	chunks := make([]ledger.Chunk, len(b.objects))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for p := range workers {
		wg.Go(func() {
			slots := make([]slo.Slot, slo.MinutesPerDay)
			for i := p; i < len(chunks); i += workers {
				newService(i).fill(day, slots)
				chunks[i] = ledger.NewChunk(int64(i+1), day, 1, slots)
			}
		})
	}
	wg.Wait()
	return chunks
}

// tendEvery is how often, in minutes, the collector looks whether a checkpoint
// of the ledger is worth its while.
const tendEvery = 5

// journal commits the minutes since midnight and returns what one took, with its
// part of the checkpoints that a collector keeps.
func (b builder) journal(ctx context.Context) (cost, error) {
	l, err := ledger.Open(ctx, b.store, ledger.Options{Now: func() time.Time { return noon }})
	if err != nil {
		return cost{}, err
	}
	days := make([][]slo.Slot, len(b.objects))
	for i := range days {
		days[i] = make([]slo.Slot, slo.MinutesPerDay)
		newService(i).fill(today, days[i])
	}
	minutes := slo.Span{From: todayStart, To: lastMinute}
	took, err := measure(func() error {
		for m := minutes.From; m <= minutes.To; m++ {
			if err := l.WriteMany(ctx, b.minute(days, m)); err != nil {
				return err
			}
			if m%tendEvery != 0 {
				continue
			}
			if _, err := l.Checkpoint(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	n := time.Duration(minutes.Len())
	return cost{took.Wall / n, took.CPU / n}, err
}

// minute returns the writes of a collection cycle: one minute of every stream
// and the two before it again.
func (b builder) minute(days [][]slo.Slot, m slo.Minute) []ledger.Write {
	span := slo.Span{From: max(todayStart, m-2), To: m}
	writes := make([]ledger.Write, len(days))
	for i := range days {
		key := b.objects[i].Objectives[0].Indicator.Key()
		writes[i] = ledger.Write{
			Indicator: key, Reason: "live",
			Measurement: slo.Measurement{Span: span, Streams: []slo.StreamSlots{{Slots: days[i][span.From-todayStart : span.To-todayStart+1]}}},
			Cursor:      &ledger.Cursor{Settled: m, Backfilled: todayStart, Oldest: todayStart, Done: true},
		}
	}
	return writes
}
