package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/hindcast/hindcast/internal/fault"
)

// Migrations go forward only. A file that engines must differ in ends in
// .sqlite.sql or .postgres.sql, and the other engine leaves it out.
//
//go:embed migrations/*.sql
var migrations embed.FS

// engines are the infixes of files for one engine.
var engines = []string{"sqlite", "postgres"}

// migrate brings the schema to this build's version. A database of a newer
// build is refused: what it holds may mean something else.
func migrate(ctx context.Context, db *sql.DB, e engine) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	others, err := othersFiles(files, e.name)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(e.goose, db, files, goose.WithExcludeNames(others), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	held, known, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the database: %w", err)
	}
	if held > known {
		return fault.Invalidf("the database has version %d and this hindcast knows %d; use the newer hindcast that wrote it, or restore a backup of before", held, known)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bring the database from version %d to %d: %w", held, known, err)
	}
	return nil
}

// othersFiles lists the migrations of the engines that this one is not.
func othersFiles(files fs.FS, engine string) (names []string, err error) {
	for _, e := range engines {
		if e == engine {
			continue
		}
		found, err := fs.Glob(files, "*."+e+".sql")
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	for _, n := range names {
		if strings.Contains(n, "."+engine+".") {
			return nil, fmt.Errorf("migration %s is for two engines", n)
		}
	}
	return names, nil
}
