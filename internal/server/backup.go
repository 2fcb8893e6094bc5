package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/hindcast/hindcast/internal/backup"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/tsdb"
)

// Run writes a backup, beside a server that runs or without one.
func (c *backupCommand) Run(ctx context.Context, s Streams) error {
	began := time.Now()
	if c.Output == "-" {
		return c.write(ctx, s, s.Out, "standard output", began)
	}
	file, err := backup.Create(c.Output, began)
	if err != nil {
		return err
	}
	if err := c.write(ctx, s, file, file.Path(), began); err != nil {
		file.Abandon()
		return err
	}
	return file.Commit()
}

// write writes the archive and says what is in it.
func (c *backupCommand) write(ctx context.Context, s Streams, w io.Writer, name string, began time.Time) error {
	out := &written{w: w}
	bar := newBar(s.Err)
	m, err := archive(ctx, out, store.Options{Dir: c.Data, Database: c.Database}, c.NoSamples, began, bar.set)
	if errors.Is(err, errBroken) {
		return fault.Unavailablef("the backup cannot be written: %w", err)
	}
	if err != nil {
		return err
	}
	rows, size := m.Totals()
	_, _ = fmt.Fprintf(s.Err, "%s: %d rows and %d files, %s in %s compressed, %.1f s\n", plain(name), rows, samplesOf(m),
		mebibytes(size), mebibytes(out.n), time.Since(began).Seconds())
	return nil
}

// written counts what is written, and tells errors of the target from others.
type written struct {
	w io.Writer
	n int64
}

var errBroken = errors.New("the target takes no more")

func (w *written) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.n += int64(n)
	if err != nil {
		err = fmt.Errorf("%w: %w", errBroken, err)
	}
	return n, err
}

// samplesOf counts the files of the metrics store.
func samplesOf(m backup.Manifest) (n int) {
	for _, v := range m.Members {
		if v.SampleFile() != "" {
			n++
		}
	}
	return n
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// archive writes a backup. The database is read first and the samples after it:
// what the ledger says was measured then has its samples in the backup, and the
// minutes that are newer in the samples are collected by the restored server. The
// other way round the ledger could speak of samples that the backup lacks, and
// would never ask for them again.
func archive(ctx context.Context, w io.Writer, o store.Options, noSamples bool, now time.Time, progress func(string, float64)) (_ backup.Manifest, err error) {
	snapshot, err := store.OpenSnapshot(ctx, o, true)
	if err != nil {
		return backup.Manifest{}, err
	}
	out, err := backup.NewWriter(w, backup.Header{
		Program: Version, Schema: snapshot.Schema, Engine: snapshot.Engine, CreatedAt: now.UTC(), Samples: !noSamples,
	})
	if err != nil {
		return backup.Manifest{}, errors.Join(err, snapshot.Close())
	}
	err = errors.Join(archiveRows(ctx, out, snapshot, progress), snapshot.Close())
	if err == nil && !noSamples {
		err = archiveSamples(ctx, out, filepath.Join(o.Dir, tsdbFolder), progress)
	}
	if err != nil {
		out.Abandon()
		return backup.Manifest{}, err
	}
	return out.Close()
}

func archiveRows(ctx context.Context, out *backup.Writer, s *store.Snapshot, progress func(string, float64)) error {
	all, err := s.Count(ctx)
	if err != nil {
		return err
	}
	n := int64(0)
	return s.EachRow(ctx, func(table string, columns []string, row []any) error {
		n++
		progress("rows", float64(n)/float64(max(all, 1)))
		return out.Row(table, columns, row)
	})
}

func archiveSamples(ctx context.Context, out *backup.Writer, dir string, progress func(string, float64)) (err error) {
	still, err := tsdb.OpenStill(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, still.Close()) }()
	size, done := still.Size(), int64(0)
	for _, f := range still.Files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := out.File(f.Path, f.Size, f.Open()); err != nil {
			return err
		}
		done += f.Size
		progress("samples", float64(done)/float64(size))
	}
	return nil
}

// Run restores a backup into an empty data directory, and checks the result.
func (c *restoreCommand) Run(ctx context.Context, s Streams) error {
	began := time.Now()
	in, size, err := c.open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	r, err := backup.NewReader(in)
	if err != nil {
		return err
	}
	defer r.Close()
	o := store.Options{Dir: c.Data, Database: c.Database}
	bar := newBar(s.Err)
	if err := unpack(ctx, r, o, func() { bar.set("restore", float64(r.Compressed())/float64(max(size, 1))) }); err != nil {
		return err
	}
	rows, bytes := r.Manifest().Totals()
	_, _ = fmt.Fprintf(s.Err, "%s of %s: %d rows and %d files, %s, restored into %s in %.1f s\n", plain(c.File),
		r.Header.CreatedAt.Format(time.RFC3339), rows, samplesOf(r.Manifest()), mebibytes(bytes), plain(c.Data), time.Since(began).Seconds())
	if !r.Header.Samples {
		_, _ = fmt.Fprintln(s.Err, "The backup has no raw samples: what the ledger holds is there, earlier history cannot be measured again.")
	} else if err := settleSamples(filepath.Join(c.Data, tsdbFolder)); err != nil {
		return err
	}
	return (&checkCommand{Data: c.Data, Database: c.Database}).Run(ctx, s)
}

// open opens the archive; the size of a pipe is not known.
func (c *restoreCommand) open() (io.ReadCloser, int64, error) {
	if c.File == "-" {
		return io.NopCloser(os.Stdin), 0, nil
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, 0, fault.Unavailablef("the backup cannot be read: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(fault.Unavailablef("the backup cannot be read: %w", err), f.Close())
	}
	return f, info.Size(), nil
}

// unpack fills an empty data directory from an archive: whole, or not at all.
func unpack(ctx context.Context, r *backup.Reader, o store.Options, progress func()) (err error) {
	into, err := store.BeginImport(ctx, o, r.Header.Schema)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, into.Abort())
		}
	}()
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return into.Commit(ctx)
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if table := e.Table(); table != "" {
			err = e.EachRow(func(columns []string, row []any) error { return into.Insert(ctx, table, columns, row) })
		} else {
			err = unpackFile(filepath.Join(o.Dir, tsdbFolder), e)
		}
		if err != nil {
			return err
		}
		progress()
	}
}

// unpackFile writes one file of the metrics store so that it lasts. Its name was
// checked by the reader; os.Root keeps it below dir whatever it says.
func unpackFile(dir string, e *backup.Entry) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.Unavailablef("the samples cannot be restored: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fault.Unavailablef("the samples cannot be restored: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	path := filepath.FromSlash(e.SampleFile())
	if err := root.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fault.Unavailablef("the samples cannot be restored: %w", err)
	}
	f, err := root.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Unavailablef("the samples cannot be restored: %w", err)
	}
	_, err = io.Copy(f, e)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("restore %s: %w", e.Name, err)
	}
	return nil
}

// settleSamples opens the restored metrics store once: it cuts off the record
// that was being written when the backup was taken.
func settleSamples(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return nil // the backup was of a server without samples
	}
	db, err := tsdb.Open(tsdb.Options{Dir: dir, RetentionTime: forever})
	if err != nil {
		return err
	}
	return db.Close()
}

// forever is longer than any backup is old: opening must not drop samples. The
// server that is started on the directory applies its own retention.
const forever = 100 * 365 * 24 * time.Hour
