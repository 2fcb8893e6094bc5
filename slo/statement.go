package slo

import (
	"context"
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
}

// Statement returns where the budget that q asks for went.
func (e Evaluator) Statement(ctx context.Context, s *SLO, o *Objective, q StatementQuestion) (Statement, error) {
	return Statement{}, fault.Unavailablef("statements are not there yet")
}
