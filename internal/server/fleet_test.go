package server

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/store"
)

func TestADemoThatWasOffForLongBeginsAnew(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		off  time.Duration
		kept bool
	}{
		"after lunch it goes on":    {time.Hour, true},
		"after a night it is fresh": {12 * time.Hour, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &Server{o: Options{Data: t.TempDir(), Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)}}
			segment := filepath.Join(s.tsdbDir(), "wal", "00000000")
			require.NoError(t, os.MkdirAll(filepath.Dir(segment), 0o750))
			database, spec := filepath.Join(s.o.Data, store.FileName), filepath.Join(s.o.Data, "mine.yaml")
			for _, path := range []string{segment, database, spec} {
				require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
			}
			require.NoError(t, os.Chtimes(segment, now.Add(-tt.off), now.Add(-tt.off)))
			require.NoError(t, s.renewDemo())
			if tt.kept {
				require.FileExists(t, segment)
				require.FileExists(t, database)
			} else {
				require.NoDirExists(t, s.tsdbDir())
				require.NoFileExists(t, database)
			}
			require.FileExists(t, spec)
		})
	}
	s := &Server{o: Options{Data: t.TempDir()}}
	require.NoError(t, s.renewDemo(), "there was no demo before")
}
