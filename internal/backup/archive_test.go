package backup

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var header = Header{Program: "v1", Schema: 2, Engine: "sqlite", CreatedAt: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Samples: true}

// table is what a test writes and reads of one table.
type table struct {
	columns []string
	rows    [][]any
}

// contents is what an archive holds.
type contents struct {
	tables map[string]table
	files  map[string]string
}

func archive(t require.TestingT, c contents) []byte {
	var b bytes.Buffer
	w, err := NewWriter(&b, header)
	require.NoError(t, err)
	for _, name := range []string{"a", "b"} {
		for _, row := range c.tables[name].rows {
			require.NoError(t, w.Row(name, c.tables[name].columns, row))
		}
	}
	for _, name := range []string{"wal/00000001", "01ARZ3NDEKTSV4RRFFQ69G5FAV/chunks/000001"} {
		if text, ok := c.files[name]; ok {
			require.NoError(t, w.File(name, int64(len(text)), strings.NewReader(text)))
		}
	}
	_, err = w.Close()
	require.NoError(t, err)
	return b.Bytes()
}

// unfold reads an archive to its end.
func unfold(b []byte) (c contents, err error) {
	c = contents{tables: map[string]table{}, files: map[string]string{}}
	r, err := NewReader(bytes.NewReader(b))
	if err != nil {
		return c, err
	}
	defer r.Close()
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return c, err
		}
		if e.Table() == "" {
			text, err := io.ReadAll(e)
			if err != nil {
				return c, err
			}
			c.files[e.SampleFile()] = string(text)
			continue
		}
		err = e.EachRow(func(columns []string, row []any) error {
			v := c.tables[e.Table()]
			v.columns, v.rows = columns, append(v.rows, row)
			c.tables[e.Table()] = v
			return nil
		})
		if err != nil {
			return c, err
		}
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	value := rapid.OneOf(
		rapid.Just[any](nil), rapid.Int64().AsAny(), rapid.Bool().AsAny(), rapid.String().AsAny(),
		rapid.SliceOf(rapid.Byte()).AsAny(), rapid.Float64().AsAny(), rapid.Just[any](math.Inf(-1)), rapid.Just[any](math.Copysign(0, -1)),
	)
	rapid.Check(t, func(t *rapid.T) {
		want := contents{tables: map[string]table{}, files: map[string]string{}}
		for _, name := range []string{"a", "b"} {
			v := table{columns: []string{"x", "y"}}
			for range rapid.IntRange(0, 5).Draw(t, "rows") {
				v.rows = append(v.rows, []any{value.Draw(t, "x"), value.Draw(t, "y")})
			}
			if len(v.rows) > 0 {
				want.tables[name] = v
			}
		}
		if rapid.Bool().Draw(t, "file") {
			want.files["wal/00000001"] = rapid.String().Draw(t, "text")
		}
		got, err := unfold(archive(t, want))
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func TestLargeTablesAreCutIntoParts(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, header)
	require.NoError(t, err)
	for i := range 9 {
		require.NoError(t, w.Row("a", []string{"id", "payload"}, []any{int64(i), bytes.Repeat([]byte{byte(i), 200}, 500_000)}))
	}
	m, err := w.Close()
	require.NoError(t, err)
	require.Len(t, m.Members, 2, "4 MiB each")
	rows, size := m.Totals()
	require.EqualValues(t, 9, rows)
	require.Greater(t, size, int64(9_000_000))
	got, err := unfold(b.Bytes())
	require.NoError(t, err)
	require.Len(t, got.tables["a"].rows, 9)
}

func TestMembersThatNobodyLooksAtAreCheckedAllTheSame(t *testing.T) {
	b := archive(t, contents{tables: map[string]table{"a": {[]string{"x"}, [][]any{{int64(1)}, {int64(2)}}}}, files: map[string]string{"wal/00000001": "text"}})
	r, err := NewReader(bytes.NewReader(b))
	require.NoError(t, err)
	defer r.Close()
	require.Equal(t, header.CreatedAt, r.Header.CreatedAt)
	for range 2 {
		_, err = r.Next()
		require.NoError(t, err)
	}
	_, err = r.Next()
	require.ErrorIs(t, err, io.EOF)
	rows, _ := r.Manifest().Totals()
	require.EqualValues(t, 2, rows)
	require.EqualValues(t, len(b), r.Compressed())
}

// forge makes an archive that no Writer makes.
func forge(t testing.TB, members ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	zip, err := zstd.NewWriter(&b)
	require.NoError(t, err)
	w := tar.NewWriter(zip)
	for _, m := range members {
		h := *m
		text := []byte(h.Linkname)
		switch {
		case h.Typeflag == tar.TypeSymlink:
			text = nil
		case h.Name == "zeros":
			h.Name, text = "samples/wal/00000001", make([]byte, 200<<20)
			h.Linkname, h.Size = "", int64(len(text))
		default:
			h.Linkname, h.Size = "", int64(len(text))
		}
		require.NoError(t, w.WriteHeader(&h))
		_, err := w.Write(text)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, zip.Close())
	return b.Bytes()
}

// text is a plain member; forge takes its text from Linkname.
func text(name, text string) *tar.Header {
	return &tar.Header{Name: name, Typeflag: tar.TypeReg, Linkname: text}
}

func TestArchivesThatNoWriterMakesAreRefused(t *testing.T) {
	begin := text(headerName, `{"format":1,"schema":2}`)
	sample := contents{tables: map[string]table{"a": {[]string{"x"}, [][]any{{"1"}}}}, files: map[string]string{"wal/00000001": "text"}}
	whole := archive(t, sample)
	for name, c := range map[string]struct {
		archive []byte
		text    string
	}{
		"nothing":                   {nil, "ends early"},
		"not compressed":            {[]byte("PK\x03\x04 a zip file, say"), "not compressed with zstd"},
		"another archive":           {forge(t, text("etc/passwd", "x")), `begins with "etc/passwd"`},
		"a newer format":            {forge(t, text(headerName, `{"format":2,"schema":1,"program":"v9"}`)), "use the newer hindcast v9"},
		"no format":                 {forge(t, text(headerName, `{}`)), "never were"},
		"a header of something":     {forge(t, text(headerName, `[`)), "cannot be read"},
		"no manifest":               {forge(t, begin), "ends early"},
		"the end is missing":        {whole[:len(whole)/2], "ends early"},
		"a manifest too long":       {forge(t, begin, text(manifestName, `{"members":[{"name":"samples/x"}]}`)), "0 members and its manifest lists 1"},
		"a manifest of other files": {forge(t, begin, text("samples/x", "1"), text(manifestName, `{"members":[{"name":"samples/x","size":1,"sha256":"00"}]}`)), "samples/x"},
		"more behind the manifest":  {forge(t, begin, text(manifestName, `{}`), text("samples/x", "1")), "goes on"},
		"a path that climbs":        {forge(t, begin, text("samples/../../x", "1")), "no place"},
		"an absolute path":          {forge(t, begin, text("/etc/passwd", "1")), "no place"},
		"a hidden file":             {forge(t, begin, text("samples/.x", "1")), "no place"},
		"a table with odd name":     {forge(t, begin, text("database/a;drop/000001", "1")), "no place"},
		"the same member twice":     {forge(t, begin, text("samples/x", "1"), text("samples/x", "1")), "twice"},
		"a link":                    {forge(t, begin, &tar.Header{Name: "samples/x", Typeflag: tar.TypeSymlink, Linkname: "/etc"}), "not a plain file"},
		"a sparse file":             {forge(t, begin, &tar.Header{Name: "samples/x", Typeflag: tar.TypeReg, PAXRecords: map[string]string{"HINDCAST.x": "1"}}), "which no backup has"},
		"a row that ends early":     {forge(t, begin, text("database/a/000001", "\x01\x01x\x03\x09ab")), "ends early"},
		"a value of no kind":        {forge(t, begin, text("database/a/000001", "\x01\x01x\x09")), "unknown kind 9"},
		"a table without columns":   {forge(t, begin, text("database/a/000001", "\x00")), "0 columns"},
		"zeros without end":         {forge(t, begin, text("zeros", "")), "unfolds to more than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := unfold(c.archive)
			require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, c.text)
		})
	}
}

func TestNoBitOfAnArchiveMayFlip(t *testing.T) {
	want := contents{tables: map[string]table{"a": {[]string{"x"}, [][]any{{"one"}, {int64(7)}}}}, files: map[string]string{"wal/00000001": "some text"}}
	whole := archive(t, want)
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 1 << (i % 8)
		if got, err := unfold(b); err == nil { // what does not matter to the container
			require.Equal(t, want, got, "byte %d", i)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(archive(f, contents{tables: map[string]table{"a": {[]string{"x"}, [][]any{{"1"}, {nil}}}}, files: map[string]string{"wal/00000001": "text"}}))
	f.Add(forge(f, text(headerName, `{"format":1,"schema":2}`), text("database/a/000001", "\x01\x01x\x04\x02ab\x05\x06\x00")))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := unfold(b)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
		}
	})
}

// FuzzRows looks behind the container's sums, which a fuzzer cannot guess.
func FuzzRows(f *testing.F) {
	for _, s := range []string{"\x01\x01x\x03\x02ab", "\x02\x01x\x01y\x01\x02\x02abcdefgh", "\x01\x01x\x04\x00\x05\x06\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		_, err := decodeRows(b, func(columns []string, row []any) (err error) {
			if again == nil {
				again = appendColumns(nil, columns)
			}
			again, err = appendRow(again, row)
			return err
		})
		if err != nil {
			require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
			return
		}
		if again != nil {
			n, err := decodeRows(again, func([]string, []any) error { return nil })
			require.NoError(t, err)
			require.Positive(t, n)
		}
	})
}

func TestAFileExistsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	list := func() (names []string) {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	f, err := Create(dir, header.CreatedAt)
	require.NoError(t, err)
	_, err = f.WriteString("half")
	require.NoError(t, err)
	require.NoFileExists(t, f.Path())
	f.Abandon()
	require.Empty(t, list())

	for _, text := range []string{"old", "new"} {
		f, err = Create(dir, header.CreatedAt)
		require.NoError(t, err)
		_, err = f.WriteString(text)
		require.NoError(t, err)
		require.NoError(t, f.Commit())
		require.Equal(t, []string{"hindcast-20260304T050607Z.tar.zst"}, list())
		got, err := os.ReadFile(f.Path())
		require.NoError(t, err)
		require.Equal(t, text, string(got))
	}
	info, err := os.Stat(f.Path())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	_, err = Create(filepath.Join(dir, "missing", "x"), header.CreatedAt)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	_, err = Create(os.DevNull, header.CreatedAt)
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}

func TestRowsOfAKindThatHasNoFormAreRefused(t *testing.T) {
	w, err := NewWriter(io.Discard, header)
	require.NoError(t, err)
	defer w.Abandon()
	require.ErrorContains(t, w.Row("a", []string{"x"}, []any{time.Now()}), "time.Time")
	require.ErrorContains(t, w.File("../x", 0, strings.NewReader("")), "cannot have")
	text, err := json.Marshal(Header{})
	require.NoError(t, err)
	require.Contains(t, string(text), `"schema"`)
}
