package model

import "time"

// Source is a data source as it is defined, and how it is doing. What is nil
// was not set, or is not known.
type Source struct {
	Name           string // "embedded" for the one inside Hindcast
	Type           SourceType
	URL            string
	Origin         SourceOrigin
	OriginText     string
	Editable       bool
	Etag           *string
	Tenant         *string
	Authentication SourceAuthentication
	Username       *string
	SecretFrom     *string // "environment HINDCAST_SECRET_X", never the secret
	SecretEnv      *string
	SecretFile     *string
	Headers        []SourceHeader
	TLS            *SourceTLS
	Timeout        *time.Duration
	Concurrency    *int
	MaxResponse    *float64 // bytes
	MaxSamples     *float64
	OnIncomplete   OnIncomplete
	SettleDelay    *time.Duration
	Reread         *time.Duration

	Objectives, Indicators   int
	SLOs                     []string // names of the SLOs that measure on it
	Status                   SourceStatus
	Problem                  *string
	LastAttempt, LastSuccess *time.Time
	LagSeconds               *float64
	FreshnessSeconds         *float64
	Cost                     *SourceCost
	Test                     *SourceTest
}

// SourceHeader is a header that is sent with each request; Value is nil where
// it is withheld.
type SourceHeader struct {
	Name  string
	Value *string
}

// SourceTLS names the files and the name that a connection is secured with.
type SourceTLS struct {
	CAFile, CertFile, KeyFile, ServerName *string
	InsecureSkipVerify                    bool
}

// SourceCost is what the collector asked of a source.
type SourceCost struct{ LastCycle, SinceStart SourceUse }

// SourceUse counts questions and what came back; bytes are those on the wire
// after decompression.
type SourceUse struct{ Requests, Bytes, Samples float64 }

// SourceTest is what a source said about itself, or why it did not.
type SourceTest struct {
	Ok             bool
	Message        string
	Field          *string // of SourceInput, as the schema spells it
	Product        *string
	Version        *string
	LatencySeconds *float64
	SkewSeconds    *float64
	Abilities      []SourceAbility
	Warnings       []string
	At             time.Time
}

// SourceAbility is something that a source can do, or cannot.
type SourceAbility struct {
	Name string
	Have bool
	Note string
}

// SourceInput is a definition that somebody sent. Lengths and numbers are
// within the bounds of graph; nothing else about it is checked.
type SourceInput struct {
	ID             *string // nil: a new one; else graph has checked that it belongs to Name
	Name           string
	Etag           *string
	Type           SourceType
	URL            string
	Tenant         *string
	Authentication SourceAuthentication
	Username       *string
	SecretEnv      *string // both nil: what is saved stays, if URL and Authentication do
	SecretFile     *string
	Headers        []SourceHeaderInput
	TLS            *SourceTLSInput
	Timeout        *time.Duration
	Concurrency    *int
	MaxResponse    *float64
	MaxSamples     *float64
	OnIncomplete   OnIncomplete
	SettleDelay    *time.Duration
	Reread         *time.Duration
}

// SourceHeaderInput is a header to send with each request.
type SourceHeaderInput struct{ Name, Value string }

// SourceTLSInput names files below secrets/ of the data directory.
type SourceTLSInput struct {
	CAFile, CertFile, KeyFile, ServerName *string
	InsecureSkipVerify                    bool
}
