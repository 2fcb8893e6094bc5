package tsdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/tsdb/wlog"
)

// forcedFile is the name of the file, beside the logs, that says how far they
// were forced to disk at least. It is not a part of backups: a copy of a log ends
// where it ends.
const forcedFile = "hindcast-forced.json"

// noteEvery is how long after an acknowledgement it may be noted how far the logs
// are on disk. The note costs two forced writes that nobody waits for; what was
// acknowledged since the last one cannot be told, after a tear, from what was
// only being written.
const noteEvery = 5 * time.Second

// logNames are the logs of a store, as folders in its directory.
var logNames = []string{"wal", wlog.WblDirName}

// noteLater sees to it that there is a note soon; mu is held.
func (w *walSync) noteLater() {
	if w.failure != nil || w.timer != nil || w.notePath == "" {
		return
	}
	w.timer = time.AfterFunc(noteEvery, func() {
		w.mu.Lock()
		w.timer = nil
		w.mu.Unlock()
		_ = w.note() // an older note claims less, and the next round brings another try
	})
}

// note keeps how far the logs have been forced. It is made after the forced write
// and never before, so that it claims nothing that is not on disk. After a forced
// write that failed nothing is noted any more, and one that fails here is as bad
// as any.
func (w *walSync) note() error {
	w.noting.Lock()
	defer w.noting.Unlock()
	if err := w.trouble(); err != nil || w.notePath == "" {
		return err
	}
	places, err := w.places()
	if err != nil {
		return err
	}
	text, err := json.Marshal(places)
	if err != nil {
		return err
	}
	err = replaceFile(w.notePath, text, func(f *os.File) error {
		err := w.force(f)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.fail(err)
		return err
	})
	if err != nil {
		return fmt.Errorf("note how far the logs are on disk: %w", err)
	}
	return nil
}

// places returns the end of the last part of a record that is on disk, by log.
func (w *walSync) places() (map[string]logPlace, error) {
	w.looking.Lock()
	at := map[string]logPlace{} // lengths that were forced
	for _, l := range w.logs {
		for n, s := range l.files {
			p := logPlace{Segment: n, Offset: s.synced}
			if known, found := at[l.dir]; s.synced >= 0 && (!found || known.before(p)) {
				at[l.dir] = p
			}
		}
	}
	w.looking.Unlock()
	places := map[string]logPlace{}
	for dir, p := range at {
		end, err := lastWhole(wlog.SegmentName(dir, p.Segment), p.Offset)
		if err != nil {
			return nil, fmt.Errorf("look for the end of a log: %w", err)
		}
		places[filepath.Base(dir)] = logPlace{Segment: p.Segment, Offset: end}
	}
	return places, nil
}

// replaceFile writes a file so that a power cut leaves the old or the new one.
func replaceFile(path string, text []byte, force func(*os.File) error) error {
	fresh, err := os.Create(path + ".tmp")
	if err != nil {
		return err
	}
	_, err = fresh.Write(text)
	if err == nil {
		err = force(fresh)
	}
	if err = errors.Join(err, fresh.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path), force)
}

// forcedPlace returns how far a log in dir was forced at least, nil if that is
// not known.
func forcedPlace(dir, log string) *logPlace {
	text, err := os.ReadFile(filepath.Join(dir, forcedFile))
	if err != nil {
		return nil
	}
	var places map[string]logPlace
	if json.Unmarshal(text, &places) != nil {
		return nil
	}
	if p, found := places[log]; found {
		return &p
	}
	return nil
}

// lostLog looks whether a log in dir can be read as far as it had been forced, and
// tells what to say if it cannot. MovedTo is where the rest is to be put.
func lostLog(dir, log string) (*Damage, error) {
	forced := forcedPlace(dir, log) // before the log is looked at, which may grow
	if forced == nil {
		return nil, nil
	}
	path := filepath.Join(dir, log)
	at, err := findTear(path, forced)
	if err != nil {
		return nil, fmt.Errorf("look through the log of samples in %s: %w", path, err)
	}
	if at == nil || !at.before(*forced) {
		return nil, nil
	}
	return &Damage{
		Path:    path,
		MovedTo: filepath.Join(dir, fmt.Sprintf("%s-%08d%s", log, at.Segment, corruptSuffix)),
		Err: fmt.Errorf("it was on disk up to segment %d, byte %d, and can be read up to segment %d, byte %d: acknowledged samples are lost",
			forced.Segment, forced.Offset, at.Segment, at.Offset),
	}, nil
}

// keepLost finds lost logs and puts the segments aside that opening the store cuts
// off or deletes. As a damaged block they stay there, and are reported, until
// somebody deletes them.
func keepLost(dir string, force func(*os.File) error) ([]Damage, error) {
	var lost []Damage
	for _, log := range logNames {
		d, err := lostLog(dir, log)
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		if err := keepSegments(*d, force); err != nil {
			return nil, fmt.Errorf("keep what is left of %s in %s: %w", d.Path, d.MovedTo, err)
		}
		lost = append(lost, *d)
	}
	if lost == nil {
		return nil, nil
	}
	return lost, syncDir(dir, force)
}

func keepSegments(d Damage, force func(*os.File) error) error {
	if err := os.MkdirAll(d.MovedTo, 0o750); err != nil {
		return err
	}
	entries, err := os.ReadDir(d.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, from, _ := strings.Cut(strings.TrimSuffix(filepath.Base(d.MovedTo), corruptSuffix), "-")
	for _, e := range entries {
		if !e.Type().IsRegular() || e.Name() < from {
			continue
		}
		source, target := filepath.Join(d.Path, e.Name()), filepath.Join(d.MovedTo, e.Name())
		if err := os.Link(source, target); err != nil && !exists(target) { // a file system without links
			err = copyFile(source, target)
			if err != nil {
				return err
			}
		}
	}
	return replaceFile(filepath.Join(d.MovedTo, damagedMark), []byte(d.Err.Error()+"\n"), force)
}

// oldLoss is the damage of a log that an earlier run found.
func oldLoss(dir, moved string) Damage {
	log, _, _ := strings.Cut(filepath.Base(moved), "-")
	cause := "acknowledged samples are lost"
	if text, err := os.ReadFile(filepath.Join(moved, damagedMark)); err == nil {
		cause = strings.TrimSpace(string(text))
	}
	return Damage{Path: filepath.Join(dir, log), MovedTo: moved, Err: errors.New(cause)}
}

// remarkTear lists a log that was cut where it was torn, while it is not known
// that acknowledged samples were lost.
func (db *DB) remarkTear() {
	if !db.registry.positive("prometheus_tsdb_wal_corruptions_total") {
		return
	}
	d := Damage{Path: filepath.Join(db.opts.Dir, "wal"), Mended: true}
	if forcedPlace(db.opts.Dir, "wal") == nil {
		d.Err = errors.New("the log was torn and has been cut there: samples behind the tear are lost, and how far it had been forced to disk is not known")
	} else {
		d.Err = errors.New("the log was torn behind all that is noted to be on disk and has been cut there: what was being written is lost, and it cannot be told whether samples are among it that were acknowledged in the last seconds before the stop")
	}
	db.damage = append(db.damage, d)
}

// isLostLog reports whether a folder holds what is left of a log.
func isLostLog(name string) bool {
	log, _, found := strings.Cut(name, "-")
	return found && slices.Contains(logNames, log)
}
