package scalar

import (
	"io"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// MarshalAmount writes an amount of budget to the digit, up to six of them
// behind the point.
func MarshalAmount(a slo.Amount) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, amountText(a)) })
}

// amountText returns the exact decimal.
func amountText(a slo.Amount) string {
	text, sign, micro := strconv.FormatInt(int64(a), 10), "", len("000000")
	if a < 0 {
		sign, text = "-", text[1:]
	}
	for len(text) <= micro {
		text = "0" + text
	}
	whole, rest := text[:len(text)-micro], text[len(text)-micro:]
	for len(rest) > 0 && rest[len(rest)-1] == '0' {
		rest = rest[:len(rest)-1]
	}
	if rest == "" {
		return sign + whole
	}
	return sign + whole + "." + rest
}

// UnmarshalAmount refuses an amount: nobody sends any.
func UnmarshalAmount(any) (slo.Amount, error) {
	return 0, fault.Invalidf("amounts of budget are computed, not sent")
}
