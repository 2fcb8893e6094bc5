package slo

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// Amount is an amount of budget in millionths of an event (or slice, or second),
// so that the lines of a statement add up to the digit, as cents do in a bank.
type Amount int64

// Micro is how many Amounts are one event.
const Micro = 1_000_000

// Float returns the amount in events.
func (a Amount) Float() float64 { return float64(a) / Micro }

// amountOf returns the nearest amount; ok is false beyond nine million million
// events.
func amountOf(events float64) (a Amount, ok bool) {
	micros := math.Round(events * Micro)
	if !(math.Abs(micros) < math.MaxInt64) {
		return 0, false
	}
	return Amount(micros), true
}

// StatementQuestion asks for the statement of the time (From, To] within the
// budget of a Question. Zero times mean the window's.
type StatementQuestion struct {
	Question
	From, To time.Time
}

// Statement says where a budget went, like a bank statement: an opening
// balance, lines, a closing balance.
//
//	Opening = allowed(window) − spent(window start, From]
//	Spent   = Σ Lines.Spent
//	Closing = Opening − Spent
//	Waived  = Σ Lines.Waived
type Statement struct {
	Budget   Budget // of the window
	From, To time.Time
	Unit     string // what amounts count: events, seconds, slices
	Opening  *Amount
	Lines    []StatementLine
	Spent    *Amount
	Waived   *Amount // absent for slices, of which exclusions leave parts
	Closing  *Amount
	Warnings []string
}

// LineKind says what a line is about.
type LineKind string

// The kinds of lines.
const (
	ExclusionLine    LineKind = "EXCLUSION"
	IncidentLine              = LineKind(IncidentAnnotation)
	DeployLine                = LineKind(DeployAnnotation)
	MaintenanceLine           = LineKind(MaintenanceAnnotation)
	OtherLine                 = LineKind(OtherAnnotation)
	UnattributedLine LineKind = "UNATTRIBUTED"
)

// StatementLine is what one interval took. An exclusion takes nothing; it
// waives what was bad in it.
type StatementLine struct {
	Kind     LineKind
	Name     string // of the exclusion or the annotation, "" for UNATTRIBUTED
	Title    string
	URL      string
	From, To time.Time // the part within the statement
	Minutes  int       // whose spending it carries
	Spent    Amount
	Waived   *Amount
	Share    *float64 // of the window's allowed budget
	Balance  *Amount  // after the line

	spent, waived float64
}

// Statement returns where the budget that q asks for went.
//
// What was spent in a minute belongs to the annotation that covers it. Where
// several do, an incident comes before a deploy, that before maintenance, that
// before anything else; several of the same kind share it equally. What nothing
// covers is unattributed. Excluded minutes spend nothing: what was bad in them is
// waived, by the exclusion whose occurrence begins first.
//
// Special cases:
//   - slices: what a slice spends is divided among its minutes by their bad
//     events;
//   - an interval that spent nothing has its line; one that is outside of
//     (From, To] has none;
//   - an annotation without an end goes on to now;
//   - amounts are rounded to millionths so that they add up: the lines with the
//     largest remainders are rounded up. Amounts of whole events are exact;
//   - more good than total was measured: a line may be negative;
//   - NO_DATA without any figure: no lines and no amounts. No traffic: no
//     opening and no closing balance, because nothing was allowed.
func (e Evaluator) Statement(ctx context.Context, s *SLO, o *Objective, q StatementQuestion) (Statement, error) {
	e = e.steady()
	in, err := e.inquire(s, o, q.Question)
	if err != nil {
		return Statement{}, err
	}
	x := accounting{inquiry: in}
	if x.stretch, err = in.within(q.From, q.To); err != nil {
		return Statement{}, err
	}
	if e.Annotations != nil {
		x.annotations = e.Annotations.Annotated(s, x.stretch)
	}
	if e.Exclusions != nil {
		x.occurrences = e.Exclusions.Occurrences(s, x.stretch, q.Terms)
	}
	st, err := x.statement(ctx)
	if err != nil {
		return Statement{}, fmt.Errorf("state %s of %s: %w", in.window, s.Name, err)
	}
	return st, nil
}

// within returns the slots of (from, to] that the window counts, whole slices.
func (in inquiry) within(from, to time.Time) (Span, error) {
	span := in.span
	if !from.IsZero() {
		span.From = max(span.From, in.snapDown(MinuteOf(from))+1)
	}
	if !to.IsZero() {
		span.To = min(span.To, in.snapDown(MinuteOf(to)))
	}
	if span.Len() == 0 {
		return span, fault.Invalidf("nothing of the window from %s to %s is stated: choose a part of it",
			in.span.Start().Format(time.RFC3339), in.span.End().Format(time.RFC3339))
	}
	return span, nil
}

// accounting makes one statement.
type accounting struct {
	inquiry
	stretch     Span
	annotations []Annotation
	occurrences []Occurrence
	shared      int // minutes that several annotations of a kind share
}

func (x *accounting) statement(ctx context.Context) (Statement, error) {
	b, err := x.budget(ctx)
	if err != nil {
		return Statement{}, err
	}
	st := Statement{Budget: b, From: x.stretch.Start(), To: x.stretch.End(), Unit: x.unit(x.objective)}
	if b.Spent == nil {
		st.Warnings = b.Warnings
		return st, nil
	}
	whole, err := x.sum(ctx, x.stretch)
	if err != nil {
		return st, err
	}
	if st.Lines, err = x.lines(ctx, whole.Total-whole.Good); err != nil {
		return st, err
	}
	before, err := x.sum(ctx, Span{From: x.span.From, To: x.stretch.From - 1})
	if err != nil {
		return st, err
	}
	st.Warnings = append(slices.Clone(b.Warnings), x.remarks()...)
	return st, x.balance(&st, whole.Total-whole.Good, before.Total-before.Good)
}

// lines returns the lines without their amounts, the unattributed one last.
func (x *accounting) lines(ctx context.Context, spent float64) ([]StatementLine, error) {
	waiving, err := x.waive(ctx)
	if err != nil {
		return nil, err
	}
	claims, covered, err := x.claim(ctx)
	if err != nil {
		return nil, err
	}
	all := append(waiving, claims...)
	slices.SortStableFunc(all, func(a, b StatementLine) int { return a.From.Compare(b.From) })
	rest := StatementLine{Kind: UnattributedLine, Title: "Not explained by anything", From: x.stretch.Start(), To: x.stretch.End(), spent: spent}
	rest.Minutes = x.counted(x.stretch) - covered
	for _, line := range all {
		rest.spent -= line.spent
	}
	return append(all, rest), nil
}

// waive returns a line for each occurrence of an exclusion, with what was bad in
// those of its minutes that no earlier one has.
func (x *accounting) waive(ctx context.Context) ([]StatementLine, error) {
	var lines []StatementLine
	next := x.stretch.From
	for _, o := range x.occurrences {
		own := Span{From: max(o.Span.From, next), To: o.Span.To}
		line := StatementLine{
			Kind: ExclusionLine, Name: o.Exclusion.Name, Title: cmp.Or(o.Exclusion.Title, o.Exclusion.Name),
			From: o.Span.Start(), To: o.Span.End(), Minutes: own.Len(),
		}
		if own.Len() > 0 {
			events, err := x.raw.Tally(ctx, x.key, own)
			if err != nil {
				return nil, err
			}
			line.waived = events.Total - events.Good
		}
		next = max(next, own.To+1)
		lines = append(lines, line)
	}
	return lines, nil
}

// claim returns a line for each annotation, with what was spent in its minutes,
// and how many minutes are covered by any.
func (x *accounting) claim(ctx context.Context) (lines []StatementLine, covered int, err error) {
	spans := make([]Span, len(x.annotations))
	var cuts []Minute
	for i, a := range x.annotations {
		spans[i] = a.Span(x.now).Intersect(x.stretch)
		lines = append(lines, StatementLine{
			Kind: LineKind(a.Kind), Name: a.Name, Title: cmp.Or(a.Title, a.Name), URL: a.URL, From: spans[i].Start(), To: spans[i].End(),
		})
		cuts = append(cuts, spans[i].From, spans[i].To+1)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var holding []int
	for i, next := 1, 0; i < len(cuts); i++ {
		piece := Span{From: cuts[i-1], To: cuts[i] - 1}
		for ; next < len(spans) && spans[next].From <= piece.From; next++ { // they are sorted by their starts
			holding = append(holding, next)
		}
		holding = slices.DeleteFunc(holding, func(i int) bool { return spans[i].To < piece.From })
		owners := x.owners(holding)
		if len(owners) == 0 {
			continue
		}
		spent, err := x.spent(ctx, piece)
		if err != nil {
			return nil, 0, err
		}
		minutes := x.counted(piece)
		covered += minutes
		if len(owners) > 1 {
			x.shared += minutes
		}
		for _, owner := range owners {
			lines[owner].spent += spent / float64(len(owners))
			lines[owner].Minutes += minutes
		}
	}
	return lines, covered, nil
}

// owners returns those of the annotations that hold at a time to which what was
// spent then belongs: all of the kind that comes first.
func (x *accounting) owners(holding []int) (owners []int) {
	best := len(AnnotationKinds)
	for _, i := range holding {
		switch rank := slices.Index(AnnotationKinds, x.annotations[i].Kind); {
		case rank < best:
			best, owners = rank, append(owners[:0], i)
		case rank == best:
			owners = append(owners, i)
		}
	}
	return owners
}

// spent returns what was spent in a piece that need not end with a slice.
func (x *accounting) spent(ctx context.Context, piece Span) (float64, error) {
	first, last := x.snapDown(piece.From-1)+1, x.snapDown(piece.To)
	if first < piece.From {
		first += Minute(x.slice)
	}
	if last < first { // no whole slice
		return x.edges(ctx, piece)
	}
	sum, err := x.sum(ctx, Span{From: first, To: last})
	if err != nil {
		return 0, err
	}
	spent := sum.Total - sum.Good
	for _, edge := range []Span{{From: piece.From, To: first - 1}, {From: last + 1, To: piece.To}} {
		part, err := x.edges(ctx, edge)
		if err != nil {
			return 0, err
		}
		spent += part
	}
	return spent, nil
}

// edges returns what parts of slices spent.
func (x *accounting) edges(ctx context.Context, piece Span) (spent float64, err error) {
	for part := range pieces(piece, x.slice) {
		end := cutAfter(part.To, x.slice)
		slice := Span{From: end - Minute(x.slice) + 1, To: end}
		judged, err := x.sum(ctx, slice)
		if err != nil {
			return 0, err
		}
		all, err := x.meter.Tally(ctx, x.key, slice)
		if err != nil {
			return 0, err
		}
		own, err := x.meter.Tally(ctx, x.key, part)
		if err != nil {
			return 0, err
		}
		if bad := all.Total - all.Good; bad != 0 {
			spent += (judged.Total - judged.Good) * (own.Total - own.Good) / bad
		}
	}
	return spent, nil
}

// balance turns what was spent into amounts that add up.
func (x *accounting) balance(st *Statement, spent, before float64) error {
	total, ok := amountOf(spent)
	if !ok {
		return fault.Invalidf("%g %s are more than a statement counts", spent, st.Unit)
	}
	st.Spent = &total
	if st.Budget.Allowed != nil {
		a, fits := amountOf(*st.Budget.Allowed)
		was, also := amountOf(before)
		if !fits || !also {
			return fault.Invalidf("%g %s are more than a statement counts", *st.Budget.Allowed, st.Unit)
		}
		opening, closing := a-was, a-was-total
		st.Opening, st.Closing = &opening, &closing
	}
	if !apportion(total, st.Lines) {
		return fault.Invalidf("a line of more %s than a statement counts", st.Unit)
	}
	balance := st.Opening
	for i := range st.Lines {
		line := &st.Lines[i]
		if balance != nil {
			after := *balance - line.Spent
			share := line.Spent.Float() / *st.Budget.Allowed
			balance, line.Balance, line.Share = &after, &after, &share
		}
	}
	x.waived(st)
	return nil
}

// waived fills in what exclusions waived; slices leave parts, so that nothing
// can be said about one exclusion.
func (x *accounting) waived(st *Statement) {
	if x.method != Occurrences {
		return
	}
	var total Amount
	for i := range st.Lines {
		if line := &st.Lines[i]; line.Kind == ExclusionLine {
			if a, ok := amountOf(line.waived); ok {
				line.Waived = &a
				total += a
			}
		}
	}
	st.Waived = &total
}

// apportion rounds the lines so that they add up to total: all are rounded down,
// and those with the largest remainders take what is left over. It returns false
// for lines that no amount can hold.
func apportion(total Amount, lines []StatementLine) bool {
	type remainder struct {
		line int
		rest float64
	}
	var left []remainder
	rest := total
	for i := range lines {
		if _, ok := amountOf(lines[i].spent); !ok {
			return false
		}
		exact := lines[i].spent * Micro
		down := math.Floor(exact)
		lines[i].Spent = Amount(down)
		rest -= lines[i].Spent
		left = append(left, remainder{i, exact - down})
	}
	slices.SortStableFunc(left, func(a, b remainder) int { return cmp.Compare(b.rest, a.rest) })
	for i := 0; rest > 0; i++ {
		lines[left[i%len(left)].line].Spent++
		rest--
	}
	for i := len(left) - 1; rest < 0; i-- { // what floats lost on the way
		lines[left[(i%len(left)+len(left))%len(left)].line].Spent--
		rest++
	}
	return true
}

// remarks says what a reader of the lines should know.
func (x *accounting) remarks() []string {
	var w []string
	if x.shared > 0 {
		w = append(w, fmt.Sprintf("in %d minutes several intervals of one kind overlap: they share equally what was spent", x.shared))
	}
	var open []string
	for _, a := range x.annotations {
		if a.To.IsZero() {
			open = append(open, cmp.Or(a.Title, a.Name))
		}
	}
	if len(open) > 0 {
		w = append(w, "goes on: "+strings.Join(open, ", "))
	}
	return w
}
