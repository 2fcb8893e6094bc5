package model

import (
	"time"

	"github.com/hindcast/hindcast/slo"
)

// ImportInput is a specification that somebody wants to import.
type ImportInput struct{ Path, Text, Window, By string }

// ImportPreview is what importing it would change, or changed.
type ImportPreview struct {
	Formats  []SpecFormat
	Problems []slo.Problem
	Warnings []slo.Problem
	Document *string
	Changes  []ImportChange
	Slos     []ImportedSlo
}

// ImportChange is what happens to one object.
type ImportChange struct {
	Change     ChangeKind
	Kind, Name string
	Fields     []FieldChange
}

// FieldChange is one field that changes; nil where there was, or will be, none.
type FieldChange struct {
	Field   string
	Was, Is *string
}

// ImportedSlo is an SLO as it would be.
type ImportedSlo struct {
	Name, DisplayName, Service string
	Targets                    []string
	Window                     string
	Queries                    []SourceQuery
	AlertPolicies              []string
	Budget                     *slo.Budget
}

// Document is a specification that was imported here.
type Document struct {
	Path    string
	Text    string
	SavedAt time.Time
	SavedBy string
	Format  SpecFormat
	Slos    []string
}

// DocumentConnection is a page of documents.
type DocumentConnection struct{ Page[Document] }
