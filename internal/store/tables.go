package store

import (
	"context"
	"fmt"
	"slices"
)

// table is a table whose rows a backup carries.
type table struct{ name, key string }

// keptTables are all tables that hold what must survive, those that others refer
// to first, with the columns that order their rows.
var keptTables = []table{
	{"ledger_stream", "id"},
	{"ledger_cursor", "indicator"},
	{"ledger_journal", "id"},
	{"ledger_day", "stream, day"},
	{"ledger_chunk", "stream, day"},
	{"ledger_revision", "stream, journal_row, seq"},
	{"ledger_revision_pruned", "stream"},
	{"ledger_thinned", "id"},
	{"spec_file", "path"},
	{"source", "name"},
	{"object", "kind, name"},
	{"audit", "id"},
	{"alert_episode", "id"},
	{"alert_told", "episode, target, state"},
	{"sla_statement", "sla, customer, period, revision"},
}

// versionTable is goose's.
const versionTable = "goose_db_version"

// leftTables are the tables that a backup leaves out, with the reason. A table
// that is in neither list fails a test: somebody has to decide.
var leftTables = map[string]string{
	versionTable:        "the backup's header has the version, and restoring migrates",
	"ledger_lease":      "who writes is a matter of one database; a new one begins with nobody",
	"ledger_checkpoint": "it is made of the other tables, and made again",
	"sqlite_sequence":   "SQLite's own",
}

// tableNames lists the tables of a database.
func tableNames(ctx context.Context, q querier, query string) (names []string, err error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = firstError(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, rows.Err()
}

// eachRawRow calls visit for each row of a table as the engine has it, in the
// order of its key.
func eachRawRow(ctx context.Context, q querier, t table, visit func(columns []string, row []any) error) (err error) {
	rows, err := q.QueryContext(ctx, fmt.Sprintf("SELECT * FROM %s ORDER BY %s", t.name, t.key)) // constants of ours
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	row, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range row {
			if n, ok := v.(int64); ok && types[i].DatabaseTypeName() == "BOOLEAN" { // SQLite has none
				row[i] = n != 0
			}
		}
		if err := visit(columns, row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// columnsOf lists the columns of a table.
func columnsOf(ctx context.Context, q querier, t table) (columns []string, err error) {
	rows, err := q.QueryContext(ctx, fmt.Sprintf("SELECT * FROM %s WHERE 1 = 0", t.name))
	if err != nil {
		return nil, err
	}
	defer func() { err = firstError(err, rows.Err(), rows.Close()) }()
	return rows.Columns()
}
