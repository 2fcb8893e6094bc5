package slo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

func TestTextsAreShownAsTheyAreWritten(t *testing.T) {
	for name, c := range map[string]struct {
		text        string
		line, prose string // what the error says, "" for none
	}{
		"nothing":                        {"", "", ""},
		"words of many scripts":          {"Umzug – 移行 – הַעֲבָרָה 🚚 <b>=1+1'; DROP", "", ""},
		"several lines":                  {"a\r\n\tb", "U+000D", ""},
		"a NUL":                          {"a\x00b", "U+0000", "U+0000"},
		"a colour":                       {"a\x1b[31m", `"a\x1b[31m" has the control character U+001B in it: leave it out`, "U+001B"},
		"a colour in one byte of Latin":  {"a\u009b31m", "U+009B", "U+009B"},
		"a bell":                         {"\a", "U+0007", "U+0007"},
		"a delete":                       {"\x7f", "U+007F", "U+007F"},
		"a line of Unicode":              {"a\u2028b", "U+2028", "U+2028"},
		"a text that runs the other way": {"a\u202egnp.exe", "U+202E", "U+202E"},
		"an isolate":                     {"a\u2066b\u2069", "U+2066", "U+2066"},
		"half a character":               {"a\xc3", "not UTF-8", "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			for want, err := range map[*string]error{&c.line: slo.CheckLine(c.text), &c.prose: slo.CheckText(c.text)} {
				if *want == "" {
					require.NoError(t, err)
					continue
				}
				require.ErrorContains(t, err, *want)
				require.Equal(t, fault.Invalid, fault.KindOf(err))
				require.NoError(t, slo.CheckLine(err.Error()), "what is told of it can be shown")
			}
		})
	}
}
