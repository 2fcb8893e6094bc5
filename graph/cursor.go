package graph

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/hindcast/hindcast/internal/fault"
)

// place is where an item stands in a list: by Sort, and among equals by ID.
type place struct{ Sort, ID string }

// compare orders places.
func (p place) compare(o place) int {
	if c := strings.Compare(p.Sort, o.Sort); c != 0 {
		return c
	}
	return strings.Compare(p.ID, o.ID)
}

// Kinds of lists; a cursor of one is refused by the others.
const (
	sloList        = "slo"
	serviceList    = "service"
	groupList      = "group"
	sourceList     = "source"
	exclusionList  = "exclusion"
	annotationList = "annotation"
	auditList      = "audit"
	slaList        = "sla"
	statementList  = "statement"
	alertList      = "alert"
	documentList   = "document"
)

// maxCursor is longer than any cursor that is given out: label sets are bounded.
const maxCursor = 8 << 10

// cursor writes a place as an opaque text: a check sum and a JSON list of the
// kind, the sort value and the id. It is not a secret and grants nothing; it is
// read as any other input is.
func cursor(kind string, p place) string {
	text, err := json.Marshal([]string{kind, p.Sort, p.ID})
	if err != nil { // a list of strings always has a JSON form
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(append(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(text)), text...))
}

// placeOf reads a cursor. Anything that cursor did not write for a list of that
// kind is fault.Invalid.
func placeOf(kind, text string) (place, error) {
	bad := fault.Invalidf("cursor %.40q was not given out for this list; start without one", text)
	if len(text) > maxCursor {
		return place{}, bad
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < 4 || binary.BigEndian.Uint32(raw) != crc32.ChecksumIEEE(raw[4:]) || !utf8.Valid(raw[4:]) {
		return place{}, bad
	}
	var parts []string
	if err := json.Unmarshal(raw[4:], &parts); err != nil || len(parts) != 3 || parts[0] != kind {
		return place{}, bad
	}
	p := place{Sort: parts[1], ID: parts[2]}
	if cursor(kind, p) != text { // another spelling of the same place
		return place{}, bad
	}
	return p, nil
}

// sortable writes a number so that texts compare as the numbers do; absent
// numbers come last. NaN counts as absent.
func sortable(v *float64) string {
	const digits = "0123456789abcdef"
	if v == nil || math.IsNaN(*v) {
		return "~"
	}
	bits := math.Float64bits(*v + 0) // -0 is 0
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	var text [16]byte
	for i := range text {
		text[i] = digits[bits>>(60-4*i)&15]
	}
	return string(text[:])
}
