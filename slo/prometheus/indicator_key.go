package prometheus

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/slo"
)

// canonical is what a key is made from: what is measured, and nothing of how it
// was written. Fields may be added only with omitempty, or every history in
// every ledger is lost.
type canonical struct {
	Version int      `json:"v"`
	Source  string   `json:"source,omitempty"`
	Form    uint8    `json:"form"`
	Good    string   `json:"good,omitempty"`
	Bad     string   `json:"bad,omitempty"`
	Total   string   `json:"total,omitempty"`
	Value   string   `json:"value,omitempty"`
	By      []string `json:"by,omitempty"`
	First   string   `json:"first,omitempty"`
	Latency string   `json:"latency,omitempty"`
	Op      slo.Op   `json:"op,omitempty"`
	Limit   string   `json:"limit,omitempty"`
	Failure bool     `json:"failure,omitempty"`
	Tenant  string   `json:"tenant,omitempty"`
}

// keyLength is the number of hexadecimal digits of a key: 96 bits, at which a
// million indicators collide with a probability of 10⁻¹⁷.
const keyLength = 24

// keyOf returns the key of an indicator, a hash of its canonical form.
func keyOf(in *Indicator) slo.IndicatorKey {
	c := canonical{
		Version: 1,
		Source:  in.source,
		Form:    uint8(in.Form),
		Good:    canonicalExpr(in.Good),
		Bad:     canonicalExpr(in.Bad),
		Total:   canonicalExpr(in.Total),
		Value:   canonicalExpr(in.Value),
		By:      in.By,
		Failure: in.Failure,
		Tenant:  in.Tenant,
	}
	switch in.Form {
	case Threshold:
		c.Op, c.Limit = in.Op, strconv.FormatFloat(in.Limit, 'g', -1, 64)
	case Latency:
		c.Latency = strconv.FormatFloat(in.Latency, 'g', -1, 64)
	}
	if in.First != Auto {
		c.First = in.First.String()
	}
	text, err := json.Marshal(c)
	if err != nil { // strings, numbers and booleans always have a JSON form
		panic(err)
	}
	sum := sha256.Sum256(text)
	return slo.IndicatorKey(hex.EncodeToString(sum[:])[:keyLength])
}

// canonicalExpr returns one text for all spellings of an expression. Those of
// selectors depend on this package alone; an expression for the server is
// written as the PromQL parser prints it, and TestAKeyIsForEver watches that.
func canonicalExpr(e Expr) string {
	if e.Server != nil {
		return "server " + e.Server.String()
	}
	var b strings.Builder
	for _, t := range e.Terms {
		if t.Sign < 0 {
			b.WriteByte('-')
		} else {
			b.WriteByte('+')
		}
		b.WriteString(canonicalSelector(t.Matchers))
	}
	return b.String()
}

// canonicalSelector returns one text for canonical matchers.
func canonicalSelector(matchers []*labels.Matcher) string {
	var b strings.Builder
	b.WriteByte('{')
	for _, m := range matchers {
		b.WriteString(strconv.Quote(m.Name) + m.Type.String() + strconv.Quote(m.Value) + ",")
	}
	b.WriteByte('}')
	return b.String()
}
