package remote

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// errHeld says that a selection is too big to be held in memory.
var errHeld = errors.New("the samples are too many to be held in memory")

// held is a selection in memory, compressed in chunks. It does not change once
// it is complete, and may then be read by many at once.
type held struct {
	o        Options
	all      []*heldSeries
	byLabels map[uint64]*heldSeries
	bytes    int64
	samples  int64
	warnings []string // of the server, which did not have all
}

type heldSeries struct {
	labels labels.Labels
	pieces []piece
}

func newHeld(o Options) *held { return &held{o: o, byLabels: map[uint64]*heldSeries{}} }

// perSeries and perPiece are what a series and a chunk cost beside their data.
const (
	perSeries = 256
	perPiece  = 64
)

// series returns the series of a label set, a new one if there is none.
func (h *held) series(lset labels.Labels) *heldSeries {
	hash := lset.Hash()
	s := h.byLabels[hash]
	if s == nil {
		s = &heldSeries{labels: lset.Copy()}
		h.byLabels[hash] = s
		h.all = append(h.all, s)
		h.bytes += perSeries
	}
	return s
}

// keep adds a copy of a chunk to a series.
func (h *held) keep(s *heldSeries, p piece) error {
	p.data = slices.Clone(p.data)
	h.bytes += int64(len(p.data)) + perPiece
	h.samples += p.samples()
	s.pieces = append(s.pieces, p)
	if h.bytes > h.o.MaxHeld {
		return errHeld
	}
	return nil
}

// join adds the series of a later time to those of h.
func (h *held) join(later *held) error {
	for _, from := range later.all {
		s := h.series(from.labels)
		if len(h.all) > h.o.MaxSeries {
			return tooManySeries(h.o.MaxSeries)
		}
		for _, p := range from.pieces {
			if err := h.keep(s, p); err != nil {
				return err
			}
		}
	}
	if h.samples > h.o.MaxSamples {
		return tooManySamples(h.o.MaxSamples)
	}
	for _, w := range later.warnings {
		h.warn(w)
	}
	return nil
}

// maxWarnings is how many warnings of a server are kept.
const maxWarnings = 10

func (h *held) warn(text string) {
	if !slices.Contains(h.warnings, text) && len(h.warnings) < maxWarnings {
		h.warnings = append(h.warnings, text)
	}
}

// visit hands out the series that match, with their samples in (from, to].
func (h *held) visit(ctx context.Context, matchers []*labels.Matcher, from, to int64, visit func(sample.Series) error) error {
	read := newSeries(from, to)
	for _, s := range h.all {
		if !matches(matchers, s.labels) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		left := s.pieces
		read.reset(s.labels, func() (piece, bool) {
			if len(left) == 0 {
				return piece{}, false
			}
			p := left[0]
			left = left[1:]
			return p, true
		})
		err := visit(read)
		if read.err != nil {
			return broken(h.o.Name, read.err)
		}
		if err != nil {
			return err
		}
	}
	if len(h.warnings) > 0 {
		return &sample.Incomplete{Warnings: slices.Clone(h.warnings)}
	}
	return nil
}

func matches(matchers []*labels.Matcher, lset labels.Labels) bool {
	for _, m := range matchers {
		if !m.Matches(lset.Get(m.Name)) {
			return false
		}
	}
	return true
}

// sortPieces puts chunks in order of their beginning.
func sortPieces(pieces []piece) {
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.min, b.min) })
}

// grouped writes a number with its thousands apart.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
