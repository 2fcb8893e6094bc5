package server

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/demo"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
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

func TestTheDemoSaysWhatHappened(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s := newWriteServer(t, Config{})
	fleet, err := demo.New(demo.Options{Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	s.fleet = fleet
	require.NoError(t, s.annotateDemo(t.Context()))
	all := s.annotations.All()
	require.Len(t, all, len(fleet.Happenings()), "each under a name of its own")
	kinds, open := map[slo.AnnotationKind]int{}, 0
	for _, a := range all {
		kinds[a.Kind]++
		if a.To.IsZero() {
			open++
		} else {
			require.True(t, a.To.After(a.From), a.Name)
		}
	}
	require.Equal(t, 13, kinds[slo.DeployAnnotation])
	require.Equal(t, 11, kinds[slo.IncidentAnnotation])
	require.Equal(t, 1, kinds[slo.MaintenanceAnnotation])
	require.Equal(t, 1, open, "the mailer is still dead")
	require.NoError(t, s.almanac.DeleteAnnotation(t.Context(), all[0].Name, "a visitor"))
	require.NoError(t, s.annotateDemo(t.Context()))
	require.Len(t, s.annotations.All(), len(all)-1, "what a visitor removed stays removed")
}
