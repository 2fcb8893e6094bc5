package store_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/store/storetest"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// BenchmarkSeal commits 10,000 new streams, and seals a day of each with 1 KiB.
func BenchmarkSeal(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkSeal(b, directory(b.TempDir())) })
	b.Run("postgres", func(b *testing.B) {
		if os.Getenv("HINDCAST_REAL") == "" {
			b.Skip("set HINDCAST_REAL=1")
		}
		benchmarkSeal(b, address(realtest.NewPostgres(b).Database(b)))
	})
}

func benchmarkSeal(b *testing.B, db storetest.Database) {
	b.Helper()
	const n = 10_000
	s := db.Open(b)
	defer func() { require.NoError(b, s.Close()) }()
	for i := range b.N {
		var c ledger.Commit
		chunks := make([]ledger.Chunk, n)
		for j := range chunks {
			id := int64(i*n + j + 1)
			c.Streams = append(c.Streams, ledger.Stream{ID: id, Key: slo.StreamKey{Indicator: "i", Group: slo.GroupOf(map[string]string{"n": strconv.FormatInt(id, 10)})}})
			chunks[j] = ledger.Chunk{Totals: ledger.Totals{Stream: id, Day: 20_000}, Payload: make([]byte, 1024)}
		}
		require.NoError(b, s.Append(b.Context(), c))
		require.NoError(b, s.Seal(b.Context(), chunks, nil))
	}
}
