package tsdb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/oklog/ulid/v2"
	promtsdb "github.com/prometheus/prometheus/tsdb"

	"github.com/hindcast/hindcast/internal/fault"
)

// shadowAttempts is how often a directory is read again that changed while it
// was being read: whoever owns it may be deleting compacted blocks or
// checkpoints at that moment.
const shadowAttempts = 4

// reloadNever is longer than a shadow lives: blocks neither come nor go there.
const reloadNever = 365 * 24 * time.Hour

// OpenReadOnly opens somebody else's TSDB directory for reading: the data
// directory of a Prometheus, running or not, a snapshot, or a folder of copied
// blocks. Nothing is ever written into it.
//
// Prometheus' own read-only mode creates a folder in the directory or links files
// of it elsewhere, fails where there is no wal/, and cannot serve two queries at
// a time. So a shadow of the directory is made in the folder for temporary files:
// blocks and closed log segments as symbolic links, what may still grow or be
// repaired as a copy. The shadow is opened as an ordinary store that neither
// compacts nor expires anything, and removed by Close.
//
// What is written to dir later is not seen. Blocks that cannot be read are left
// out and listed by Damage.
func OpenReadOnly(dir string, logger *slog.Logger) (*DB, error) {
	o := Options{Dir: dir, Logger: logger}.withDefaults()
	path, err := foreignDir(dir)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		db, err := openShadow(path, o)
		if err == nil {
			db.foreign = dir
			return db, nil
		}
		// Only what vanished in between can be there, or be gone for good, at
		// the next attempt.
		if attempt == shadowAttempts || !errors.Is(err, fs.ErrNotExist) {
			return nil, fault.Unavailablef("read the metrics in %s: %w", dir, err)
		}
	}
}

// foreignDir checks that dir looks like a TSDB and returns its full path.
func foreignDir(dir string) (string, error) {
	path, err := filepath.Abs(dir)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", fault.NotFoundf("no metrics in %s: %w", dir, err)
	}
	if is, err := looksLikeTSDB(path); err != nil {
		return "", fault.Invalidf("no metrics in %s: %w", dir, err)
	} else if is {
		return path, nil
	}
	if is, _ := looksLikeTSDB(filepath.Join(path, "data")); is {
		return "", fault.Invalidf("%s is not a TSDB directory, but %s is", dir, filepath.Join(dir, "data"))
	}
	return "", fault.Invalidf("%s is not a TSDB directory: it has neither blocks (folders with names like 01ARZ3NDEKTSV4RRFFQ69G5FAV) nor wal/; name the folder that Prometheus' --storage.tsdb.path points to", dir)
}

func looksLikeTSDB(path string) (bool, error) {
	names, err := blockNames(path)
	if err != nil {
		return false, err
	}
	return len(names) > 0 || exists(filepath.Join(path, "wal")), nil
}

func openShadow(path string, o Options) (_ *DB, err error) {
	shadow, err := os.MkdirTemp("", "hindcast-tsdb-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for temporary files: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(shadow))
		}
	}()
	// The head first: blocks that are written meanwhile only add to it.
	for _, log := range []string{"chunks_head", "wal", "wbl"} {
		if err := shadowLog(filepath.Join(path, log), filepath.Join(shadow, log)); err != nil {
			return nil, err
		}
	}
	damage, err := shadowBlocks(path, shadow)
	if err != nil {
		return nil, err
	}
	o.Dir = shadow
	db, err := open(o, readOnlyOptions(), damage)
	if err != nil {
		return nil, err
	}
	db.tsdb.DisableCompactions()
	db.remarkTear()
	db.shadow = shadow
	return db, nil
}

// readOnlyOptions are the settings of a store that keeps whatever there is.
func readOnlyOptions() *promtsdb.Options {
	t := promtsdb.DefaultOptions()
	t.NoLockfile = true
	t.RetentionDuration = 0
	t.BlocksToDelete = func([]*promtsdb.Block) map[ulid.ULID]struct{} { return nil }
	t.BlockReloadInterval = reloadNever
	return t
}

// shadowLog mirrors a folder of numbered files that only grow at the end: all
// but the last file are links. Checkpoints, which are folders, are mirrored too.
func shadowLog(from, to string) error {
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	last := ""
	for _, e := range entries {
		if e.Type().IsRegular() {
			last = e.Name() // entries are sorted, and numbers are of equal width
		}
	}
	for _, e := range entries {
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		switch {
		case e.IsDir() && filepath.Ext(e.Name()) == ".tmp":
			continue // a checkpoint in the making
		case e.IsDir():
			err = shadowLog(source, target)
		case e.Name() == last:
			err = copyFile(source, target)
		default:
			err = os.Symlink(source, target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shadowBlocks mirrors the blocks that can be read.
func shadowBlocks(from, to string) ([]Damage, error) {
	damage, err := badBlocks(from)
	if err != nil {
		return nil, err
	}
	bad := make(map[string]bool, len(damage))
	for i := range damage {
		bad[filepath.Base(damage[i].Path)] = true
		damage[i].Err = fmt.Errorf("the block is left out: %w", damage[i].Err)
	}
	names, err := blockNames(from)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if bad[name] {
			continue
		}
		if err := shadowBlock(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return nil, err
		}
	}
	return damage, nil
}

// shadowBlock mirrors a block: what a store may write anew is copied.
func shadowBlock(from, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"index", "chunks"} {
		if err := os.Symlink(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	for _, name := range []string{"meta.json", "tombstones"} {
		err := copyFile(filepath.Join(from, name), filepath.Join(to, name))
		if err != nil && !(name == "tombstones" && errors.Is(err, fs.ErrNotExist)) {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	_, err = io.Copy(target, source)
	return err
}
