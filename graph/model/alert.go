package model

import (
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Alert is what a policy says about an objective.
type Alert struct {
	ID            string // unique among all alerts
	Slo           *slo.SLO
	SloName       string
	Objective     string
	Policy        string
	Severity      string
	State         AlertState
	Since         time.Time
	FiredAt       *time.Time
	ResolvedAt    *time.Time
	BurnRate      *float64
	ShortBurnRate *float64
	Threshold     float64
	Reason        string
	Deliveries    []AlertDelivery
}

// AlertConnection is a page of alerts.
type AlertConnection struct{ Page[Alert] }

// AlertDelivery is how telling a target went.
type AlertDelivery struct {
	Target   string
	State    AlertState
	At       *time.Time
	Attempts int
	Error    *string
}

// AlertFilter chooses alerts; what is nil chooses all.
type AlertFilter struct {
	Slo, Service    *string
	State           []AlertState
	IncludeResolved bool
}

// AlertTarget is where alerts are sent, and how that goes.
type AlertTarget struct {
	Name        string
	Type        string
	URL         string
	Ok          bool
	Message     string
	LastSuccess *time.Time
	Waiting     int
}

// AlertTargetTest is how a test message went.
type AlertTargetTest struct {
	Ok             bool
	Message        string
	LatencySeconds *float64
	At             time.Time
}

// AlertReplay is when a policy would have fired.
type AlertReplay struct {
	Policy, Objective, Severity string
	From, To                    time.Time
	Firings                     []AlertFiring
	FrozenMinutes               int
}

// AlertFiring is one time that an alert fired, or would have.
type AlertFiring struct {
	From         time.Time
	To           *time.Time
	PeakBurnRate float64
	Spent        float64
}
