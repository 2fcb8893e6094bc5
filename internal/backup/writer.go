package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// Writer makes an archive. Rows and files are added in any order, the rows of a
// table one after the other; Close ends it. It is for one goroutine.
type Writer struct {
	zip      *zstd.Encoder
	tar      *tar.Writer
	manifest Manifest
	part     part
}

// part is the part of a table in the making.
type part struct {
	table   string
	columns []string
	number  int
	rows    int64
	body    []byte
}

// NewWriter begins an archive on w.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	h.Format = Format
	// One level above the fastest: chunks and samples are compressed already.
	zip, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(2), zstd.WithWindowSize(windowSize))
	if err != nil {
		return nil, err
	}
	a := &Writer{zip: zip, tar: tar.NewWriter(zip)}
	text, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return nil, err
	}
	return a, a.member(headerName, int64(len(text)), bytes.NewReader(text))
}

// windowSize is how far back the compression looks, and what a reader has to
// hold for it.
const windowSize = 4 << 20

// Row adds a row of a table. Values are nil, int64, float64, string, []byte or
// bool; nothing of them is kept.
func (w *Writer) Row(table string, columns []string, row []any) error {
	p := &w.part
	if p.table != table || !slices.Equal(p.columns, columns) {
		if err := w.flush(); err != nil {
			return err
		}
		number := 0
		if p.table == table {
			number = p.number
		}
		*p = part{table: table, columns: slices.Clone(columns), number: number, body: p.body[:0]}
	}
	if len(p.body) == 0 {
		p.body = appendColumns(p.body, columns)
	}
	body, err := appendRow(p.body, row)
	if err != nil {
		return fmt.Errorf("table %s: %w", table, err)
	}
	p.body = body
	p.rows++
	if len(p.body) < partSize {
		return nil
	}
	return w.flush()
}

// flush writes the part in the making.
func (w *Writer) flush() error {
	p := &w.part
	if p.rows == 0 {
		return nil
	}
	if len(p.body) > maxPart {
		return fmt.Errorf("a row of table %s takes %d bytes, more than a backup can hold", p.table, len(p.body))
	}
	p.number++
	if err := w.keep(fmt.Sprintf("%s%s/%06d", databaseDir, p.table, p.number), int64(len(p.body)), bytes.NewReader(p.body), p.rows); err != nil {
		return err
	}
	p.rows, p.body = 0, p.body[:0]
	return nil
}

// File adds a file of the metrics store, of which exactly size bytes are read.
func (w *Writer) File(path string, size int64, r io.Reader) error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.keep(samplesDir+path, size, r, 0)
}

// keep adds a member and notes it for the manifest.
func (w *Writer) keep(name string, size int64, r io.Reader, rows int64) error {
	if !memberName.MatchString(name) {
		return fmt.Errorf("a backup cannot have a member called %q", name)
	}
	sum := sha256.New()
	if err := w.member(name, size, io.TeeReader(r, sum)); err != nil {
		return err
	}
	w.manifest.Members = append(w.manifest.Members, Member{Name: name, Size: size, Rows: rows, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return nil
}

func (w *Writer) member(name string, size int64, r io.Reader) error {
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: size}); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if _, err := io.CopyN(w.tar, r, size); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// Close writes the manifest and the end of the archive, which w then holds whole.
func (w *Writer) Close() (Manifest, error) {
	if err := w.flush(); err != nil {
		return Manifest{}, err
	}
	text, err := json.Marshal(w.manifest)
	if err != nil {
		return Manifest{}, err
	}
	if err := w.member(manifestName, int64(len(text)), bytes.NewReader(text)); err != nil {
		return Manifest{}, err
	}
	return w.manifest, errors.Join(w.tar.Close(), w.zip.Close())
}

// Abandon lets go of an archive that will not be finished.
func (w *Writer) Abandon() {
	w.zip.Reset(io.Discard)
	_ = w.zip.Close()
}
