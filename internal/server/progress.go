package server

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/mattn/go-isatty"
)

// bar draws the progress of long work on a terminal, and is silent elsewhere.
type bar struct {
	mu   sync.Mutex
	w    io.Writer
	last int
	what string
}

// newBar returns a bar on w.
func newBar(w io.Writer) *bar {
	f, ok := w.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return &bar{}
	}
	return &bar{w: f, last: -1}
}

// barWidth is the number of cells of a full bar.
const barWidth = 40

// set draws the bar for what was done of it, 0 to 1; at 1 it ends its line.
func (b *bar) set(what string, done float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.w == nil {
		return
	}
	percent := int(100 * min(max(done, 0), 1))
	if percent == b.last && what == b.what {
		return
	}
	b.last, b.what = percent, what
	full := percent * barWidth / 100
	_, _ = fmt.Fprintf(b.w, "\r%-28s %s%s %3d %%", what, strings.Repeat("█", full), strings.Repeat("░", barWidth-full), percent)
	if done >= 1 {
		_, _ = fmt.Fprintln(b.w)
		b.last = -1
	}
}
