package instance

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

func TestRealServerStartsAnswersAndStops(t *testing.T) {
	realtest.Require(t)
	program := realtest.Program(t, "make tools builds it", os.Getenv("HINDCAST_PROMETHEUS"))
	s, err := Start(t.Context(), Options{Program: program, Dir: t.TempDir()})
	require.NoError(t, err)
	v, _, err := s.API.Query(t.Context(), "vector(7)", time.Unix(1_700_000_000, 0))
	require.NoError(t, err)
	require.Contains(t, v.String(), "=> 7 @")
	series, err := s.Sum(t.Context(), "prometheus_ready")
	require.NoError(t, err)
	require.Equal(t, 1.0, series)
	cpu, err := s.CPU()
	require.NoError(t, err)
	require.Positive(t, cpu)
	version, err := Version(program)
	require.NoError(t, err)
	require.Regexp(t, `^v0\.3\d\d\.`, version)
	require.NoError(t, s.Stop())
}

func TestRealServerThatEndsSaysWhy(t *testing.T) {
	realtest.Require(t)
	program := realtest.Program(t, "make tools builds it", os.Getenv("HINDCAST_PROMETHEUS"))
	_, err := Start(t.Context(), Options{Program: program, Dir: t.TempDir(), Config: "nonsense: 1"})
	require.ErrorContains(t, err, "field nonsense not found")
}

func TestAProgramThatIsMissing(t *testing.T) {
	_, err := Start(t.Context(), Options{Program: "/nowhere/prometheus", Dir: t.TempDir()})
	require.ErrorContains(t, err, "make tools builds it")
	_, err = Version("/proc/self/exe")
	require.ErrorContains(t, err, "is not built from github.com/prometheus/prometheus")
}
