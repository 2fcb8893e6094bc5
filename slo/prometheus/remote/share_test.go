package remote

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// shop is a server of remote read with one metric of many series. It knows
// equality matchers alone.
type shop struct {
	series   int
	requests atomic.Int64
	wait     chan struct{} // if set, answers wait for it to be closed
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	if s.wait != nil {
		select {
		case <-s.wait:
		case <-r.Context().Done():
			return
		}
	}
	compressed, _ := io.ReadAll(r.Body)
	request, err := snappy.Decode(nil, compressed)
	if err != nil || r.URL.Path != "/api/v1/read" {
		http.NotFound(w, r)
		return
	}
	wanted := asked(request)
	w.Header().Set("Content-Type", "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse")
	for i := range s.series {
		service, code := strconv.Itoa(i/2), []string{"200", "500"}[i%2]
		lset := map[string]string{"__name__": "x", "service": service, "code": code}
		if slices.ContainsFunc(wanted, func(m [2]string) bool { return lset[m[0]] != m[1] }) {
			continue
		}
		c := mustPiece(at{base + 1000, float64(i)}, at{base + 2000, float64(2 * i)}, at{base + 9500, 1e9})
		_, _ = w.Write(frame(message([]piece{c}, "__name__", "x", "code", code, "service", service)))
	}
}

// asked reads the matchers of a request.
func asked(request []byte) (matchers [][2]string) {
	query, _, _ := cut(request)
	for rest := query.bytes; len(rest) > 0; {
		var f field
		f, rest, _ = cut(rest)
		if f.number != 3 {
			continue
		}
		var m [2]string
		for inner := f.bytes; len(inner) > 0; {
			var g field
			if g, inner, _ = cut(inner); g.number >= 2 {
				m[g.number-2] = string(g.bytes)
			}
		}
		matchers = append(matchers, m)
	}
	return matchers
}

type must struct{}

func (must) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (must) FailNow()                          { panic("failed") }

func mustPiece(ps ...at) piece { return xorPiece(must{}, ps...) }

func TestAThousandIndicatorsShareAHandfulOfRequests(t *testing.T) {
	h := &shop{series: 2000}
	s := newSampler(t, h, Options{})
	alone := newSampler(t, &shop{series: 2000}, Options{})
	alone.share = nil
	now := noon()
	s.o.Now = func() time.Time { return now }
	s.share.now = s.o.Now
	for cycle := range 3 {
		before := h.requests.Load()
		g := errgroup.Group{}
		g.SetLimit(4)
		var mu sync.Mutex
		for i := range 1000 {
			g.Go(func() error {
				selector := fmt.Sprintf(`x{service="%d"}`, i)
				from, to := base+int64(cycle), base+9000+int64(cycle)
				got, err := readAll(t, s, selector, from, to)
				if err != nil || i%100 != 0 {
					return err
				}
				h, err := alone.hold(t.Context(), match(t, selector), from, to)
				if err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				require.Equal(t, visited(t, h, selector, from, to), got, "what is shared is what was asked for")
				require.Len(t, got, 2)
				return nil
			})
		}
		require.NoError(t, g.Wait())
		require.LessOrEqual(t, h.requests.Load()-before, int64(popularAt), "cycle %d", cycle)
		if cycle > 0 {
			require.Equal(t, int64(1), h.requests.Load()-before, "cycle %d", cycle)
		}
		now = now.Add(time.Minute)
	}
}

// visited reads what is held.
func visited(t *testing.T, h *held, selector string, from, to int64) map[string]stored {
	t.Helper()
	s := newSampler(t, http.NotFoundHandler(), Options{})
	s.share.fetches = []*fetch{{key: selectorNode(match(t, selector)).String(), from: from, to: to, done: closed(), until: noon().Add(time.Hour), h: h}}
	got, err := readAll(t, s, selector, from, to)
	require.NoError(t, err)
	return got
}

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func TestAMetricThatIsTooWideIsFetchedInParts(t *testing.T) {
	h := &shop{series: 100}
	s := newSampler(t, h, Options{MaxSeries: 10})
	for i := range 20 {
		got, err := readAll(t, s, fmt.Sprintf(`x{service="%d"}`, i), base, base+9000)
		require.NoError(t, err)
		require.Len(t, got, 2)
	}
	require.Equal(t, int64(21), h.requests.Load(), "the metric as a whole is tried once")
}

func TestWhatIsSharedGetsOld(t *testing.T) {
	h := &shop{series: 4}
	now := noon()
	s := newSampler(t, h, Options{Now: func() time.Time { return now }})
	for _, step := range []struct {
		after    time.Duration
		requests int64
	}{{0, 1}, {time.Second, 1}, {shareFor, 2}} {
		now = now.Add(step.after)
		_, err := readAll(t, s, `x`, base, base+9000)
		require.NoError(t, err)
		require.Equal(t, step.requests, h.requests.Load())
	}
}

func TestACallerThatLeavesTakesNobodyAlong(t *testing.T) {
	h := &shop{series: 4, wait: make(chan struct{})}
	s := newSampler(t, h, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := s.share.get(ctx, match(t, "x"), base, base+9000, s.hold)
		left <- err
	}()
	require.Eventually(t, func() bool { return h.requests.Load() == 1 }, 10*time.Second, time.Millisecond)
	stayed := make(chan error)
	go func() {
		_, err := s.share.get(t.Context(), match(t, "x"), base, base+9000, s.hold)
		stayed <- err
	}()
	cancel()
	require.ErrorIs(t, <-left, context.Canceled)
	close(h.wait)
	require.NoError(t, <-stayed)
}

func TestSharingIsBoundedInBytes(t *testing.T) {
	h := &shop{series: 20}
	s := newSampler(t, h, Options{})
	s.share.limit = 1
	for i := range int64(5) {
		_, err := readAll(t, s, `x`, base+i, base+9000)
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(s.share.fetches), 1)
}
