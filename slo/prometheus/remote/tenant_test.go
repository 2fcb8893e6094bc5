package remote

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// tenants serves one series whose value says who asked.
func tenants(t *testing.T, values map[string]float64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, known := values[r.Header.Get("X-Scope-OrgID")]
		if !known {
			http.Error(w, "no org id", http.StatusUnauthorized)
			return
		}
		streams(frame(message([]piece{xorPiece(t, at{base + 60_000, v})}, "__name__", "x")))(w, r)
	})
}

func TestTenantsAreKeptApartInWhatIsShared(t *testing.T) {
	s := newSampler(t, tenants(t, map[string]float64{"": 1, "one": 2, "two|three": 3}), Options{})
	for range 3 { // the same moment: answers are shared, each tenant's with itself
		for name, want := range map[string]float64{"": 1, "one": 2, "two|three": 3} {
			var of sample.Sampler = s
			if name != "" {
				of = s.For(name)
			}
			got, err := readAll(t, of, "x", base, base+120_000)
			require.NoError(t, err)
			require.Equal(t, map[string]stored{`{__name__="x"}`: bits(at{base + 60_000, want})}, got, name)
		}
	}
	require.Same(t, s.For("one"), s.For("one"))
	_, err := readAll(t, s.For("nobody"), "x", base, base+120_000)
	require.Error(t, err)
}
