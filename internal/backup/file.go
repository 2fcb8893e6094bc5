package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// File is an archive in the making: it gets its name when it is whole.
type File struct {
	*os.File
	path string
}

// Create begins a file that Commit will name path; if path is a directory, the
// name in it tells the instant. Its owner alone may read it.
func Create(path string, at time.Time) (*File, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, at.UTC().Format("hindcast-20060102T150405Z.tar.zst"))
	} else if err == nil && !info.Mode().IsRegular() {
		return nil, fault.Invalidf("%s is neither a file nor a directory; use -o - for a pipe", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".hindcast-backup-*")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Unavailablef("the directory %s for the backup does not exist; make it", filepath.Dir(path))
	}
	if err != nil {
		return nil, fault.Unavailablef("the backup cannot be written: %w", err)
	}
	return &File{File: f, path: path}, nil
}

// Path is the name that the file has after Commit.
func (f *File) Path() string { return f.path }

// Commit makes the file last and gives it its name, in place of a file that had
// it: both survive a power cut, or neither.
func (f *File) Commit() error {
	err := errors.Join(f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(f.path))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fault.Unavailablef("the backup %s cannot be kept: %w", f.path, err)
	}
	return nil
}

// Abandon removes a file that will not be finished.
func (f *File) Abandon() { _ = errors.Join(f.Close(), os.Remove(f.Name())) }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
