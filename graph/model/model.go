// Package model holds what the GraphQL schema shows and no domain type carries:
// pages, an objective together with the SLO that it belongs to, and how the
// server itself is doing.
//
// It imports the domain packages and is imported by the generated executor, by
// graph and by internal/server, which fills Health and Backfill.
package model

import (
	"time"

	"github.com/hindcast/hindcast/internal/catalog"
	"github.com/hindcast/hindcast/slo"
)

// Objective is one objective of an SLO. The budget of an objective needs the
// window and the method that only the SLO knows.
type Objective struct {
	SLO *slo.SLO
	*slo.Objective
}

// TargetPercent returns the exact percentage, e.g. "99.9".
func (o Objective) TargetPercent() string { return o.Target.Percent() }

// SliceLength returns the length of a slice, nil where nothing is sliced.
func (o Objective) SliceLength() *time.Duration {
	if o.Objective.SliceLength == 0 {
		return nil
	}
	return &o.Objective.SliceLength
}

// Window is a window as people read it.
type Window struct {
	Duration  string // "30d", "1M"
	IsRolling bool
	TimeZone  *string // of a calendar window
	Title     string  // "rolling 30 days"
}

// Page is what every list has: its items and where it goes on.
type Page[T any] struct {
	Nodes    []T
	PageInfo PageInfo
}

// PageInfo says whether a list goes on, and after which cursor.
type PageInfo struct {
	HasNextPage bool
	EndCursor   *string
}

// SloConnection is a page of SLOs.
type SloConnection struct {
	Page[*slo.SLO]
	Edges []SloEdge
}

// SloEdge is an SLO and the cursor that leads behind it.
type SloEdge struct {
	Cursor string
	Node   *slo.SLO
}

// ServiceConnection is a page of services.
type ServiceConnection struct{ Page[catalog.Service] }

// SourceConnection is a page of data sources.
type SourceConnection struct{ Page[Source] }

// GroupConnection is a page of the members of a grouped SLO.
type GroupConnection struct {
	Page[slo.GroupBudget]
	TotalCount int
}

// SloChange says that something about an SLO changed.
type SloChange struct {
	Slo     *slo.SLO
	At      time.Time
	Decided bool // by somebody, not measured
}
