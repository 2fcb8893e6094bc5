package slo

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hindcast/hindcast/internal/fault"
)

// Obeyed reports whether terminals, logs or pages obey a character instead of
// showing it: control characters, breaks of lines, and the marks that show text
// in another order than it is written in, by which a name looks like another one.
func Obeyed(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

// CheckLine refuses a text of one line that cannot be shown as it is written.
func CheckLine(text string) error { return checkText(text, "") }

// CheckText refuses a text of several lines that cannot.
func CheckText(text string) error { return checkText(text, "\n\r\t") }

// checkText refuses characters that are obeyed, except those allowed.
func checkText(text, allowed string) error {
	if !utf8.ValidString(text) {
		return fault.Invalidf("%.60q is not UTF-8: write it in that encoding", text)
	}
	for _, r := range text {
		if Obeyed(r) && !strings.ContainsRune(allowed, r) {
			return fault.Invalidf("%.60q has the control character %U in it: leave it out", text, r)
		}
	}
	return nil
}
