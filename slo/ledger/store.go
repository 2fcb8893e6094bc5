package ledger

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Store keeps the ledger's rows. It is implemented by internal/store on SQL and
// by Memory for one-shot evaluations. One ledger writes to a store at a time.
// Implementations copy what they are given and may be read while they write.
// ledgertest holds what they must do.
type Store interface {
	Thinner
	Checkpointer
	// Changes calls the visitors with what may have changed since a position, the
	// zero Position being before everything, and returns the version that it saw:
	// new streams, all cursors, the totals of chunks that go through the position's
	// row or a later one, and later rows, in this order and each in ascending order
	// of its ID or of its stream and day. All of it is of one instant. If the version
	// is still that of the position, nothing is visited. Versions begin at 1; each
	// Append, Seal and Thin adds one. Visitors own what they get, and must not call
	// the store. An error of a visitor ends the reading and is returned.
	Changes(ctx context.Context, since Position, v Visitor) (version int64, err error)
	// Append writes all of c in one transaction. When it returns nil all of it
	// survives a power cut. After an error either all of it is there or nothing;
	// fault.Conflict says that a number or key is used already, or that the epoch
	// is over, fault.Invalid that a text cannot be kept as it is, and then it is
	// nothing.
	Append(ctx context.Context, c Commit) error
	// Seal, in one transaction, inserts or replaces chunks and deletes the
	// journal rows that they make redundant. Rows that are not there are no
	// error. fault.Conflict says that the epoch is over, and then nothing is done.
	Seal(ctx context.Context, epoch int64, chunks []Chunk, redundant []int64) error
	// ChunkPayload returns the payload of one sealed day and the journal row that
	// it goes through. fault.NotFound if there is none.
	ChunkPayload(ctx context.Context, stream int64, day int) (payload []byte, through int64, err error)
	// Revisions lists the rewrites of slots that lie in span or overlap it,
	// newest first, at most limit.
	Revisions(ctx context.Context, stream int64, span slo.Span, limit int) ([]slo.Revision, error)
}

// Position is how far a follower of a store got. The zero value is before
// everything.
type Position struct {
	Version int64 // of the store, when it was read
	Stream  int64 // the last stream
	Row     int64 // the last journal row, seen itself or in a chunk
}

// Visitor receives what Changes reads.
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
	// Epoch is that of the lease by which the ledger writes; 0 as long as nobody
	// ever held it. In the transaction itself the store refuses any but the
	// current one, so that a process which was paused for longer than its lease
	// changes nothing.
	Epoch     int64
	Streams   []Stream         // new ones
	Rows      []Row            // none if only cursors move; several if one would be too large
	Revisions []StreamRevision // only together with Rows, which give them their order
	Cursors   []Cursor         // inserted or replaced by their Indicator
}

// Row is one journal row: slots of any number of streams, encoded.
type Row struct {
	ID      int64     // given by the ledger, ascending, never used twice
	At      time.Time // when it was written, to the microsecond
	Span    slo.Span  // all slots of the row lie in here
	Payload []byte
}

// StreamRevision is a revision of one stream.
type StreamRevision struct {
	Stream int64
	slo.Revision
}

// Totals are the sums of one sealed day of one stream.
type Totals struct {
	Stream              int64
	Day                 int // UTC days since 1970
	Good, Total         float64
	Measured, Estimated int
	// First and Last are the minutes of the day, from 0, of the first and the
	// last slot that is not a gap; both 0 where there is none.
	First, Last int
	// Through is the last journal row that the chunk contains. Rows up to it say
	// nothing about this stream and day any more, whether they are still there
	// (for the sake of another day) or not.
	Through int64
	// Checksum protects the other fields; see Totals.sum.
	Checksum uint32
}

// Chunk is one sealed day of one stream.
type Chunk struct {
	Totals
	Payload []byte
}
