package outbound_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
)

// script answers one request after the other, the last answer again and again: a
// status with perhaps "after SECONDS", or "refused", "reset" or "hang".
type script struct {
	answers []string
	at      []time.Duration // when requests came
	bodies  []string
	start   time.Time
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := s.answers[min(len(s.at), len(s.answers)-1)]
	s.at = append(s.at, time.Since(s.start))
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		s.bodies = append(s.bodies, string(body))
	}
	status, after, _ := strings.Cut(answer, " after ")
	switch status {
	case "refused":
		return nil, syscall.ECONNREFUSED
	case "reset":
		return nil, syscall.ECONNRESET
	case "hang":
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	code, err := strconv.Atoi(status)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	if after != "" {
		header.Set("Retry-After", after)
	}
	return &http.Response{StatusCode: code, ProtoMajor: 1, Header: header, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// scripted makes a client that is answered by a script, on the bubble's clock.
func scripted(t *testing.T, answers ...string) (*outbound.Client, *script) {
	t.Helper()
	s := &script{answers: answers, start: time.Now()}
	c := client(t, "http://prometheus.example", func(o *outbound.Options) { o.Timeout = 30 * time.Second })
	c.SetTransport(s)
	return c, s
}

func TestWhatMayBeRepeatedIs(t *testing.T) {
	date := time.Date(2000, 1, 1, 0, 0, 7, 0, time.UTC).Format(http.TimeFormat) // a bubble's clock begins at 2000
	tests := map[string]struct {
		method  string
		marked  bool
		answers []string
		tries   int
		status  int // 0 is an error
		atLeast time.Duration
	}{
		"a success is not":                         {http.MethodGet, false, []string{"200"}, 1, 200, 0},
		"an overloaded server":                     {http.MethodGet, false, []string{"503", "200"}, 2, 200, 0},
		"a proxy without a server":                 {http.MethodGet, false, []string{"502", "504", "200"}, 3, 200, 0},
		"no more than twice":                       {http.MethodGet, false, []string{"503"}, 3, 503, 0},
		"a connection that is refused":             {http.MethodGet, false, []string{"refused", "200"}, 2, 200, 0},
		"a connection that is reset":               {http.MethodHead, false, []string{"reset", "200"}, 2, 200, 0},
		"always refused":                           {http.MethodGet, false, []string{"refused"}, 3, 0, 0},
		"after as many seconds as the server says": {http.MethodGet, false, []string{"429 after 4", "200"}, 2, 200, 4 * time.Second},
		"at the time that the server says":         {http.MethodGet, false, []string{"429 after " + date, "200"}, 2, 200, 7 * time.Second},
		"not if that is too long":                  {http.MethodGet, false, []string{"429 after 3600", "200"}, 1, 429, 0},
		"an error of the server is not":            {http.MethodGet, false, []string{"500", "200"}, 1, 500, 0},
		"a request that is wrong is not":           {http.MethodGet, false, []string{"400", "200"}, 1, 400, 0},
		"a timeout is not":                         {http.MethodGet, false, []string{"hang", "200"}, 1, 0, 30 * time.Second},
		"a POST is not":                            {http.MethodPost, false, []string{"503", "200"}, 1, 503, 0},
		"a POST that is marked":                    {http.MethodPost, true, []string{"503", "200"}, 2, 200, 0},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := scripted(t, tt.answers...)
				req, err := http.NewRequestWithContext(t.Context(), tt.method, "http://prometheus.example/api", strings.NewReader("query=up"))
				require.NoError(t, err)
				if tt.marked {
					req.Header["Idempotency-Key"] = nil
				}
				resp, err := c.RoundTrip(req)
				took := time.Since(s.start)
				require.GreaterOrEqual(t, took, tt.atLeast)
				require.LessOrEqual(t, took, 30*time.Second)
				require.Len(t, s.at, tt.tries)
				require.Equal(t, int64(tt.tries), c.Cost().Requests)
				for i := 1; i < len(s.at); i++ {
					require.GreaterOrEqual(t, s.at[i]-s.at[i-1], 125*time.Millisecond, "never at once")
				}
				for _, body := range s.bodies {
					require.Equal(t, "query=up", body, "the body is sent each time")
				}
				if tt.status == 0 {
					requireFault(t, err, fault.Unavailable)
					return
				}
				require.NoError(t, err)
				require.Equal(t, tt.status, resp.StatusCode)
				require.NoError(t, resp.Body.Close())
			})
		})
	}
}

func TestABodyThatCannotBeReadAgainIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := scripted(t, "503")
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://prometheus.example/", io.NopCloser(strings.NewReader("once")))
		require.NoError(t, err)
		_, _, err = do(c, req)
		requireFault(t, err, fault.Unavailable, "503")
		require.Equal(t, []string{"once"}, s.bodies)
	})
}

// TestTriesDoNotComeTogether has many clients that fail at the same instant.
func TestTriesDoNotComeTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second := make(map[time.Duration]bool)
		for range 50 {
			c, s := scripted(t, "503", "200")
			_, _, err := get(t.Context(), c, "/")
			require.NoError(t, err)
			require.InDelta(t, 250*time.Millisecond, s.at[1], float64(125*time.Millisecond))
			second[s.at[1]] = true
		}
		require.Greater(t, len(second), 40)
	})
}

func TestAServerThatFailsAgainAndAgainIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := scripted(t, "500")
		ask := func() error { _, _, err := get(t.Context(), c, "/"); return err }
		for range 5 {
			requireFault(t, ask(), fault.Unavailable, "is in trouble (500")
		}
		requireFault(t, ask(), fault.Unavailable, "was not asked", "5 times in a row", "up to 15s", "answered 500")
		require.Len(t, s.at, 5)

		time.Sleep(16 * time.Second)
		requireFault(t, ask(), fault.Unavailable, "is in trouble (500")
		requireFault(t, ask(), fault.Unavailable, "was not asked")
		require.Len(t, s.at, 6, "it is asked once")

		time.Sleep(16 * time.Second)
		s.answers = []string{"200"}
		for range 10 {
			require.NoError(t, ask())
		}
	})
}

func TestWhatTheServerHasNoPartInDoesNotCount(t *testing.T) {
	cancelled := func(t *testing.T, c *outbound.Client) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, err := get(ctx, c, "/")
		require.ErrorIs(t, err, context.Canceled)
	}
	tests := map[string]struct {
		answer string
		ask    func(*testing.T, *outbound.Client)
	}{
		"a caller that gives up": {"hang", func(t *testing.T, c *outbound.Client) {
			t.Helper()
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			_, _, err := get(ctx, c, "/")
			require.ErrorIs(t, err, context.Canceled)
		}},
		"a caller that never asked": {"200", cancelled},
		"a wrong password": {"401", func(t *testing.T, c *outbound.Client) {
			t.Helper()
			_, _, err := get(t.Context(), c, "/")
			requireFault(t, err, fault.Forbidden, "401")
		}},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := scripted(t, tt.answer)
				for range 20 {
					tt.ask(t, c)
				}
				s.answers = []string{"200"}
				_, _, err := get(t.Context(), c, "/")
				require.NoError(t, err)
			})
		})
	}
}
