package tsdb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
)

// Still is a TSDB directory at one instant: all of its files are held open, so
// that whoever owns the directory may go on to append, compact and delete. Make
// one with OpenStill.
type Still struct{ Files []StillFile }

// StillFile is one file of a Still.
type StillFile struct {
	Path string // below the directory, with slashes
	Size int64  // of what belongs to the instant; the file may grow
	file *os.File
}

// Open returns the file's contents at the instant.
func (f StillFile) Open() io.Reader { return io.NewSectionReader(f.file, 0, f.Size) }

// OpenStill takes a Still of a directory, in use or not. A directory that does
// not exist has no files.
//
// The open block comes first and the finished ones after it, so that samples
// which are compacted meanwhile are found twice and not never; Prometheus drops
// what the log has of a finished block. What was being appended may end in a torn
// record, which opening a copy cuts off. A block or log that vanishes while the
// files are being opened was compacted: the directory is looked at again.
func OpenStill(dir string) (*Still, error) {
	for attempt := 1; ; attempt++ {
		s, err := openStill(dir)
		if err == nil {
			return s, nil
		}
		if attempt == shadowAttempts || !errors.Is(err, fs.ErrNotExist) {
			return nil, fault.Unavailablef("read the metrics in %s: %w", dir, err)
		}
	}
}

func openStill(dir string) (_ *Still, err error) {
	s := &Still{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	for _, log := range []string{"chunks_head", "wal", "wbl"} {
		if err := s.add(dir, log); err != nil && (exists(filepath.Join(dir, log)) || !errors.Is(err, fs.ErrNotExist)) {
			return nil, err
		}
	}
	names, err := blockNames(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := s.add(dir, name); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add opens the files of a folder and of those in it.
func (s *Still) add(dir, path string) error {
	entries, err := os.ReadDir(filepath.Join(dir, path))
	if err != nil {
		return err
	}
	for _, e := range entries {
		below := path + "/" + e.Name()
		switch {
		case filepath.Ext(e.Name()) == ".tmp": // a checkpoint or a file in the making
		case e.IsDir():
			err = s.add(dir, below)
		case e.Type().IsRegular():
			err = s.open(dir, below)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Still) open(dir, path string) error {
	f, err := os.Open(filepath.Join(dir, path))
	if err != nil {
		return err
	}
	s.Files = append(s.Files, StillFile{Path: path, file: f})
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if strings.HasPrefix(path, "chunks_head/") {
		if size, err = writtenSize(f, size); err != nil {
			return fmt.Errorf("read %s: %w", f.Name(), err)
		}
	}
	s.Files[len(s.Files)-1].Size = size
	return nil
}

// zeroPage is the unit in which the end of a file is looked for.
const zeroPage = 32 << 10

// writtenSize returns the size of a file without the pages of zeros at its end:
// Prometheus makes the files of its open chunks 128 MiB long before it fills
// them.
func writtenSize(f io.ReaderAt, size int64) (int64, error) {
	page := make([]byte, zeroPage)
	for size > 0 {
		from := max(0, (size-1)/zeroPage*zeroPage)
		part := page[:size-from]
		if _, err := f.ReadAt(part, from); err != nil {
			return 0, err
		}
		for _, b := range part {
			if b != 0 {
				return size, nil
			}
		}
		size = from
	}
	return size, nil
}

// Size returns the bytes of all files.
func (s *Still) Size() (n int64) {
	for _, f := range s.Files {
		n += f.Size
	}
	return n
}

// Close lets go of the files.
func (s *Still) Close() error {
	var errs []error
	for _, f := range s.Files {
		errs = append(errs, f.file.Close())
	}
	s.Files = nil
	return errors.Join(errs...)
}
