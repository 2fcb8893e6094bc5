package agreement

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

// Kind is that of agreements in the store and in the audit.
const Kind = "SLA"

// Store keeps agreements, statements and who changed them. store.Store implements
// it.
type Store interface {
	ReplaceObject(ctx context.Context, was []byte, o store.Object, c store.Change) error
	DropObject(ctx context.Context, kind, name string, c store.Change) error
	Objects(ctx context.Context, kind string) ([]store.Object, error)
	Audit(ctx context.Context, kind, name string, before, limit int64) ([]store.Change, error)
	AppendStatement(ctx context.Context, st store.Statement, c store.Change) error
	Statements(ctx context.Context, sla, customer, period string) ([]store.Statement, error)
}

// Options are what a Book needs. All are needed.
type Options struct {
	Store     Store
	Now       func() time.Time
	Evaluator slo.Evaluator
	// Find returns the SLO of a name, nil if there is none.
	Find func(slo string) *slo.SLO
	// Changed is told agreements that are others now, as they were and as they
	// are, after they are in force. It must not ask the book, which is locked.
	Changed func([]*slo.SLA)
}

// Book holds agreements and their statements. Make one with New; it is safe for
// concurrent use; what it returns is shared and must not be changed.
type Book struct {
	Options

	mu     sync.RWMutex
	seen   int64 // number of the newest change that was loaded
	files  []*slo.SLA
	page   map[string]kept
	all    []*slo.SLA // by name
	broken []slo.Problem
	taken  []slo.Problem
}

// kept is an agreement and the definition that it was read from.
type kept struct {
	sla  *slo.SLA
	text []byte
}

// New returns a book with nothing in it; Load fills it.
func New(o Options) *Book { return &Book{Options: o} }

// Load takes in what the store has.
func (b *Book) Load(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.load(ctx, false)
}

// Follow takes in what others changed since the last load, and costs one row if
// there is nothing.
func (b *Book) Follow(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.load(ctx, true)
}

// load reads the rows, if there may be others than those that were read.
func (b *Book) load(ctx context.Context, maybe bool) error {
	newest := int64(0)
	last, err := b.Store.Audit(ctx, Kind, "", math.MaxInt64, 1) // before the rows: what is changed in between is loaded again
	if err != nil {
		return err
	}
	if len(last) > 0 {
		newest = last[0].ID
	}
	if maybe && newest == b.seen {
		return nil
	}
	rows, err := b.Store.Objects(ctx, Kind)
	if err != nil {
		return err
	}
	b.page, b.broken = make(map[string]kept, len(rows)), nil
	for _, row := range rows {
		a, err := parse(row.Name, row.Definition)
		if err != nil {
			b.broken = append(b.broken, slo.Problem{File: "the page", Text: fmt.Sprintf("SLA %q cannot be read and is not in force: %v", row.Name, err)})
			continue
		}
		b.page[row.Name] = kept{a, row.Definition}
	}
	b.seen = newest
	b.publish()
	return nil
}

// Files puts what files define in the place of what they defined before.
func (b *Book) Files(slas []*slo.SLA) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.files = slas
	b.publish()
}

// publish joins what there is, the page's before that of files: what somebody made
// there is not replaced by a document that arrives later. b.mu is held.
func (b *Book) publish() {
	before := b.all
	b.all, b.taken = nil, nil
	for _, a := range b.files {
		if _, taken := b.page[a.Name]; taken {
			b.taken = append(b.taken, slo.Problem{
				File: a.Origin.File, Line: a.Origin.Line, Column: 1,
				Text: fmt.Sprintf("SLA %q was made in the page, and that one stays in force: rename or remove one", a.Name),
			})
			continue
		}
		b.all = append(b.all, a)
	}
	for _, k := range b.page {
		b.all = append(b.all, k.sla)
	}
	slices.SortFunc(b.all, func(x, y *slo.SLA) int { return strings.Compare(x.Name, y.Name) })
	if others := append(without(before, b.all), without(b.all, before)...); len(others) > 0 {
		b.Changed(others)
	}
}

// without returns the agreements of all that are not among the others, by what
// they say. Both are sorted by name.
func without(all, others []*slo.SLA) []*slo.SLA {
	return slices.DeleteFunc(slices.Clone(all), func(a *slo.SLA) bool {
		b := named(others, a.Name)
		return b != nil && (a == b || bytes.Equal(textOf(a), textOf(b)))
	})
}

// Problems lists the rows that cannot be read, and the files that define a name
// which the page has.
func (b *Book) Problems() []slo.Problem {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.Concat(b.broken, b.taken)
}

// All returns the agreements by name.
func (b *Book) All() []*slo.SLA {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.all
}

// ByName returns the agreement of that name, nil if there is none.
func (b *Book) ByName(name string) *slo.SLA {
	return named(b.All(), name)
}

// named finds an agreement among those sorted by name.
func named(all []*slo.SLA, name string) *slo.SLA {
	i, ok := slices.BinarySearchFunc(all, name, func(a *slo.SLA, name string) int { return strings.Compare(a.Name, name) })
	if !ok {
		return nil
	}
	return all[i]
}

// Edit is how an agreement is saved.
type Edit struct {
	Change bool   // the agreement of that name, instead of a new one
	Etag   string // of the one that is changed, as it was read; "" for whichever there is
	By     string
}

// Etag is the etag of an agreement, "" of one that is not changed here.
func Etag(a *slo.SLA) string {
	if a.Origin != (slo.Origin{}) {
		return ""
	}
	return store.Etag(textOf(a))
}

// Save makes an agreement, or changes the one of that name that was made in the
// page. Its errors name the field to blame: see fault.At.
func (b *Book) Save(ctx context.Context, a slo.SLA, e Edit) (*slo.SLA, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	by := strings.TrimSpace(e.By)
	if by == "" {
		return nil, fault.At("by", errNobody)
	}
	was, err := b.place(&a, e)
	if err != nil {
		return nil, err
	}
	if err := check(&a, b.Find); err != nil {
		return nil, err
	}
	action := "CREATED"
	if e.Change {
		action = "CHANGED"
	}
	text := textOf(&a)
	if bytes.Equal(text, was.text) {
		return was.sla, nil
	}
	c := b.change(by, action, a.Name, wordsOf(&a, was.sla))
	o := store.Object{Kind: Kind, Name: a.Name, Definition: text, SavedAt: c.At, SavedBy: by}
	if err := b.Store.ReplaceObject(ctx, was.text, o, c); err != nil {
		return nil, err
	}
	if b.page == nil {
		b.page = map[string]kept{}
	}
	b.page[a.Name] = kept{&a, text}
	b.publish()
	return &a, nil
}

// place gives a its name and returns what it replaces. b.mu is held.
func (b *Book) place(a *slo.SLA, e Edit) (was kept, err error) {
	if e.Change {
		if was, err = b.made(a.Name); err != nil {
			return was, err
		}
		return was, store.CheckEtag(Kind, a.Name, e.Etag, textOf(was.sla))
	}
	if len(b.page) >= maxAgreements {
		return was, fault.Conflictf("there are %d agreements already: delete what is over", len(b.page))
	}
	if a.Name, err = nameFor(a.Name, a.DisplayName, b.named); err != nil {
		return was, fault.At("name", err)
	}
	if b.named(a.Name) {
		return was, fault.At("name", fault.Conflictf("SLA %q is there already: choose another name", a.Name))
	}
	return was, nil
}

func (b *Book) named(name string) bool {
	return slices.ContainsFunc(b.all, func(a *slo.SLA) bool { return a.Name == name })
}

// made returns an agreement that was made in the page. b.mu is held.
func (b *Book) made(name string) (kept, error) {
	if k, ok := b.page[name]; ok {
		return k, nil
	}
	if i := slices.IndexFunc(b.files, func(a *slo.SLA) bool { return a.Name == name }); i >= 0 {
		at := b.files[i].Origin
		return kept{}, fault.Conflictf("SLA %q is defined in %s:%d: change it there", name, at.File, at.Line)
	}
	return kept{}, notThere(name)
}

// Delete removes an agreement that was made in the page. Its statements stay.
func (b *Book) Delete(ctx context.Context, name, by string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if by = strings.TrimSpace(by); by == "" {
		return fault.At("by", errNobody)
	}
	was, err := b.made(name)
	if err != nil {
		return err
	}
	if err := b.Store.DropObject(ctx, Kind, name, b.change(by, "DELETED", name, wordsOf(was.sla, nil))); err != nil {
		return err
	}
	delete(b.page, name)
	b.publish()
	return nil
}

var errNobody = fault.Invalidf("by is empty: say who does it, others will ask")

func notThere(name string) error { return fault.NotFoundf("there is no SLA %.80q", name) }

// change says who changes what now.
func (b *Book) change(by, action, name, summary string) store.Change {
	return store.Change{At: b.now(), Actor: by, Action: action, Kind: Kind, Name: name, Summary: summary}
}

// now is the clock to what the store keeps of it.
func (b *Book) now() time.Time { return b.Now().UTC().Truncate(time.Microsecond) }
