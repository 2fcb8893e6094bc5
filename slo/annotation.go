package slo

import "time"

// Annotation is an interval of time with a meaning: something that happened,
// and that may have spent budget. It changes no figure; see Statement.
type Annotation struct {
	Name  string // unique, a DNS label
	Kind  AnnotationKind
	Title string
	URL   string // http or https, "" for none
	Scope Scope
	From  time.Time
	To    time.Time // zero: it goes on
	// Labels are facts about it, e.g. version, environment.
	Labels    map[string]string
	Author    string
	CreatedAt time.Time
	Origin    Origin // zero for what came by the API
}

// Span returns its minutes up to now.
func (a Annotation) Span(now time.Time) Span {
	to := a.To
	if to.IsZero() || to.After(now) {
		to = now
	}
	return SpanOf(a.From, to)
}

// AnnotationKind says what happened.
type AnnotationKind string

// The kinds of annotations, in the order in which they claim what was spent
// while several hold.
const (
	IncidentAnnotation    AnnotationKind = "INCIDENT"
	DeployAnnotation      AnnotationKind = "DEPLOY"
	MaintenanceAnnotation AnnotationKind = "MAINTENANCE" // work that does not exclude anything
	OtherAnnotation       AnnotationKind = "OTHER"
)

// AnnotationKinds lists the kinds.
var AnnotationKinds = []AnnotationKind{IncidentAnnotation, DeployAnnotation, MaintenanceAnnotation, OtherAnnotation}

// Annotator knows what happened. Annotations implements it.
type Annotator interface {
	// Annotated returns the annotations that are about s and overlap span, by
	// start and then by name.
	Annotated(s *SLO, span Span) []Annotation
}
