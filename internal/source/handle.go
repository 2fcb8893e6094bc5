package source

import (
	"context"
	"sync"
	"time"

	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/slo"
)

// handle is a source that is opened when it is first asked. One that cannot be
// opened, because a file is missing, is tried again each time.
type handle struct {
	entry  Entry
	opener Opener

	mu     sync.Mutex
	opened *Opened
}

var (
	_ slo.Source = (*handle)(nil)
	_ slo.Prober = (*handle)(nil)
	_ slo.Pacer  = (*handle)(nil)
)

// open returns the source. Who still holds the handle of a definition that is not
// in force any more, in the middle of a cycle, may end what it began.
func (h *handle) open() (slo.Source, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.opened == nil {
		opened, err := h.opener.Open(h.entry)
		if err != nil {
			return nil, err
		}
		h.opened = &opened
	}
	return h.opened.Source, nil
}

// close lets go of the connections; requests under way end by themselves.
func (h *handle) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.opened != nil {
		h.opened.Close()
	}
}

func (h *handle) cost() outbound.Cost {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.opened == nil {
		return outbound.Cost{}
	}
	return h.opened.Cost()
}

// Measure implements slo.Source.
func (h *handle) Measure(ctx context.Context, ind slo.Indicator, span slo.Span) (slo.Measurement, error) {
	src, err := h.open()
	if err != nil {
		return slo.Measurement{}, err
	}
	return src.Measure(ctx, ind, span)
}

// Reach implements slo.Source.
func (h *handle) Reach(ctx context.Context, ind slo.Indicator) (oldest, newest time.Time, err error) {
	src, err := h.open()
	if err != nil {
		return oldest, newest, err
	}
	return src.Reach(ctx, ind)
}

// Probe implements slo.Prober.
func (h *handle) Probe(ctx context.Context) (slo.Probe, error) {
	src, err := h.open()
	if err != nil {
		return slo.Probe{}, err
	}
	return probe(ctx, h.entry.Definition.Name, src)
}

// Pace implements slo.Pacer: what the definition says, else what the source does.
func (h *handle) Pace() slo.Pace {
	var p slo.Pace
	if src, err := h.open(); err == nil {
		if own, ok := src.(slo.Pacer); ok {
			p = own.Pace()
		}
	}
	d := h.entry.Definition
	if d.Delay > 0 {
		p.Delay = time.Duration(d.Delay)
	}
	if d.Overlap > 0 { // part of a minute is read as a whole
		p.Overlap = slo.Minute((time.Duration(d.Overlap) + time.Minute - 1) / time.Minute)
	}
	return p
}

// Late implements collector.Later where the source does.
func (h *handle) Late() (oldest time.Time, ok bool) {
	src, err := h.open()
	if err != nil {
		return oldest, false
	}
	if l, is := src.(interface{ Late() (time.Time, bool) }); is {
		return l.Late()
	}
	return oldest, false
}
