package elasticsearch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"

	"github.com/hindcast/hindcast/slo"
)

// canonical is what a key is made from: what is measured, and nothing of how it
// was written. Fields may be added only with omitempty, or every history in
// every ledger is lost.
type canonical struct {
	Version int             `json:"v"`
	Kind    string          `json:"kind"`
	Source  string          `json:"source,omitempty"`
	Index   string          `json:"index"`
	Time    string          `json:"time"`
	Part    canonicalClause `json:"part"`
	Total   canonicalClause `json:"total"`
	Bad     bool            `json:"bad,omitempty"`
	By      []string        `json:"by,omitempty"`
	Empty   string          `json:"empty,omitempty"`
}

// canonicalClause is one form for all spellings of a clause.
type canonicalClause struct {
	Query  json.RawMessage `json:"query,omitempty"`
	Field  string          `json:"field,omitempty"`
	Counts uint8           `json:"counts,omitempty"`
	Op     slo.Op          `json:"op,omitempty"`
	Limit  string          `json:"limit,omitempty"`
}

func (c Clause) canonical() canonicalClause {
	out := canonicalClause{Query: c.Query, Field: c.Field, Counts: uint8(c.Counts)}
	if c.Counts == Compared {
		out.Op, out.Limit = c.Op, strconv.FormatFloat(c.Limit, 'g', -1, 64)
	}
	return out
}

// sameClause reports that two clauses count the same.
func sameClause(a, b Clause) bool { return bytes.Equal(marshal(a.canonical()), marshal(b.canonical())) }

// keyLength is the number of hexadecimal digits of a key: 96 bits, at which a
// million indicators collide with a probability of 10⁻¹⁷.
const keyLength = 24

// keyOf returns the key of an indicator, a hash of its canonical form.
func keyOf(in *Indicator) slo.IndicatorKey {
	c := canonical{
		Version: 1, Kind: "elasticsearch", Source: in.source, Index: in.Index, Time: in.Time,
		Part: in.Part.canonical(), Total: in.Total.canonical(), Bad: in.Bad, By: in.By,
	}
	if in.Empty != Auto {
		c.Empty = in.Empty.String()
	}
	sum := sha256.Sum256(marshal(c))
	return slo.IndicatorKey(hex.EncodeToString(sum[:])[:keyLength])
}

// marshal writes what always has a JSON form: texts, finite numbers, and JSON.
func marshal(v any) []byte {
	text, err := encode(v)
	if err != nil {
		panic(err)
	}
	return text
}

// encode writes JSON with sorted keys, and with < and > as people write them.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
