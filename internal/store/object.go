package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
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

// Etag names a definition, so that whoever changes it can say which one they read:
// two that differ have two.
func Etag(definition []byte) string {
	sum := sha256.Sum256(definition)
	return hex.EncodeToString(sum[:8])
}

// CheckEtag refuses a change of what is not the definition that was read any more.
// Without an etag, whatever is there is changed.
func CheckEtag(kind, name, etag string, definition []byte) error {
	if etag == "" || etag == Etag(definition) {
		return nil
	}
	return fault.At("etag", fault.Conflictf("%s %q has been changed since it was read: look at it again, or send no etag to replace it", kind, name))
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

// MaxDefinition bounds a definition: all of a kind are read at once at every start,
// and a page of documents is as large as a file of them may be.
const MaxDefinition = 1 << 20

// SaveObject keeps an object in place of what was kept under its kind and name,
// together with who changed it; nil means that both are durable. Texts with NUL
// or invalid UTF-8 and definitions above MaxDefinition are fault.Invalid.
func (s *Store) SaveObject(ctx context.Context, o Object, c Change) error {
	if err := o.check(); err != nil {
		return err
	}
	return s.changing(ctx, c, func(ctx context.Context, tx bun.Tx) error { return putObject(ctx, tx, o) })
}

// ReplaceObject does the same if what is kept is still was, nil for nothing, and
// is fault.Conflict if it is not: whoever changes something has to know what.
func (s *Store) ReplaceObject(ctx context.Context, was []byte, o Object, c Change) error {
	if err := o.check(); err != nil {
		return err
	}
	return s.changing(ctx, c, func(ctx context.Context, tx bun.Tx) error {
		is, err := definitionOf(ctx, tx, o.Kind, o.Name)
		switch {
		case err != nil:
			return err
		case was == nil && is != nil:
			return fault.Conflictf("%s %q has been made by somebody else meanwhile: choose another name, or change that one", o.Kind, o.Name)
		case !bytes.Equal(was, is):
			return fault.Conflictf("%s %q has been changed by somebody else meanwhile: look at it again", o.Kind, o.Name)
		}
		return putObject(ctx, tx, o)
	})
}

// DropObject forgets an object, together with who did it. One that is not kept,
// any more perhaps, is no error and leaves no trace.
func (s *Store) DropObject(ctx context.Context, kind, name string, c Change) error {
	if err := checkText("the name of "+kind, name); err != nil {
		return err
	}
	return s.dropping(ctx, c, func(ctx context.Context, tx bun.Tx) (sql.Result, error) {
		return tx.NewDelete().Model((*objectRow)(nil)).Where("kind = ?", kind).Where("name = ?", name).Exec(ctx)
	})
}

// dropping deletes, and writes who did it if anything was deleted.
func (s *Store) dropping(ctx context.Context, c Change, drop func(ctx context.Context, tx bun.Tx) (sql.Result, error)) error {
	gone := errors.New("nothing is kept under that name")
	err := s.changing(ctx, c, func(ctx context.Context, tx bun.Tx) error {
		res, err := drop(ctx, tx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return gone
	})
	if errors.Is(err, gone) {
		return nil
	}
	return err
}

// changing runs f, and writes who changed what, in one transaction that no other
// change overlaps: the numbers of changes then grow in the order in which others
// get to see them, which readers rely on who ask for what is new. (Reading the
// highest number and adding one is not enough at READ COMMITTED: two servers would
// read the same.)
func (s *Store) changing(ctx context.Context, c Change, f func(ctx context.Context, tx bun.Tx) error) error {
	if err := c.check(); err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if s.engine.changing != "" {
			if _, err := tx.Tx.ExecContext(ctx, s.engine.changing); err != nil {
				return err
			}
		}
		if err := f(ctx, tx); err != nil {
			return err
		}
		return record(ctx, tx, c)
	})
}

func putObject(ctx context.Context, tx bun.Tx, o Object) error {
	const query = `INSERT INTO object (kind, name, definition, saved_at, saved_by) VALUES (?)
		ON CONFLICT (kind, name) DO UPDATE SET definition = excluded.definition, saved_at = excluded.saved_at, saved_by = excluded.saved_by`
	return execMany(ctx, tx, 1, query, func(int) []any {
		return []any{o.Kind, o.Name, string(o.Definition), int64(microsOf(o.SavedAt)), o.SavedBy}
	})
}

// definitionOf returns what is kept of an object, nil for nothing.
func definitionOf(ctx context.Context, tx bun.Tx, kind, name string) ([]byte, error) {
	var text string
	err := tx.Tx.QueryRowContext(ctx, "SELECT definition FROM object WHERE kind = $1 AND name = $2", kind, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return append([]byte{}, text...), err
}

// Objects lists all objects of a kind that are kept, by name.
func (s *Store) Objects(ctx context.Context, kind string) ([]Object, error) {
	all, err := objects(ctx, s.db, kind)
	return all, s.noted(err)
}

// Objects lists all objects of a kind that are kept, by name.
func (s *Snapshot) Objects(ctx context.Context, kind string) ([]Object, error) {
	return objects(ctx, s.tx, kind)
}

func objects(ctx context.Context, db bun.IDB, kind string) ([]Object, error) {
	var rows []objectRow
	if err := db.NewSelect().Model(&rows).Where("kind = ?", kind).Order("name").Scan(ctx); err != nil {
		return nil, translate(err)
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

// check refuses what no engine keeps, and what is too large.
func (o Object) check() error {
	if o.Kind == "" || o.Name == "" {
		return fault.Invalidf("an object without kind and name cannot be kept")
	}
	if n := len(o.Definition); n > MaxDefinition {
		return fault.Invalidf("%s %q has %d bytes, at most %d are kept", o.Kind, o.Name, n, MaxDefinition)
	}
	return firstError(
		checkText("the kind of an object", o.Kind), checkText("the name of "+o.Kind, o.Name),
		checkText(o.Kind+" "+o.Name, string(o.Definition)), checkText("the author of "+o.Kind+" "+o.Name, o.SavedBy),
	)
}

// check refuses texts that no engine keeps.
func (c Change) check() error {
	return firstError(
		checkText("the actor", c.Actor), checkText("the action", c.Action), checkText("the kind of a change", c.Kind),
		checkText("the name of a change", c.Name), checkText("the summary of a change", c.Summary),
	)
}

// record writes who changed what into the transaction of the change; see changing.
func record(ctx context.Context, tx bun.Tx, c Change) error {
	const query = `INSERT INTO audit (id, at, actor, action, kind, name, summary)
		SELECT COALESCE(MAX(id), 0) + 1, CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT) FROM audit`
	_, err := tx.Tx.ExecContext(ctx, query, int64(microsOf(c.At)), c.Actor, c.Action, c.Kind, c.Name, c.Summary)
	return err
}
