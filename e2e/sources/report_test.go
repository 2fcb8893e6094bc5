package sources

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// report collects what the cells showed.
type report struct {
	mu      sync.Mutex
	cells   map[[2]string][]outcome // by kind and fault
	slowest time.Duration
}

func newReport() *report { return &report{cells: map[[2]string][]outcome{}} }

func (r *report) add(kind, fault string, known bool, out outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := [2]string{kind, fault}
	r.cells[at] = append(r.cells[at], out)
	r.slowest = max(r.slowest, out.took)
}

// verdict names what the cells of a fault showed; they differ only where the test
// fails.
func (r *report) verdict(kind, fault string) string {
	var all []string
	for _, out := range r.cells[[2]string{kind, fault}] {
		text := string(out.lie.verdict())
		if !out.applies {
			text = string(unseen)
		}
		if len(all) == 0 || all[0] != text {
			all = append(all, text)
		}
	}
	return strings.Join(all, "/")
}

// String is the matrix and its counts.
func (r *report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s %-25s %-26s %s\n", "", kindNames[0], kindNames[1], kindNames[2])
	for _, row := range documented {
		fmt.Fprintf(&b, "%-22s %-25s %-26s %s\n", row.fault, r.verdict(remoteRead, row.fault), r.verdict(rangeVectors, row.fault), r.verdict(elastic, row.fault))
	}
	for _, kind := range kindNames {
		counts, cycles := map[string]int{}, 0
		for at, outs := range r.cells {
			for _, out := range outs {
				if at[0] == kind {
					counts[r.verdict(at[0], at[1])]++
					cycles = max(cycles, out.cycles)
				}
			}
		}
		fmt.Fprintf(&b, "%s, cells: %v; at most %d cycles until the ledger told the truth again\n", kind, counts, cycles)
	}
	fmt.Fprintf(&b, "slowest cell %s", r.slowest.Round(time.Millisecond))
	return b.String()
}
