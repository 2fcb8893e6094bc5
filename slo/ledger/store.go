package ledger

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Store keeps the ledger's rows. It is implemented by internal/store on SQL and
// by Memory for one-shot evaluations. One ledger writes to a store at a time.
type Store interface {
	// LoadLedger calls the visitors with everything but chunk payloads:
	// streams, cursors, day totals of the sealed chunks and the journal, each in
	// ascending order of its ID or day.
	LoadLedger(ctx context.Context, v Visitor) error
	// Append writes, in one transaction, the new streams, one journal row with
	// its revisions, and the cursor. When it returns nil all of it survives a
	// power cut.
	Append(ctx context.Context, c Commit) error
	// Seal, in one transaction, inserts or replaces chunks and deletes the
	// journal rows that they make redundant.
	Seal(ctx context.Context, chunks []Chunk, redundant []int64) error
	// ChunkPayload returns the payload of one sealed day. fault.NotFound if
	// there is none.
	ChunkPayload(ctx context.Context, stream int64, day int) ([]byte, error)
	// Revisions lists the rewrites of slots in span, newest first.
	Revisions(ctx context.Context, stream int64, span slo.Span, limit int) ([]slo.Revision, error)
}

// Visitor receives what LoadLedger reads.
type Visitor struct {
	Stream func(Stream) error
	Cursor func(Cursor) error
	Totals func(Totals) error
	Row    func(Row) error
}

// Stream is one row of slots over time. IDs are given by the ledger, from 1.
type Stream struct {
	ID  int64
	Key slo.StreamKey
}

// Cursor is how far the collector got with one indicator. It is written with
// the slots that it speaks of, so that a kill between them cannot happen.
type Cursor struct {
	Indicator slo.IndicatorKey
	// Settled is the last minute that the source was asked about; 0 before.
	Settled slo.Minute
	// Backfilled is the first minute that the history is complete from;
	// history is read backwards, from the first live minute to Oldest.
	Backfilled slo.Minute
	// Oldest is the first minute for which the source had anything.
	Oldest slo.Minute
	// Samples counts the raw samples read for the history.
	Samples int64
	// BusySeconds is the time that reading the history took so far.
	BusySeconds float64
	// Done says that the history is read as far as the source has it.
	Done bool
}

// Commit is one atomic write.
type Commit struct {
	Streams   []Stream // new ones
	Row       Row
	Revisions []StreamRevision
	Cursor    *Cursor // nil: unchanged
}

// Row is one journal row: slots of any number of streams, encoded.
type Row struct {
	ID       int64 // given by the ledger, ascending from 1
	At       time.Time
	FirstDay int // UTC days since 1970 that the slots lie in
	LastDay  int
	Payload  []byte
}

// StreamRevision is a revision of one stream.
type StreamRevision struct {
	Stream int64
	slo.Revision
}

// Totals are the sums of one sealed day of one stream.
type Totals struct {
	Stream              int64
	Day                 int
	Good, Total         float64
	Measured, Estimated int
}

// Chunk is one sealed day of one stream.
type Chunk struct {
	Totals
	Payload []byte
}
