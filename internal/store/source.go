package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/uptrace/bun"

	"github.com/hindcast/hindcast/internal/fault"
)

// Source is a data source that was connected in the page.
type Source struct {
	Name       string
	Definition []byte // text, as internal/source writes it
	SavedAt    time.Time
}

// sourceRow is a source as stored.
type sourceRow struct {
	bun.BaseModel `bun:"table:source"`
	Name          string `bun:",pk"`
	Definition    string
	SavedAt       micros
}

// SaveSource keeps a source in place of what was kept under its name before,
// together with who changed it; nil means that both are durable. Texts with NUL or
// invalid UTF-8 are fault.Invalid.
func (s *Store) SaveSource(ctx context.Context, src Source, c Change) error {
	if src.Name == "" {
		return fault.Invalidf("a source without a name cannot be kept")
	}
	if err := firstError(checkText("the name of a source", src.Name), checkText("source "+src.Name, string(src.Definition))); err != nil {
		return err
	}
	return s.changing(ctx, c, func(ctx context.Context, tx bun.Tx) error {
		const query = `INSERT INTO source (name, definition, saved_at) VALUES (?)
			ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, saved_at = excluded.saved_at`
		return execMany(ctx, tx, 1, query, func(int) []any {
			return []any{src.Name, string(src.Definition), int64(microsOf(src.SavedAt))}
		})
	})
}

// DropSource forgets a source, together with who did it; one that is not kept is
// no error and leaves no trace.
func (s *Store) DropSource(ctx context.Context, name string, c Change) error {
	if err := checkText("the name of a source", name); err != nil {
		return err
	}
	return s.dropping(ctx, c, func(ctx context.Context, tx bun.Tx) (sql.Result, error) {
		return tx.NewDelete().Model((*sourceRow)(nil)).Where("name = ?", name).Exec(ctx)
	})
}

// Sources lists all sources that are kept, by name.
func (s *Store) Sources(ctx context.Context) ([]Source, error) {
	var rows []sourceRow
	if err := s.db.NewSelect().Model(&rows).Order("name").Scan(ctx); err != nil {
		return nil, s.noted(err)
	}
	all := make([]Source, len(rows))
	for i, r := range rows {
		all[i] = Source{Name: r.Name, Definition: []byte(r.Definition), SavedAt: r.SavedAt.time()}
	}
	return all, nil
}
