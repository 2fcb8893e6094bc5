package almanac

import (
	"bytes"
	"cmp"
	"encoding/json"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

// What is kept of exclusions and annotations is JSON, read strictly: a field that
// is not known here may say that less is excluded than the others say.

type scopeText struct {
	SLOs     []string          `json:"slos,omitempty"`
	Services []string          `json:"services,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
}

type approvalText struct {
	State slo.ApprovalState `json:"state"`
	By    string            `json:"by,omitempty"`
	At    time.Time         `json:"at,omitzero"`
	Note  string            `json:"note,omitempty"`
}

type exclusionText struct {
	Title     string            `json:"title"`
	Reason    string            `json:"reason"`
	Kind      slo.ExclusionKind `json:"kind"`
	Scope     scopeText         `json:"scope"`
	Start     time.Time         `json:"start"`
	Length    string            `json:"length"`
	Rule      string            `json:"rrule,omitempty"`
	Zone      string            `json:"timeZone,omitempty"`
	Except    []time.Time       `json:"except,omitempty"`
	Author    string            `json:"author"`
	CreatedAt time.Time         `json:"createdAt"`
	Approval  approvalText      `json:"approval"`
}

type annotationText struct {
	Kind      slo.AnnotationKind `json:"kind"`
	Title     string             `json:"title"`
	URL       string             `json:"url,omitempty"`
	Scope     scopeText          `json:"scope"`
	From      time.Time          `json:"from"`
	To        time.Time          `json:"to,omitzero"`
	Labels    map[string]string  `json:"labels,omitempty"`
	Author    string             `json:"author"`
	CreatedAt time.Time          `json:"createdAt"`
}

// textOf writes a definition.
func textOf(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil { // texts, and years that were checked
		panic(err)
	}
	return text
}

// ExclusionEtag is the etag of an exclusion, "" of one that is not changed here.
func ExclusionEtag(x slo.Exclusion) string {
	if x.Origin != (slo.Origin{}) {
		return ""
	}
	return store.Etag(exclusionJSON(x))
}

// AnnotationEtag is the etag of an annotation, as ExclusionEtag.
func AnnotationEtag(x slo.Annotation) string {
	if x.Origin != (slo.Origin{}) {
		return ""
	}
	return store.Etag(annotationJSON(x))
}

func exclusionJSON(x slo.Exclusion) []byte {
	t := exclusionText{
		Title: x.Title, Reason: x.Reason, Kind: x.Kind, Scope: scopeText(x.Scope), Start: x.Start.UTC(), Length: x.Length.String(),
		Author: x.Author, CreatedAt: x.CreatedAt.UTC(),
		Approval: approvalText{State: x.Approval.State, By: x.Approval.By, At: x.Approval.At, Note: x.Approval.Note},
	}
	if !x.Recurrence.IsZero() {
		t.Rule, t.Zone, t.Except = x.Recurrence.Rule, x.Recurrence.Zone.String(), x.Recurrence.Except
	}
	return textOf(t)
}

// parseExclusion reads what exclusionJSON wrote.
func parseExclusion(name string, text []byte) (slo.Exclusion, error) {
	var t exclusionText
	if err := strictly(text, &t); err != nil {
		return slo.Exclusion{}, err
	}
	length, err := time.ParseDuration(t.Length)
	if err != nil {
		return slo.Exclusion{}, fault.Invalidf("length %q is not one", t.Length)
	}
	x := slo.Exclusion{
		Name: name, Title: t.Title, Reason: t.Reason, Kind: t.Kind, Scope: slo.Scope(t.Scope), Start: t.Start, Length: length,
		Author: t.Author, CreatedAt: t.CreatedAt, Approval: slo.Approval(t.Approval),
	}
	if t.Rule != "" {
		if x.Recurrence, err = slo.ParseRecurrence(t.Rule, t.Zone); err != nil {
			return slo.Exclusion{}, err
		}
		x.Recurrence.Except = t.Except
	}
	if !approvalStates[x.Approval.State] {
		return slo.Exclusion{}, fault.Invalidf("approval %q is not known", x.Approval.State)
	}
	return x, cmp.Or(checkKind(x.Kind, slo.ExclusionKinds), x.Check())
}

var approvalStates = map[slo.ApprovalState]bool{
	slo.ApprovalNotNeeded: true, slo.ApprovalPending: true, slo.Approved: true, slo.Rejected: true,
}

func annotationJSON(a slo.Annotation) []byte {
	return textOf(annotationText{
		Kind: a.Kind, Title: a.Title, URL: a.URL, Scope: scopeText(a.Scope), From: a.From.UTC(), To: a.To.UTC(), Labels: a.Labels,
		Author: a.Author, CreatedAt: a.CreatedAt.UTC(),
	})
}

// parseAnnotation reads what annotationJSON wrote.
func parseAnnotation(name string, text []byte) (slo.Annotation, error) {
	var t annotationText
	if err := strictly(text, &t); err != nil {
		return slo.Annotation{}, err
	}
	a := slo.Annotation{
		Name: name, Kind: t.Kind, Title: t.Title, URL: t.URL, Scope: slo.Scope(t.Scope), From: t.From, To: t.To, Labels: t.Labels,
		Author: t.Author, CreatedAt: t.CreatedAt,
	}
	return a, cmp.Or(checkKind(a.Kind, slo.AnnotationKinds), checkInterval(a.From, a.To), checkLink(a.URL), a.Scope.Check())
}

// strictly decodes JSON that has nothing else in it.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fault.Invalidf("its definition is damaged, or of a newer version: %w", err)
	}
	if d.More() {
		return fault.Invalidf("its definition is followed by something else")
	}
	return nil
}
