package realtest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

// Two counters of three samples a minute apart, in blocks of a real Prometheus.
const (
	streamFrom = 1_700_000_040
	streamed   = `# TYPE x counter
x_total{pod="a"} 1 1700000040
x_total{pod="a"} 2 1700000100
x_total{pod="a"} 4 1700000160
x_total{pod="b"} 10 1700000040
x_total{pod="b"} 20 1700000100
x_total{pod="b"} 40 1700000160
# EOF
`
)

// TestRealFaultsOfStreams reads what the faults of Prometheus do to remote read,
// with Prometheus' own reader, which looks at checksums.
func TestRealFaultsOfStreams(t *testing.T) {
	dir := t.TempDir()
	metrics := filepath.Join(dir, "metrics.om")
	require.NoError(t, os.WriteFile(metrics, []byte(streamed), 0o600))
	realtest.Promtool(t, "tsdb", "create-blocks-from", "openmetrics", metrics, filepath.Join(dir, "data"))
	server := realtest.NewPrometheus(t, realtest.PrometheusOptions{Data: filepath.Join(dir, "data")})
	p := realtest.NewFaultProxy(t, server.URL)
	truth := []string{
		`{__name__="x_total", pod="a"} 0=1 60=2 120=4`,
		`{__name__="x_total", pod="b"} 0=10 60=20 120=40`,
	}
	swapAll := func(pairs ...string) []string {
		var out []string
		for _, line := range truth {
			out = append(out, strings.NewReplacer(pairs...).Replace(line))
		}
		return out
	}
	tests := map[string]struct {
		want []string
		err  string
	}{
		"empty":            {nil, ""},
		"duplicate series": {[]string{truth[0], truth[0], truth[1], truth[1]}, ""},
		"wrong labels":     {swapAll(`"x_total"`, `"wrong-x_total"`, `"a"`, `"wrong-a"`, `"b"`, `"wrong-b"`), ""},
		"label collision":  {swapAll(`, pod="a"`, "", `, pod="b"`, ""), ""},
		"negative":         {swapAll("=1 ", "=-1 ", "=2 ", "=-2 ", "=4", "=-4", "=10 ", "=-10 ", "=20 ", "=-20 ", "=40", "=-40"), ""},
		"past stamps":      {swapAll(" 0=", " -3600=", " 60=", " -3540=", " 120=", " -3480="), ""},
		"future stamps":    {swapAll(" 0=", " 3600=", " 60=", " 3660=", " 120=", " 3720="), ""},
		"truncated":        {nil, "unexpected EOF"},
		"cut":              {nil, "unexpected EOF"},
		"flipped byte":     {nil, "EOF|checksum"},
		"sliced":           {truth, ""},
		"status error":     {truth, ""}, // nothing in a stream could say so
	}
	got, err := readStream(t.Context(), p.URL)
	require.NoError(t, err)
	require.Equal(t, truth, got)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p.Set(t, realtest.FaultNamed(name))
			got, err := readStream(t.Context(), p.URL)
			if tt.err != "" {
				require.Error(t, err)
				require.Regexp(t, tt.err, err.Error())
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			if name == "status error" {
				require.Zero(t, p.Faulted())
			} else {
				require.Equal(t, 1, p.Faulted())
			}
		})
	}
	for name, is := range map[string]func(float64) bool{"not a number": math.IsNaN, "infinite": func(v float64) bool { return math.IsInf(v, 1) }} {
		t.Run(name, func(t *testing.T) {
			p.Set(t, realtest.FaultNamed(name))
			values, err := firstValues(t.Context(), p.URL)
			require.NoError(t, err)
			require.Len(t, values, 2)
			for _, v := range values {
				require.True(t, is(v), "%g", v)
			}
		})
	}
}

// readStream returns a line for each series, with times in seconds since streamFrom.
func readStream(ctx context.Context, url string) ([]string, error) {
	var lines []string
	err := eachSample(ctx, url, func(series string, first bool, at int64, v float64) {
		if first {
			lines = append(lines, series)
		}
		lines[len(lines)-1] += fmt.Sprintf(" %d=%g", at/1000-streamFrom, v)
	})
	return lines, err
}

func firstValues(ctx context.Context, url string) ([]float64, error) {
	var values []float64
	err := eachSample(ctx, url, func(_ string, first bool, _ int64, v float64) {
		if first {
			values = append(values, v)
		}
	})
	return values, err
}

func eachSample(ctx context.Context, url string, visit func(series string, first bool, at int64, v float64)) error {
	query := prompb.ReadRequest{
		AcceptedResponseTypes: []prompb.ReadRequest_ResponseType{prompb.ReadRequest_STREAMED_XOR_CHUNKS},
		Queries: []*prompb.Query{{
			StartTimestampMs: (streamFrom - 60) * 1000, EndTimestampMs: (streamFrom + 300) * 1000,
			Matchers: []*prompb.LabelMatcher{{Type: prompb.LabelMatcher_EQ, Name: "__name__", Value: "x_total"}},
		}},
	}
	message, err := query.Marshal()
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v1/read", bytes.NewReader(snappy.Encode(nil, message)))
	if err != nil {
		return err
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	set := remote.NewChunkedSeriesSet(remote.NewChunkedReader(resp.Body, 1<<20, nil), io.NopCloser(resp.Body), math.MinInt64, math.MaxInt64, func(error) {})
	for set.Next() {
		series, samples := set.At().Labels().String(), set.At().Iterator(nil)
		for first := true; samples.Next() != 0; first = false {
			at, v := samples.At()
			visit(series, first, at, v)
		}
		if err := samples.Err(); err != nil {
			return err
		}
	}
	return set.Err()
}
