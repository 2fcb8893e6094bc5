package demo

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThePagerTakesMessagesAndNothingElse(t *testing.T) {
	for name, tt := range map[string]struct {
		method, body string
		status       int
		logged       string
	}{
		"a message":  {http.MethodPost, `{"state": "FIRING", "slo": "checkout", "policy": "fast", "severity": "page"}`, http.StatusNoContent, "state=FIRING slo=checkout policy=fast severity=page"},
		"no message": {http.MethodPost, `FIRING`, http.StatusBadRequest, ""},
		"a long one": {http.MethodPost, `{"state": "` + strings.Repeat("x", maxMessage) + `"}`, http.StatusBadRequest, ""},
		"a look":     {http.MethodGet, "", http.StatusMethodNotAllowed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			p, err := NewPager(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
			require.NoError(t, err)
			r, err := http.NewRequestWithContext(t.Context(), tt.method, p.URL, strings.NewReader(tt.body))
			require.NoError(t, err)
			response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.NoError(t, p.Close())
			require.Equal(t, tt.status, response.StatusCode)
			require.Contains(t, log.String(), tt.logged)
			require.Equal(t, tt.logged == "", log.Len() == 0)
		})
	}
}
