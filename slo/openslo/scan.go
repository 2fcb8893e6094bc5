package openslo

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
)

// scanned is a file of a folder, or the reason why it could not be read.
type scanned struct {
	File
	err   error
	extra bool // it is none of the folder, but kept elsewhere
}

// scan reads every *.yaml and *.yml below a folder, in the order of their paths.
// Nothing outside the folder can be reached (os.Root). Folders and files whose
// names begin with a dot are left out. Symbolic links are refused, but for the
// form in which Kubernetes mounts a ConfigMap: x.yaml → ..data/x.yaml.
//
// The error is about the folder as a whole: it cannot be read, or it is larger
// than MaxFiles and MaxFolder allow.
func scan(dir string) ([]scanned, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Unavailablef("the specification folder %w", reason(err))
	}
	defer root.Close()
	s := scanner{root: root}
	err = fs.WalkDir(root.FS(), ".", s.visit)
	return s.files, err
}

// scanner walks a folder.
type scanner struct {
	root  *os.Root
	files []scanned
	bytes int
}

func (s *scanner) visit(name string, entry fs.DirEntry, err error) error {
	base := path.Base(name)
	switch {
	case err != nil && name == ".":
		return fault.Unavailablef("the specification folder %w", reason(err))
	case name == ".":
		return nil
	case strings.HasPrefix(base, ".") && entry.IsDir():
		return fs.SkipDir
	case err != nil:
		s.files = append(s.files, scanned{File: File{Path: name}, err: reason(err)})
		return fs.SkipDir
	case entry.IsDir() || strings.HasPrefix(base, ".") || !isSpecification(base):
		return nil
	case len(s.files) == MaxFiles:
		return fault.Invalidf("the specification folder has more than %d files", MaxFiles)
	}
	file := scanned{File: File{Path: name}}
	file.Text, file.err = s.read(name, entry)
	s.bytes += len(file.Text)
	if s.bytes > MaxFolder {
		return fault.Invalidf("the specification folder has more than %d bytes", MaxFolder)
	}
	s.files = append(s.files, file)
	return nil
}

func isSpecification(name string) bool {
	ext := path.Ext(name)
	return ext == ".yaml" || ext == ".yml"
}

// read returns the text of a file, at most one byte more than MaxFile of it.
func (s *scanner) read(name string, entry fs.DirEntry) ([]byte, error) {
	mode := entry.Type()
	if mode&fs.ModeSymlink != 0 {
		target, err := s.root.Readlink(name)
		if err != nil {
			return nil, reason(err)
		}
		if !strings.HasPrefix(target, "..data/") {
			return nil, fault.Invalidf("symbolic links are not followed: put the file itself here")
		}
		info, err := s.root.Stat(name)
		if err != nil {
			return nil, reason(err)
		}
		mode = info.Mode().Type()
	}
	if !mode.IsRegular() {
		return nil, fault.Invalidf("not a regular file")
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	return readLimited(f)
}

func readLimited(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, reason(err)
	}
	return text, nil
}

// reason strips an error of the file system of the path, which is told anyway,
// and makes it fit for a user.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	if errors.Is(err, fs.ErrPermission) {
		return fault.Unavailablef("cannot be read: %w; give the user that hindcast runs as the right to read it", err)
	}
	return fault.Unavailablef("cannot be read: %w", err)
}
