package source

import (
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// noise is an endless text.
type noise struct{ *rand.ChaCha8 }

func (n noise) Read(p []byte) (int, error) {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
	size, err := n.ChaCha8.Read(p)
	for i := range p[:size] {
		p[i] = digits[p[i]%64]
	}
	return size, err
}

// TestAnAnswerBeyondTheBoundIsLeftToTheServer sees the bound of a definition as
// one of reading, which has a remedy, and not as a failure of the client.
func TestAnAnswerBeyondTheBoundIsLeftToTheServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/read") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z, _ := gzip.NewWriterLevel(w, gzip.NoCompression) // longer than what it holds
		_, _ = fmt.Fprintf(z, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up"},"values":[[%d,"1"]]},{"metric":{"`, time.Now().Unix()-1)
		_, _ = io.Copy(z, noise{rand.NewChaCha8([32]byte{1})}) // until the client has enough
	}))
	t.Cleanup(server.Close)
	d := Definition{Name: "wide", Type: Prometheus, URL: server.URL, MaxResponse: 1 << 20}
	opened, err := Real{Now: time.Now}.Open(Entry{Definition: d, Origin: Origin{Kind: Config}})
	require.NoError(t, err)
	t.Cleanup(opened.Close)
	up := labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, "up")
	now := time.Now().UnixMilli()
	err = opened.Source.(*prometheus.Source).Sampler.Select(t.Context(), []*labels.Matcher{up}, now-60_000, now, func(sample.Series) error { return nil })
	var wide *sample.TooWide
	require.ErrorAs(t, err, &wide)
	require.Contains(t, wide.Limit, "an answer of more than 1 MiB")
}
