package model

import (
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Sla is an agreement as the schema shows it.
type Sla struct {
	Name          string
	DisplayName   string
	Description   string
	Service       *string
	Target        string
	TargetPercent string
	Window        Window
	Combination   slo.Combination
	Streams       []SlaStream
	Customers     []SlaCustomer
	Credits       []SlaCredit
	Terms         SlaTerms
	Origin        *slo.Origin
	Editable      bool
	Etag          *string
}

// SlaConnection is a page of agreements.
type SlaConnection struct{ Page[Sla] }

// SlaStream is what an agreement promises; Slo is nil while there is none of
// that name.
type SlaStream struct {
	Slo       *slo.SLO
	SloName   string
	Objective string
}

// SlaCustomer is a party of an agreement.
type SlaCustomer struct {
	Name, DisplayName string
	Fee, Currency     *string
}

// SlaCredit is a band of credits.
type SlaCredit struct{ BelowPercent, CreditPercent string }

// SlaTerms say which exclusions count.
type SlaTerms struct {
	Exclusions   bool
	Kinds        []slo.ExclusionKind
	Notice, Most *time.Duration
}

// SlaPeriod is a period of an agreement's window.
type SlaPeriod struct {
	Name     string
	From, To time.Time
	Settled  bool
}

// SlaFigures are an agreement's figures in a period, as of now.
type SlaFigures struct {
	Period          string
	From, To        time.Time
	Settled         bool
	Budget          slo.Budget
	AchievedPercent *string
	Streams         []SlaStreamFigures
	Credit          *SlaCredit
	Due             []SlaDue
	Warnings        []string
}

// SlaDue is what a customer is due.
type SlaDue struct {
	Customer                  string
	Percent, Amount, Currency *string
}

// SlaStreamFigures are those of one stream.
type SlaStreamFigures struct {
	SloName, Objective string
	Budget             slo.Budget
	Exclusions         []Occurrence
}

// SlaStatement is a statement as it was issued.
type SlaStatement struct {
	Sla             string
	SlaTitle        string
	Customer        SlaCustomer
	Period          SlaPeriod
	Revision        int
	IssuedAt        time.Time
	IssuedBy        string
	Note            string
	TargetPercent   string
	AchievedPercent *string
	State           slo.State
	Coverage        float64
	Good, Total     *float64
	ExcludedMinutes int
	CreditPercent   *string
	CreditAmount    *string
	Currency        *string
	Lines           []SlaStatementLine
	Exclusions      []SlaStatementExclusion
	Corrections     []SlaCorrection
	Latest          bool
	Digest          string
	Links           []SlaLink
}

// SlaStatementConnection is a page of statements.
type SlaStatementConnection struct{ Page[SlaStatement] }

// SlaStatementLine is what one stream contributed.
type SlaStatementLine struct {
	SloName, Objective string
	AchievedPercent    *string
	Good, Total        *float64
	ExcludedMinutes    int
	Coverage           float64
	State              slo.State
	Evidence           string
}

// SlaStatementExclusion is an exclusion that counted.
type SlaStatementExclusion struct {
	Name, Title, Reason string
	Kind                slo.ExclusionKind
	From, To            time.Time
	Slos                []string
}

// SlaCorrection is one figure that changed.
type SlaCorrection struct{ What, Was, Is string }

// SlaLink is where a statement can be fetched.
type SlaLink struct{ Format, URL string }

// IssueInput asks for a statement to be frozen.
type IssueInput struct{ Sla, Customer, Period, By, Note string }

// SlaInput is an agreement that somebody sent; see ExclusionInput.
type SlaInput struct {
	ID            *string
	Name          string
	Etag          *string
	DisplayName   string
	Description   string
	Service       *string
	TargetPercent string
	Window        WindowInput
	Combination   slo.Combination
	Streams       []SlaStreamInput
	Customers     []SlaCustomerInput
	Credits       []SlaCreditInput
	Terms         *SlaTermsInput
	By            string
}

// SlaStreamInput names an objective.
type SlaStreamInput struct{ Slo, Objective string }

// SlaCustomerInput is a party of an agreement.
type SlaCustomerInput struct {
	Name, DisplayName string
	Fee, Currency     *string
}

// SlaCreditInput is a band of credits.
type SlaCreditInput struct{ BelowPercent, CreditPercent string }

// SlaTermsInput say which exclusions count.
type SlaTermsInput struct {
	Exclusions   bool
	Kinds        []slo.ExclusionKind
	Notice, Most *time.Duration
}
