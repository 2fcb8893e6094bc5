package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/hindcast/hindcast/internal/fault"
)

// SpecFile is the last good text of one specification file.
type SpecFile struct {
	Path     string
	Text     []byte
	LoadedAt time.Time // kept to the microsecond
}

// specRow is a specification file as stored.
type specRow struct {
	bun.BaseModel `bun:"table:spec_file"`
	Path          string `bun:",pk"`
	Text          string
	LoadedAt      micros
}

// SaveSpec keeps a file in place of what was kept of the same path before. Paths
// and texts with NUL or invalid UTF-8 are fault.Invalid.
func (s *Store) SaveSpec(ctx context.Context, f SpecFile) error {
	if f.Path == "" {
		return fault.Invalidf("a specification file without a path cannot be kept")
	}
	if err := firstError(checkText("the path of a specification file", f.Path), checkText("specification file "+f.Path, string(f.Text))); err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		const query = `INSERT INTO spec_file (path, text, loaded_at) VALUES (?)
			ON CONFLICT (path) DO UPDATE SET text = excluded.text, loaded_at = excluded.loaded_at`
		return execMany(ctx, tx, 1, query, func(int) []any { return []any{f.Path, string(f.Text), int64(microsOf(f.LoadedAt))} })
	})
}

// DropSpec forgets a file; one that is not kept is no error.
func (s *Store) DropSpec(ctx context.Context, path string) error {
	if err := checkText("the path of a specification file", path); err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*specRow)(nil)).Where("path = ?", path).Exec(ctx)
		return err
	})
}

// Specs lists all files that are kept, by path.
func (s *Store) Specs(ctx context.Context) ([]SpecFile, error) {
	var rows []specRow
	if err := s.db.NewSelect().Model(&rows).Order("path").Scan(ctx); err != nil {
		return nil, s.noted(err)
	}
	files := make([]SpecFile, len(rows))
	for i, r := range rows {
		files[i] = SpecFile{Path: r.Path, Text: []byte(r.Text), LoadedAt: r.LoadedAt.time()}
	}
	return files, nil
}
