package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/hindcast/hindcast/internal/fault"
)

// Statement is a revision of a statement of an agreement, as it was issued.
type Statement struct {
	SLA, Customer, Period string
	Revision              int // from 1 on
	IssuedAt              time.Time
	IssuedBy              string
	Document              []byte // JSON, kept to the byte
	Digest                string // of the document, as who issued it made it
}

// statementRow is a statement as stored.
type statementRow struct {
	bun.BaseModel `bun:"table:sla_statement"`
	SLA           string `bun:"sla,pk"`
	Customer      string `bun:",pk"`
	Period        string `bun:",pk"`
	Revision      int64  `bun:",pk"`
	IssuedAt      micros
	IssuedBy      string
	Document      string
	Digest        string
}

// AppendStatement keeps a revision, together with who issued it; nil means that
// both are durable. It is fault.Conflict unless the revision is the next one after
// those that are kept: whoever issues a correction has to know what it corrects.
// Statements are never changed.
func (s *Store) AppendStatement(ctx context.Context, st Statement, c Change) error {
	if err := st.check(); err != nil {
		return err
	}
	return s.changing(ctx, c, func(ctx context.Context, tx bun.Tx) error {
		var newest int64
		const query = "SELECT COALESCE(MAX(revision), 0) FROM sla_statement WHERE sla = $1 AND customer = $2 AND period = $3"
		if err := tx.Tx.QueryRowContext(ctx, query, st.SLA, st.Customer, st.Period).Scan(&newest); err != nil {
			return err
		}
		if int64(st.Revision) != newest+1 {
			return fault.Conflictf("the statement of %s for %s, %s, has been issued by somebody else meanwhile: look at revision %d", st.SLA, st.Customer, st.Period, newest)
		}
		const insert = "INSERT INTO sla_statement (sla, customer, period, revision, issued_at, issued_by, document, digest) VALUES (?)"
		return execMany(ctx, tx, 1, insert, func(int) []any {
			return []any{st.SLA, st.Customer, st.Period, int64(st.Revision), int64(microsOf(st.IssuedAt)), st.IssuedBy, string(st.Document), st.Digest}
		})
	})
}

// Statements lists every revision of an agreement's statements, by customer,
// period and revision; period and customer choose, "" chooses all.
func (s *Store) Statements(ctx context.Context, sla, customer, period string) ([]Statement, error) {
	all, err := statements(ctx, s.db, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = q.Where("sla = ?", sla)
		if customer != "" {
			q = q.Where("customer = ?", customer)
		}
		if period != "" {
			q = q.Where("period = ?", period)
		}
		return q
	})
	return all, s.noted(err)
}

// Statements lists every revision of every statement.
func (s *Snapshot) Statements(ctx context.Context) ([]Statement, error) {
	all, err := statements(ctx, s.tx, func(q *bun.SelectQuery) *bun.SelectQuery { return q })
	return all, translate(err)
}

func statements(ctx context.Context, db bun.IDB, choose func(*bun.SelectQuery) *bun.SelectQuery) ([]Statement, error) {
	var rows []statementRow
	if err := choose(db.NewSelect().Model(&rows).Order("sla", "customer", "period", "revision")).Scan(ctx); err != nil {
		return nil, err
	}
	all := make([]Statement, len(rows))
	for i, r := range rows {
		all[i] = Statement{
			SLA: r.SLA, Customer: r.Customer, Period: r.Period, Revision: int(r.Revision),
			IssuedAt: r.IssuedAt.time(), IssuedBy: r.IssuedBy, Document: []byte(r.Document), Digest: r.Digest,
		}
	}
	return all, nil
}

// check refuses what no engine keeps, and what is too large.
func (st Statement) check() error {
	if st.SLA == "" || st.Customer == "" || st.Period == "" || st.Revision < 1 {
		return fault.Invalidf("a statement without agreement, customer, period and revision cannot be kept")
	}
	if n := len(st.Document); n > MaxDefinition {
		return fault.Invalidf("the statement has %d bytes, at most %d are kept", n, MaxDefinition)
	}
	return firstError(
		checkText("the agreement", st.SLA), checkText("the customer", st.Customer), checkText("the period", st.Period),
		checkText("the issuer", st.IssuedBy), checkText("the document", string(st.Document)), checkText("the digest", st.Digest),
	)
}
