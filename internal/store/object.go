package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/hindcast/hindcast/internal/fault"
)

// Object is something that somebody made in the page: an exclusion, an
// annotation, an agreement, a document.
type Object struct {
	Kind, Name string
	Definition []byte // JSON, in a form that belongs to who made it
	SavedAt    time.Time
	SavedBy    string
}

// Change is who changed an object, and how; it is kept with the change itself.
type Change struct {
	ID         int64 // given by the store, growing
	At         time.Time
	Actor      string
	Action     string // CREATED, CHANGED, DELETED, APPROVED, …
	Kind, Name string
	Summary    string
}

// objectRow is an object as stored.
type objectRow struct {
	bun.BaseModel `bun:"table:object"`
	Kind          string `bun:",pk"`
	Name          string `bun:",pk"`
	Definition    string
	SavedAt       micros
	SavedBy       string
}

// changeRow is a change as stored.
type changeRow struct {
	bun.BaseModel                      `bun:"table:audit"`
	ID                                 int64 `bun:",pk"`
	At                                 micros
	Actor, Action, Kind, Name, Summary string
}

// SaveObject keeps an object in place of what was kept under its kind and name,
// together with who changed it; nil means that both are durable. Texts with NUL
// or invalid UTF-8 are fault.Invalid.
func (s *Store) SaveObject(ctx context.Context, o Object, c Change) error {
	if o.Kind == "" || o.Name == "" {
		return fault.Invalidf("an object without kind and name cannot be kept")
	}
	if err := firstError(
		checkText("the name of "+o.Kind, o.Name), checkText(o.Kind+" "+o.Name, string(o.Definition)),
		checkText("the author of "+o.Kind+" "+o.Name, o.SavedBy), c.check(),
	); err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		const query = `INSERT INTO object (kind, name, definition, saved_at, saved_by) VALUES (?)
			ON CONFLICT (kind, name) DO UPDATE SET definition = excluded.definition, saved_at = excluded.saved_at, saved_by = excluded.saved_by`
		if err := execMany(ctx, tx, 1, query, func(int) []any {
			return []any{o.Kind, o.Name, string(o.Definition), int64(microsOf(o.SavedAt)), o.SavedBy}
		}); err != nil {
			return err
		}
		return record(ctx, tx, c)
	})
}

// DropObject forgets an object, together with who did it; one that is not kept
// is no error.
func (s *Store) DropObject(ctx context.Context, kind, name string, c Change) error {
	if err := firstError(checkText("the name of "+kind, name), c.check()); err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*objectRow)(nil)).Where("kind = ?", kind).Where("name = ?", name).Exec(ctx); err != nil {
			return err
		}
		return record(ctx, tx, c)
	})
}

// Objects lists all objects of a kind that are kept, by name.
func (s *Store) Objects(ctx context.Context, kind string) ([]Object, error) {
	var rows []objectRow
	if err := s.db.NewSelect().Model(&rows).Where("kind = ?", kind).Order("name").Scan(ctx); err != nil {
		return nil, s.noted(err)
	}
	all := make([]Object, len(rows))
	for i, r := range rows {
		all[i] = Object{Kind: r.Kind, Name: r.Name, Definition: []byte(r.Definition), SavedAt: r.SavedAt.time(), SavedBy: r.SavedBy}
	}
	return all, nil
}

// Audit lists at most limit changes with a number below before, the newest
// first; kind and name choose, "" chooses all.
func (s *Store) Audit(ctx context.Context, kind, name string, before, limit int64) ([]Change, error) {
	var rows []changeRow
	q := s.db.NewSelect().Model(&rows).Where("id < ?", before).Order("id DESC").Limit(limit)
	if kind != "" {
		q = q.Where("kind = ?", kind)
	}
	if name != "" {
		q = q.Where("name = ?", name)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, s.noted(err)
	}
	all := make([]Change, len(rows))
	for i, r := range rows {
		all[i] = Change{ID: r.ID, At: r.At.time(), Actor: r.Actor, Action: r.Action, Kind: r.Kind, Name: r.Name, Summary: r.Summary}
	}
	return all, nil
}

// check refuses texts that no engine keeps.
func (c Change) check() error {
	return firstError(checkText("the actor", c.Actor), checkText("the summary of a change", c.Summary), checkText("the name of a change", c.Name))
}

// record writes who changed what into the transaction of the change.
func record(ctx context.Context, tx bun.Tx, c Change) error {
	const query = `INSERT INTO audit (id, at, actor, action, kind, name, summary)
		SELECT COALESCE(MAX(id), 0) + 1, CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT) FROM audit`
	_, err := tx.Tx.ExecContext(ctx, query, int64(microsOf(c.At)), c.Actor, c.Action, c.Kind, c.Name, c.Summary)
	return err
}
