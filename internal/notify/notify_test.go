package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo/alert"
)

// book is a Book in memory.
type book struct {
	mu       sync.Mutex
	episodes []alert.Episode
	told     []alert.Told
}

func (b *book) Episodes(_ context.Context, since time.Time) (all []alert.Episode, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.episodes {
		if e.Open() || e.ResolvedAt.After(since) {
			all = append(all, e)
		}
	}
	return all, nil
}

func (b *book) ToldSince(context.Context, time.Time) ([]alert.Told, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]alert.Told(nil), b.told...), nil
}

func (b *book) SaveTold(_ context.Context, all []alert.Told) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told = append(b.told, all...)
	return nil
}

// set replaces the episodes.
func (b *book) set(all ...alert.Episode) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.episodes = all
}

// sent is a request that a target got.
type sent struct {
	path   string
	header http.Header
	body   string
}

// wire is a transport that keeps what is sent and answers as it is told.
type wire struct {
	mu   sync.Mutex
	got  []sent
	fail error
	code int
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		return nil, w.fail
	}
	w.got = append(w.got, sent{r.URL.Path, r.Header, string(body)})
	recorder := httptest.NewRecorder()
	recorder.WriteHeader(max(w.code, http.StatusOK))
	return recorder.Result(), nil
}

func (w *wire) answer(err error, code int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fail, w.code = err, code
}

func (w *wire) requests() []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]sent(nil), w.got...)
}

// outage is an episode that began a moment ago.
func outage(name string) alert.Episode {
	return alert.Episode{
		Key: alert.Key{SLO: name, Objective: "o", Policy: "page"}, FiredAt: time.Now().UTC(), Reason: "burn rate 20", Burn: new(20.0),
		Service: "shop", Severity: "page", Condition: "burn rate at least 14.4 over 1h", Labels: map[string]string{"team.name": "web", "slo": "forged"},
		Annotations: map[string]string{"runbook": "https://example.com"}, Targets: []string{"t"}, TellEnd: true,
	}
}

func ended(e alert.Episode) alert.Episode {
	e.ResolvedAt = time.Now().UTC()
	return e
}

// running starts a notifier with one target; it ends with the test.
func running(t *testing.T, kind string, b *book, w *wire) *Notifier {
	n := New(Options{
		Targets: []Target{{Name: "t", Type: kind, URL: "http://am.test/base/", Transport: w, Secret: func() (string, error) { return "key", nil }}},
		Book:    b, Now: time.Now, Link: func(slo string) string { return "http://hindcast.test/slos/" + slo }, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-done) })
	return n
}

func TestAWebhookIsToldOfEachBeginningAndEndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, w := &book{}, &wire{}
		e := outage("api")
		b.set(e)
		n := running(t, Webhook, b, w)
		time.Sleep(10 * time.Minute)
		require.Len(t, w.requests(), 1)
		got := w.requests()[0]
		require.Equal(t, e.ID()+"/FIRING", got.header.Get("Idempotency-Key"))
		mac := hmac.New(sha256.New, []byte("key"))
		mac.Write([]byte(got.body))
		require.Equal(t, "sha256="+hex.EncodeToString(mac.Sum(nil)), got.header.Get("X-Hindcast-Signature"))
		var m message
		require.NoError(t, json.Unmarshal([]byte(got.body), &m))
		require.Equal(t, messageOf(e, alert.Firing, "http://hindcast.test/slos/api"), m)

		b.set(ended(e))
		n.Wake()
		synctest.Wait()
		require.Len(t, w.requests(), 2, "at once")
		require.Contains(t, w.requests()[1].body, `"state":"RESOLVED"`)
		time.Sleep(10 * time.Minute)
		require.Len(t, w.requests(), 2)
		require.Zero(t, n.States()[0].Waiting)
	})
}

func TestAnotherNotifierDoesNotTellAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, w := &book{}, &wire{}
		b.set(outage("api"))
		running(t, Webhook, b, w)
		synctest.Wait()
		running(t, Webhook, b, w)
		time.Sleep(5 * time.Minute)
		require.Len(t, w.requests(), 1)
	})
}

func TestATargetThatWasAwayIsToldOfBothInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, w := &book{}, &wire{fail: errors.New("connection refused")}
		e := outage("api")
		b.set(e, outage("db"))
		n := running(t, Webhook, b, w)
		time.Sleep(5 * time.Minute)
		state := n.States()[0]
		require.Equal(t, 2, state.Waiting)
		require.Contains(t, state.Error, "connection refused")
		require.InDelta(t, 9, state.Failures, 3, "less and less often")
		b.set(ended(e), outage("db"))
		w.answer(nil, http.StatusBadGateway)
		time.Sleep(5 * time.Minute)
		w.answer(nil, http.StatusAccepted)
		sentBefore := len(w.requests())
		time.Sleep(5 * time.Minute)
		var keys []string
		for _, r := range w.requests()[sentBefore:] {
			keys = append(keys, r.header.Get("Idempotency-Key"))
		}
		require.Equal(t, []string{e.ID() + "/FIRING", e.ID() + "/RESOLVED"}, keys[:2])
		require.Len(t, keys, 3)
		require.Empty(t, n.States()[0].Error)
		require.False(t, n.States()[0].LastSuccess.IsZero())
	})
}

func TestAnAlertmanagerIsToldOfWhatFiresEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, w := &book{}, &wire{}
		e := outage("api")
		b.set(e)
		n := running(t, Alertmanager, b, w)
		time.Sleep(3*time.Minute + time.Second)
		require.Len(t, w.requests(), 4)
		got := w.requests()[3]
		require.Equal(t, "/base/api/v2/alerts", got.path)
		var alerts []posted
		require.NoError(t, json.Unmarshal([]byte(got.body), &alerts))
		require.Len(t, alerts, 1)
		require.Equal(t, map[string]string{
			"alertname": "HindcastBurn", "slo": "api", "objective": "o", "service": "shop", "severity": "page", "policy": "page", "team_name": "web",
		}, alerts[0].Labels, "a label of the author's forges none of ours")
		require.Equal(t, "https://example.com", alerts[0].Annotations["runbook"])
		require.Equal(t, e.FiredAt, alerts[0].StartsAt)
		require.Equal(t, e.FiredAt.Add(7*time.Minute), alerts[0].EndsAt, "it ends by itself if nobody repeats it")

		b.set(ended(e))
		n.Wake()
		time.Sleep(time.Hour)
		require.NoError(t, json.Unmarshal([]byte(w.requests()[4].body), &alerts))
		require.Equal(t, b.episodes[0].ResolvedAt, alerts[0].EndsAt)
		require.InDelta(t, 4+16, len(w.requests()), 1, "for a quarter of an hour")
	})
}

func TestWhoeverIsNotNamedIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, w := &book{}, &wire{}
		e := outage("api")
		e.Targets = []string{"another"}
		quiet := outage("db")
		quiet.TellEnd = false
		b.set(ended(e), ended(quiet))
		running(t, Webhook, b, w)
		time.Sleep(5 * time.Minute)
		require.Len(t, w.requests(), 1, "the beginning of the one that wants no end told")
	})
}

func TestATestSaysThatItIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for kind, says := range map[string]string{Alertmanager: "HindcastTest", Webhook: `"state":"TEST"`} {
			w := &wire{}
			n := running(t, kind, &book{}, w)
			require.NoError(t, n.Test(t.Context(), "t"))
			require.Contains(t, w.requests()[0].body, says)
			require.ErrorContains(t, n.Test(t.Context(), "x"), `no alert target "x"`)
			w.answer(nil, http.StatusUnauthorized)
			require.ErrorContains(t, n.Test(t.Context(), "t"), "401")
		}
	})
}
