package backup

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/hindcast/hindcast/internal/fault"
)

// A part of a table is
//
//	columns  uvarint(count), then each name as text
//	rows     for each row and column a kind and the value, to the end
//
// A text is uvarint(bytes) and the bytes; an integer is zigzag in a uvarint; a
// float its eight bytes, lowest first.

// The kinds of values, which are those that database/sql hands out.
const (
	kindNull = iota
	kindInt
	kindFloat
	kindText
	kindBytes
	kindFalse
	kindTrue
)

// maxColumns bounds what a row allocates.
const maxColumns = 256

func appendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendColumns(b []byte, columns []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(columns)))
	for _, c := range columns {
		b = appendText(b, c)
	}
	return b
}

// appendRow appends the values of one row.
func appendRow(b []byte, row []any) ([]byte, error) {
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			b = append(b, kindNull)
		case int64:
			b = binary.AppendVarint(append(b, kindInt), v)
		case float64:
			b = binary.LittleEndian.AppendUint64(append(b, kindFloat), math.Float64bits(v))
		case string:
			b = appendText(append(b, kindText), v)
		case []byte:
			b = appendText(append(b, kindBytes), v)
		case bool:
			b = append(b, kindFalse)
			if v {
				b[len(b)-1] = kindTrue
			}
		default:
			return nil, fmt.Errorf("a value of type %T has no form in a backup", v)
		}
	}
	return b, nil
}

// decoder reads a part; after the first error it returns zeros.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fault.Invalidf(format, args...)
	}
	d.b = nil
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.fail("a row ends early")
		return nil
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail("a row ends early")
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail("a row ends early")
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) columns() []string {
	n := d.uvarint()
	if n == 0 || n > maxColumns {
		d.fail("a table has %d columns", n)
		return nil
	}
	columns := make([]string, n)
	for i := range columns {
		columns[i] = string(d.take(d.uvarint()))
	}
	return columns
}

func (d *decoder) value() any {
	kind := d.take(1)
	if d.err != nil {
		return nil
	}
	switch kind[0] {
	case kindNull:
		return nil
	case kindInt:
		return d.varint()
	case kindFloat:
		b := d.take(8)
		if b == nil {
			return nil
		}
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case kindText:
		return string(d.take(d.uvarint()))
	case kindBytes:
		return append([]byte{}, d.take(d.uvarint())...)
	case kindFalse, kindTrue:
		return kind[0] == kindTrue
	default:
		d.fail("a value has the unknown kind %d", kind[0])
		return nil
	}
}

// decodeRows calls visit for each row of a part; columns and row are its to keep.
func decodeRows(part []byte, visit func(columns []string, row []any) error) (n int64, err error) {
	d := &decoder{b: part}
	columns := d.columns()
	for d.err == nil && len(d.b) > 0 {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = d.value()
		}
		if d.err != nil {
			break
		}
		if err := visit(columns, row); err != nil {
			return n, err
		}
		n++
	}
	return n, d.err
}
