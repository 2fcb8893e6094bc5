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

	Origin        string // what it is made of, "" if it was written as it is
	Edited        bool   // it was changed since it was imported
	SourceChanged *bool  // what it is made of changed since; nil: not known
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

	Original *Original // what it was made of; nil if it is as it was written
}

// Original is a specification of another tool as it was imported.
type Original struct {
	Format     SpecFormat
	Text       string
	Window     string
	ImportedAt time.Time
	ImportedBy string
}

// DocumentConnection is a page of documents.
type DocumentConnection struct{ Page[Document] }
