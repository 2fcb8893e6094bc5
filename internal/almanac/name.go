package almanac

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/hindcast/hindcast/internal/fault"
)

// maxName is the length of a DNS label.
const maxName = 63

var label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// nameFor returns the name that somebody asked for, or one made of the title that
// is not taken.
func nameFor(asked, title, otherwise string, taken func(string) bool) (string, error) {
	if asked != "" {
		if !label.MatchString(asked) {
			return "", fault.Invalidf("name %.80q is not made of at most %d lower-case letters, digits and inner dashes: leave it empty and it is made of the title", asked, maxName)
		}
		return asked, nil
	}
	base := Slug(title, maxName)
	if base == "" {
		base = otherwise
	}
	name := base
	for n := 2; taken(name); n++ {
		end := fmt.Sprintf("-%d", n)
		name = strings.TrimRight(base[:min(len(base), maxName-len(end))], "-") + end
	}
	return name, nil
}

// Slug returns what a text can give to a DNS label of at most most bytes: letters
// without their accents, digits, and dashes between them; "" if nothing is left.
func Slug(text string, most int) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(text) {
		switch r = unicode.ToLower(r); {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case !unicode.Is(unicode.Mn, r):
			gap = true
		}
		if b.Len() >= most {
			break
		}
	}
	return strings.TrimRight(b.String()[:min(b.Len(), most)], "-")
}
