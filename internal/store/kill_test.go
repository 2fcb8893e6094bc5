package store_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// Environment of a child process that writes until it is killed, or until a
// write fails: the data directory or database URL.
const (
	childDir = "HINDCAST_TEST_STORE_CHILD"
)

// optionsOf returns the options of a data directory or a database URL.
func optionsOf(where string) store.Options {
	if strings.HasPrefix(where, "postgres://") {
		return store.Options{Database: where}
	}
	return store.Options{Dir: where}
}

const (
	killed    = slo.IndicatorKey("killed")
	firstKill = slo.Minute(20_000*slo.MinutesPerDay - 100) // days end soon
)

// fellows is how many indicators move their cursors in the commit of the killed
// one; more than a statement carries.
const fellows = 75

func fellow(i int) slo.IndicatorKey { return slo.IndicatorKey("fellow-" + strconv.Itoa(i)) }

// slotOf is what the child writes to a minute.
func slotOf(m slo.Minute) slo.Slot {
	return slo.Slot{Good: float64(m % 1009), Total: float64(m%1009 + m%7), State: slo.Measured}
}

// child writes one minute after the other, from where its predecessor's disk
// ends, and says so on its output after each; now and then it seals.
func child(where string) int {
	ctx := context.Background()
	s, err := store.Open(ctx, optionsOf(where))
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	l, err := ledger.Open(ctx, s, ledger.Options{Now: time.Now})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	next := firstKill
	if c, ok := l.Cursor(killed); ok {
		next = c.Settled + 1
	}
	for ; ; next++ {
		if err := childStep(ctx, s, l, next); err != nil {
			fmt.Println("error", err)
			return afterFault(ctx, s, l)
		}
		fmt.Println("ack", int64(next))
	}
}

// childStep writes a minute with an overlap of two and a group that comes and
// goes, moves the cursors of others with it, keeps a specification, and seals every 16 minutes.
func childStep(ctx context.Context, s *store.Store, l *ledger.Ledger, m slo.Minute) error {
	span := slo.Span{From: m - 2, To: m}
	var slots []slo.Slot
	for i := span.From; i <= span.To; i++ {
		if i < firstKill {
			slots = append(slots, slo.Slot{})
			continue
		}
		slots = append(slots, slotOf(i))
	}
	w := ledger.Write{
		Indicator: killed, Reason: "live", Cursor: &ledger.Cursor{Settled: m},
		Measurement: slo.Measurement{Span: span, Streams: []slo.StreamSlots{{Slots: slots}}},
	}
	if m%5 == 0 {
		w.Measurement.Streams = append(w.Measurement.Streams, slo.StreamSlots{Group: `{"a":"b"}`, Slots: slots})
	}
	writes := []ledger.Write{w}
	for i := range fellows {
		none := slo.Measurement{Span: slo.Span{From: m, To: m - 1}}
		writes = append(writes, ledger.Write{Indicator: fellow(i), Measurement: none, Reason: "live", Cursor: &ledger.Cursor{Settled: m}})
	}
	if err := l.WriteMany(ctx, writes); err != nil {
		return err
	}
	if m%16 == 0 {
		// Minutes of the current day are sealed, too, to have late writes.
		if _, err := l.Seal(ctx, m.Day()+1); err != nil {
			return err
		}
	}
	return s.SaveSpec(ctx, store.SpecFile{Path: "a.yaml", Text: []byte(strconv.FormatInt(int64(m), 10))})
}

func TestAKilledProcessLosesNothingThatItAcknowledged(t *testing.T) {
	killOften(t, t.TempDir(), 12)
}

func killOften(t *testing.T, where string, times int) {
	t.Helper()
	acked := firstKill - 1
	for range times {
		acked = max(acked, killChild(t, where, 1+rand.IntN(40)))
		checkAcked(t, where, acked)
	}
	t.Logf("%d minutes were acknowledged over %d kills, 0 of them lost", acked-firstKill+1, times)
}

// killChild lets a child write, kills it some time after its n-th
// acknowledgement and returns the last minute that it acknowledged.
func killChild(t *testing.T, where string, n int) (acked slo.Minute) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+where)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for i := 0; lines.Scan(); i++ {
		word, value, _ := strings.Cut(lines.Text(), " ")
		require.Equal(t, "ack", word, lines.Text())
		m, err := strconv.ParseInt(value, 10, 64)
		require.NoError(t, err)
		acked = slo.Minute(m)
		if i == n { // what is still in the pipe was acknowledged as well
			require.NoError(t, cmd.Process.Kill())
		}
	}
	require.ErrorContains(t, cmd.Wait(), "killed")
	return acked
}

// checkAcked looks whether everything up to acked is there, and nothing but
// what a child may have written after it.
func checkAcked(t *testing.T, where string, acked slo.Minute) {
	t.Helper()
	s, err := store.Open(t.Context(), optionsOf(where))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	l, err := ledger.Open(t.Context(), s, ledger.Options{Now: time.Now})
	require.NoError(t, err)
	require.Empty(t, l.Problems())
	settled, ok := l.Settled(killed)
	if !ok {
		require.Less(t, acked, firstKill, "nothing is there")
		return
	}
	require.Contains(t, []slo.Minute{acked, acked + 1}, settled, "one write may have been on its way")
	for i := range fellows {
		at, _ := l.Settled(fellow(i))
		require.Equal(t, settled, at, "a cursor was left behind by its commit")
	}
	span := slo.Span{From: firstKill, To: settled}
	slots, err := l.Slots(t.Context(), slo.StreamKey{Indicator: killed}, span)
	require.NoError(t, err)
	var want slo.Tally
	for i, got := range slots {
		require.Equal(t, slotOf(span.From+slo.Minute(i)), got)
		want.Add(got)
	}
	tally, err := l.Tally(t.Context(), slo.StreamKey{Indicator: killed}, span)
	require.NoError(t, err)
	require.Equal(t, want, tally)
	files, err := s.Specs(t.Context())
	require.NoError(t, err)
	if len(files) == 0 {
		require.LessOrEqual(t, acked, firstKill, "the specification is not there")
		return
	}
	kept, err := strconv.ParseInt(string(files[0].Text), 10, 64)
	require.NoError(t, err)
	require.GreaterOrEqual(t, slo.Minute(kept), acked)
}
