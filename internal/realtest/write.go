package realtest

import (
	"bytes"
	"context"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
)

// RemoteWrite is the flag of a Prometheus that lets itself be written to.
const RemoteWrite = "--web.enable-remote-write-receiver"

// Sample is a value of a series at an instant.
type Sample struct {
	Labels map[string]string // with __name__
	T      int64             // milliseconds since 1970
	V      float64
}

// Write sends samples to a server with the flag RemoteWrite, as an agent does;
// they can be read when it returns.
func (p *Prometheus) Write(t testing.TB, samples ...Sample) {
	t.Helper()
	var request []byte
	for _, s := range samples {
		request = protowire.AppendBytes(protowire.AppendTag(request, 1, protowire.BytesType), s.series())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL+"/api/v1/write", bytes.NewReader(snappy.Encode(nil, request)))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Content-Encoding", "snappy")
	req.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusNoContent, resp.StatusCode, "%s", text)
}

// series is the TimeSeries message of one sample.
func (s Sample) series() (message []byte) {
	for _, name := range slices.Sorted(maps.Keys(s.Labels)) {
		label := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), name)
		label = protowire.AppendString(protowire.AppendTag(label, 2, protowire.BytesType), s.Labels[name])
		message = protowire.AppendBytes(protowire.AppendTag(message, 1, protowire.BytesType), label)
	}
	sample := protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), math.Float64bits(s.V))
	sample = protowire.AppendVarint(protowire.AppendTag(sample, 2, protowire.VarintType), uint64(s.T))
	return protowire.AppendBytes(protowire.AppendTag(message, 2, protowire.BytesType), sample)
}
