package graph

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What one hostile request may take: hardening.md, S-GQL.
const (
	maxCPU   = 250 * time.Millisecond
	maxBytes = 64 << 20
)

// TestHostileFamiliesAreCheap sends every family through the whole handler and
// measures the processor time of the process and what it allocates meanwhile.
// Nothing else runs: the test is not parallel to others.
func TestHostileFamiliesAreCheap(t *testing.T) {
	families := hostile()
	var worstCPU time.Duration
	var worstBytes uint64
	for _, name := range slices.Sorted(maps.Keys(families)) {
		t.Run(name, func(t *testing.T) {
			f, a := newFixture(t, nil), families[name]
			runtime.GC()
			before := usage()
			got := a.send(f)
			cpu, bytes := before.until()
			t.Logf("%6.1f ms %6.2f MiB %s", float64(cpu.Microseconds())/1000, float64(bytes)/(1<<20), got.code())
			require.Equal(t, a.code, got.code(), got)
			require.LessOrEqual(t, len(got.Errors), DefaultLimits().Errors)
			require.LessOrEqual(t, cpu, slowdown*maxCPU)
			require.LessOrEqual(t, bytes, uint64(maxBytes))
			worstCPU, worstBytes = max(worstCPU, cpu), max(worstBytes, bytes)
		})
	}
	t.Logf("worst of %d: %s of processor time, %.1f MiB allocated", len(families), worstCPU, float64(worstBytes)/(1<<20))
}

// usageMark is the usage of the process at one instant.
type usageMark struct {
	cpu   time.Duration
	bytes uint64
}

func usage() usageMark {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usageMark{cpu: time.Duration(u.Utime.Nano() + u.Stime.Nano()), bytes: m.TotalAlloc}
}

// until returns what was used since.
func (u usageMark) until() (cpu time.Duration, bytes uint64) {
	later := usage()
	return later.cpu - u.cpu, later.bytes - u.bytes
}

// decodeBody decodes an answer; what is not JSON has no code and fails a test
// that expects one.
func decodeBody(w *httptest.ResponseRecorder) result {
	var r result
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
		panic(w.Body.String())
	}
	return r
}
