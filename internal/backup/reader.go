package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/hindcast/hindcast/internal/fault"
)

// Reader reads an archive. It is for one goroutine.
type Reader struct {
	Header Header

	in     *counter
	zip    *zstd.Decoder
	out    *counter // bytes after decompression
	tar    *tar.Reader
	names  map[string]bool
	read   []Member // as they were found
	member *Entry   // the current one
}

// Entry is one member of an archive while it is read. It is good until the next
// call of Next.
type Entry struct {
	Member // without SHA256 until it is read

	r    io.Reader
	sum  hash.Hash
	rows int64
}

// counter counts the bytes that are read, and refuses more than limit allows.
type counter struct {
	r     io.Reader
	n     int64
	limit func() int64 // nil: no limit
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.limit != nil && c.n > c.limit() {
		return n, fault.Invalidf("the backup unfolds to more than %d bytes for each of its own; it was not written by hindcast", maxRatio)
	}
	return n, err
}

// NewReader begins to read an archive and returns after its header.
func NewReader(r io.Reader) (*Reader, error) {
	a := &Reader{in: &counter{r: r}, names: map[string]bool{}}
	zip, err := zstd.NewReader(a.in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(2*windowSize), zstd.WithDecoderMaxMemory(1<<62))
	if err != nil {
		return nil, a.damage(err)
	}
	a.zip = zip
	a.out = &counter{r: zip, limit: func() int64 { return ratioFree + maxRatio*a.in.n }}
	a.tar = tar.NewReader(a.out)
	if err := a.header(); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// Close lets go of what the reader holds; the archive's own reader stays open.
func (a *Reader) Close() { a.zip.Close() }

// Compressed returns how many bytes of the archive were read so far.
func (a *Reader) Compressed() int64 { return a.in.n }

func (a *Reader) header() error {
	h, err := a.tar.Next()
	if err != nil {
		return a.damage(err)
	}
	if h.Name != headerName {
		return fault.Invalidf("this is not a backup of hindcast: it begins with %q instead of %q", h.Name, headerName)
	}
	if err := a.decode(h, &a.Header); err != nil {
		return err
	}
	if a.Header.Format > Format {
		return fault.Invalidf("the backup has format %d and this hindcast reads up to %d; use the newer hindcast %s that wrote it", a.Header.Format, Format, a.Header.Program)
	}
	if a.Header.Format < 1 || a.Header.Schema < 1 {
		return fault.Invalidf("the backup's header has format %d and schema %d, which never were", a.Header.Format, a.Header.Schema)
	}
	return nil
}

// decode reads a member that is a JSON text.
func (a *Reader) decode(h *tar.Header, into any) error {
	if h.Typeflag != tar.TypeReg || h.Size > maxText {
		return fault.Invalidf("the backup's %s is no file of at most %d bytes", h.Name, maxText)
	}
	text, err := io.ReadAll(a.tar)
	if err != nil {
		return a.damage(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fault.Invalidf("the backup's %s cannot be read: %w", h.Name, err)
	}
	return nil
}

// damage gives an error of the container its kind and remedy.
func (a *Reader) damage(err error) error {
	switch {
	case fault.KindOf(err) != fault.Internal:
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.Invalidf("the backup ends early, after %d bytes; take it again or use another", a.in.n)
	case errors.Is(err, zstd.ErrMagicMismatch):
		return fault.Invalidf("this is not a backup of hindcast: it is not compressed with zstd")
	default:
		return fault.Invalidf("the backup cannot be read after %d bytes: %w; use another", a.in.n, err)
	}
}

// Next returns the next member. After the last one it checks everything against
// the manifest and returns io.EOF.
func (a *Reader) Next() (*Entry, error) {
	if err := a.finish(); err != nil {
		return nil, err
	}
	h, err := a.tar.Next()
	if err != nil {
		return nil, a.damage(err)
	}
	if h.Name == manifestName {
		return nil, a.check(h)
	}
	if err := a.admit(h); err != nil {
		return nil, err
	}
	a.names[h.Name] = true
	e := &Entry{Member: Member{Name: h.Name, Size: h.Size}, sum: sha256.New()}
	e.r = io.TeeReader(&translated{a.tar, a}, e.sum)
	a.member = e
	return e, nil
}

// translated gives the errors of the container their kind.
type translated struct {
	r io.Reader
	a *Reader
}

func (t *translated) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = t.a.damage(err)
	}
	return n, err
}

// admit refuses members that no Writer makes.
func (a *Reader) admit(h *tar.Header) error {
	for key := range h.PAXRecords {
		if key != "size" { // a sparse file, for one, need not hold what it says
			return fault.Invalidf("the backup's member %q has the record %q, which no backup has", h.Name, key)
		}
	}
	switch {
	case h.Typeflag != tar.TypeReg:
		return fault.Invalidf("the backup's member %q is not a plain file", h.Name)
	case !memberName.MatchString(h.Name):
		return fault.Invalidf("the backup has a member %q, which is no place for anything", h.Name)
	case a.names[h.Name]:
		return fault.Invalidf("the backup has the member %q twice", h.Name)
	case len(a.names) >= maxMembers:
		return fault.Invalidf("the backup has more than %d members", maxMembers)
	case strings.HasPrefix(h.Name, databaseDir) && h.Size > maxPart:
		return fault.Invalidf("the backup's member %q has %d bytes, more than %d", h.Name, h.Size, maxPart)
	}
	return nil
}

// finish reads what is left of the current member and notes its sum.
func (a *Reader) finish() error {
	e := a.member
	if e == nil {
		return nil
	}
	a.member = nil
	if e.Table() != "" && e.rows == 0 { // not looked at; counted all the same
		if err := e.EachRow(func([]string, []any) error { return nil }); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, e.r); err != nil {
		return err
	}
	e.Rows, e.SHA256 = e.rows, hex.EncodeToString(e.sum.Sum(nil))
	a.read = append(a.read, e.Member)
	return nil
}

// check compares what was read with the manifest, and reads the archive's end.
func (a *Reader) check(h *tar.Header) error {
	var m Manifest
	if err := a.decode(h, &m); err != nil {
		return err
	}
	if len(m.Members) != len(a.read) {
		return fault.Invalidf("the backup has %d members and its manifest lists %d; use another", len(a.read), len(m.Members))
	}
	for i, want := range m.Members {
		if got := a.read[i]; got != want {
			return fault.Invalidf("the backup's member %s (%d bytes, %d rows) is not what its manifest says; use another", got.Name, got.Size, got.Rows)
		}
	}
	if _, err := a.tar.Next(); !errors.Is(err, io.EOF) {
		return fault.Invalidf("the backup goes on after its manifest")
	}
	if _, err := io.Copy(io.Discard, a.out); err != nil { // the sum of the compression
		return a.damage(err)
	}
	return io.EOF
}

// Manifest returns what was read so far; after io.EOF it is what the archive's
// own manifest says.
func (a *Reader) Manifest() Manifest { return Manifest{Members: a.read} }

// Read reads a member as it is.
func (e *Entry) Read(p []byte) (int, error) { return e.r.Read(p) }

// EachRow calls visit for each row of a part of a table, once.
func (e *Entry) EachRow(visit func(columns []string, row []any) error) error {
	part, err := io.ReadAll(e.r)
	if err != nil {
		return err
	}
	e.rows, err = decodeRows(part, visit)
	return err
}
