package model

import (
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Scope is which SLOs something is about, and how many that is now.
type Scope struct {
	SLOs     []string
	Services []string
	Labels   []Label
	Covers   int
}

// ScopeInput is a scope that somebody sent.
type ScopeInput struct {
	Slos     []string
	Services []string
	Labels   map[string]string
}

// Exclusion is an exclusion as the schema shows it.
type Exclusion struct {
	Name           string
	Title          string
	Reason         string
	Kind           slo.ExclusionKind
	Scope          Scope
	Start          time.Time
	Length         time.Duration
	Rrule          *string
	TimeZone       *string
	RecurrenceText *string
	ExceptDates    []time.Time
	Author         string
	CreatedAt      *time.Time
	Retroactive    bool
	Approval       Approval
	InForce        bool
	Next           *slo.Interval
	Origin         *slo.Origin
	Editable       bool
	Etag           *string
}

// Approval is what a second person said.
type Approval struct {
	State slo.ApprovalState
	By    *string
	At    *time.Time
	Note  *string
}

// Occurrence is one time of an exclusion.
type Occurrence struct {
	Exclusion *Exclusion
	From, To  time.Time
}

// ExclusionCalendar is a list of occurrences, and whether it is all of them.
type ExclusionCalendar struct {
	Occurrences []Occurrence
	Complete    bool
}

// ExclusionConnection is a page of exclusions.
type ExclusionConnection struct{ Page[Exclusion] }

// ExclusionFilter chooses exclusions; what is nil chooses all.
type ExclusionFilter struct {
	Search, Slo, Service *string
	Kind                 *slo.ExclusionKind
	State                []slo.ApprovalState
}

// ExclusionInput is an exclusion that somebody sent. Lengths of texts and lists
// are within the bounds of graph; nothing else about it is checked.
type ExclusionInput struct {
	ID          *string // nil: a new one; else graph has checked that it belongs to Name
	Name        string
	Etag        *string // of what is changed, as it was read
	Title       string
	Reason      string
	Kind        slo.ExclusionKind
	Scope       ScopeInput
	Start       time.Time
	Length      time.Duration
	Rrule       *string
	TimeZone    *string
	ExceptDates []time.Time
	By          string
}

// ExclusionDecision is what somebody said about an exclusion that waits.
type ExclusionDecision struct {
	Name    string
	Approve bool
	By      string
	Note    string
	// CreatedAt is that of the exclusion that was looked at, nil for whichever
	// there is.
	CreatedAt *time.Time
}

// ExclusionPreview is what an exclusion would change.
type ExclusionPreview struct {
	NeedsApproval bool
	Occurrences   []slo.Interval
	Effects       []ExclusionEffect
	Covers        int
	Warnings      []string
}

// ExclusionEffect is a budget without and with an exclusion.
type ExclusionEffect struct {
	Slo *slo.SLO
	// Follows is whether it is a composite that is not in the scope itself, but
	// made of what is.
	Follows       bool
	Before, After slo.Budget
}

// Annotation is an annotation as the schema shows it.
type Annotation struct {
	Name      string
	Kind      slo.AnnotationKind
	Title     string
	URL       *string
	Scope     Scope
	From      time.Time
	To        *time.Time
	Labels    []Label
	Author    string
	CreatedAt *time.Time
	Origin    *slo.Origin
	Editable  bool
	Etag      *string
}

// AnnotationConnection is a page of annotations.
type AnnotationConnection struct{ Page[Annotation] }

// AnnotationFilter chooses annotations; what is nil chooses all.
type AnnotationFilter struct {
	Kind         *slo.AnnotationKind
	Slo, Service *string
	From, To     *time.Time
}

// AnnotationInput is an annotation that somebody sent; see ExclusionInput.
type AnnotationInput struct {
	ID     *string
	Name   string
	Etag   *string // of what is changed, as it was read
	Kind   slo.AnnotationKind
	Title  string
	URL    *string
	Scope  ScopeInput
	From   time.Time
	To     *time.Time
	Labels map[string]string
	By     string
}

// AuditEntry is one change that somebody made.
type AuditEntry struct {
	ID      string // a number that grows
	At      time.Time
	Actor   string
	Action  string
	Kind    string
	Name    string
	Summary string
}

// AuditConnection is a page of changes.
type AuditConnection struct{ Page[AuditEntry] }

// AuditFilter chooses changes; what is nil chooses all.
type AuditFilter struct{ Kind, Name *string }
