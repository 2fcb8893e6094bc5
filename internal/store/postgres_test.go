package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/store/storetest"
)

// address is a PostgreSQL database by its URL.
type address string

func (a address) Open(t testing.TB) storetest.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Database: string(a)})
	require.NoError(t, err)
	return s
}

func TestRealPostgres(t *testing.T) {
	server := realtest.NewPostgres(t)
	storetest.Run(t, func(t testing.TB) storetest.Database { return address(server.Database(t)) })
}

func TestRealManyProcessesMigrateOnce(t *testing.T) {
	url := realtest.NewPostgres(t).Database(t)
	var all errgroup.Group
	for range 4 {
		all.Go(func() error {
			s, err := store.Open(context.Background(), store.Options{Database: url})
			if err != nil {
				return err
			}
			return s.Close()
		})
	}
	require.NoError(t, all.Wait())
	var versions []int64
	query(t, "pgx", url, "SELECT version_id FROM goose_db_version ORDER BY id", func(rows *sql.Rows) error {
		var v int64
		err := rows.Scan(&v)
		versions = append(versions, v)
		return err
	})
	require.Equal(t, []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, versions)
}

// query reads a database behind the store's back.
func query(t *testing.T, driver, dsn, text string, scan func(*sql.Rows) error) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), text)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		require.NoError(t, scan(rows))
	}
	require.NoError(t, rows.Err())
}

// Both queries list each column with its type, whether it may be absent, and its
// place in the primary key; and the columns of each unique index.
const (
	postgresColumns = `SELECT c.table_name, c.column_name, c.data_type, c.is_nullable = 'NO', coalesce(k.ordinal_position, 0)
		FROM information_schema.columns c LEFT JOIN information_schema.table_constraints t
			ON t.table_name = c.table_name AND t.constraint_type = 'PRIMARY KEY'
		LEFT JOIN information_schema.key_column_usage k ON k.constraint_name = t.constraint_name AND k.column_name = c.column_name
		WHERE c.table_schema = 'public' AND c.table_name NOT LIKE 'goose%'`
	sqliteColumns = `SELECT m.name, c.name, c.type, c."notnull" OR c.pk > 0, c.pk FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'`
	postgresIndexes = `SELECT t.relname, i.indisprimary, string_agg(a.attname, ',' ORDER BY array_position(i.indkey::int2[], a.attnum))
		FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey::int2[])
		WHERE t.relnamespace = 'public'::regnamespace AND t.relname NOT LIKE 'goose%' GROUP BY i.indexrelid, t.relname, i.indisprimary`
	sqliteIndexes = `SELECT m.name, i.origin = 'pk', (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
		FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'
		UNION ALL SELECT m.name, 1, c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER' AND m.name NOT LIKE 'goose%'`
)

// sameType says which types of the two engines mean the same to us.
var sameType = map[string]string{
	"bigint": "integer", "BIGINT": "integer", "INTEGER": "integer", "text": "text", "TEXT": "text", "boolean": "boolean", "BOOLEAN": "boolean",
	"bytea": "bytes", "BLOB": "bytes", "double precision": "float", "DOUBLE PRECISION": "float",
}

func TestRealBothEnginesHaveTheSameSchema(t *testing.T) {
	dir, url := directory(t.TempDir()), realtest.NewPostgres(t).Database(t)
	require.NoError(t, dir.Open(t).Close())
	require.NoError(t, address(url).Open(t).Close())
	schema := func(driver, dsn, columns, indexes string) (all []string) {
		query(t, driver, dsn, columns, func(rows *sql.Rows) error {
			var table, column, kind string
			var present bool
			var key int
			err := rows.Scan(&table, &column, &kind, &present, &key)
			require.Contains(t, sameType, kind)
			all = append(all, fmt.Sprintf("column %s.%s %s present=%v key=%d", table, column, sameType[kind], present, key))
			return err
		})
		query(t, driver, dsn, indexes, func(rows *sql.Rows) error {
			var table, of string
			var primary bool
			err := rows.Scan(&table, &primary, &of)
			all = append(all, fmt.Sprintf("index %s (%s) primary=%v", table, of, primary))
			return err
		})
		slices.Sort(all)
		return all
	}
	sqlite := schema("sqlite", filepath.Join(string(dir), store.FileName), sqliteColumns, sqliteIndexes)
	require.Equal(t, sqlite, schema("pgx", url, postgresColumns, postgresIndexes))
	require.Greater(t, len(sqlite), 40)
}

func TestRealAServerThatWouldLoseOrGarbleIsRefused(t *testing.T) {
	server := realtest.NewPostgres(t)
	altered := func(setting string) string {
		url := server.Database(t)
		server.Exec(t, "ALTER DATABASE "+url[strings.LastIndex(url, "/")+1:]+" SET "+setting)
		return url
	}
	good := server.Database(t)
	for name, c := range map[string]struct{ url, says string }{
		"commits that are not waited for": {altered("synchronous_commit = off"), "synchronous_commit = off"},
		"backslashes that end strings":    {altered("standard_conforming_strings = off"), "standard_conforming_strings = off"},
		"an encoding that lacks letters":  {server.Database(t, "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"), "encoding LATIN1"},
		"a database that is not there":    {server.URL("nowhere"), "createdb"},
		"a wrong password":                {strings.Replace(good, server.Password(), server.Password()+"x", 1), "check user and password"},
		"nobody listens":                  {"postgres://u:" + server.Password() + "@127.0.0.1:1/d", "cannot be reached"},
		"a name that is none":             {"postgres://u:" + server.Password() + "@no.such.host.invalid/d?connect_timeout=2", "cannot be reached"},
		"a URL that is broken":            {"postgres://u:" + server.Password() + "/y@h/d", "percent-encoded"},
		"an option that is unknown":       {good + "?sslmode=" + server.Password(), "percent-encoded"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.Open(t.Context(), store.Options{Database: c.url})
			require.Contains(t, []fault.Kind{fault.Unavailable, fault.Invalid}, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), server.Password())
			require.NotContains(t, fmt.Sprintf("%+v %#v", err, err), server.Password())
		})
	}
}

func TestRealAKilledProcessLosesNothingThatPostgresAcknowledged(t *testing.T) {
	killOften(t, realtest.NewPostgres(t).Database(t), 12)
}

// A server that crashes and comes back, again and again, under a writer that
// goes on: the ledger must find out by itself what of a lost answer was kept.
func TestRealACrashOfPostgresLosesNothing(t *testing.T) {
	server := realtest.NewPostgres(t)
	url := server.Database(t)
	s := address(url).Open(t).(*store.Store)
	l := openLedger(t, s)
	const crashes = 10
	acked, failures := firstKill-1, 0
	stop := make(chan struct{})
	done := make(chan error, 1)
	var reached atomic.Int64
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			err := childStep(context.Background(), s, l, acked+1)
			switch {
			case err == nil:
				acked++
				reached.Store(int64(acked))
			case fault.KindOf(err) == fault.Unavailable:
				failures++
				time.Sleep(10 * time.Millisecond) // as a collector would, for longer
			default:
				t.Errorf("%v is no error to try again after: %v", fault.KindOf(err), err)
				done <- err
				return
			}
		}
	}()
	for range crashes {
		before := reached.Load()
		require.Eventually(t, func() bool { return reached.Load() > before+20 }, time.Minute, time.Millisecond, "it goes on by itself")
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		server.Crash(t)
		require.Eventually(t, func() bool { return s.Trouble() != nil }, time.Minute, time.Millisecond)
		require.NotContains(t, s.Trouble().Error(), server.Password())
		server.Start(t)
	}
	last := reached.Load()
	require.Eventually(t, func() bool { return reached.Load() > last+20 }, time.Minute, time.Millisecond)
	close(stop)
	require.NoError(t, <-done)
	require.NoError(t, s.Trouble())
	require.NoError(t, s.Close())
	checkAcked(t, url, acked)
	t.Logf("%d crashes, %d writes refused meanwhile, 0 of %d acknowledged minutes lost", crashes, failures, acked-firstKill+1)
}
