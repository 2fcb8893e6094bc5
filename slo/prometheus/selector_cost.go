package prometheus

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Limits on the text of a query. The PromQL parser takes time in the square of
// the nesting, and compiles every regular expression at once: 8 KiB of minus
// signs cost a second, 4 KiB of .{999} some hundred megabytes. A query within
// these limits costs milliseconds.
const (
	// MaxQuery is the longest query that is read, in bytes.
	MaxQuery = 4096
	// maxMarks bounds operators, brackets and commas outside of quotes.
	maxMarks = 400
	// maxPatterns bounds the matchers with regular expressions.
	maxPatterns = 50
	// maxRepeats bounds the sum of the counts in repetitions such as x{3}.
	maxRepeats = 1000
)

// tooCostly says why a query is not given to the parser, "" if it is.
func tooCostly(text string) string {
	if len(text) > MaxQuery {
		return fmt.Sprintf("the query has %d bytes, at most %d are read", len(text), MaxQuery)
	}
	if n := countMarks(text); n > maxMarks {
		return fmt.Sprintf("the query has %d operators, brackets and commas, at most %d are read", n, maxMarks)
	}
	if n := strings.Count(text, "=~") + strings.Count(text, "!~"); n > maxPatterns {
		return fmt.Sprintf("the query has %d regular expressions, at most %d are read", n, maxPatterns)
	}
	if n := countRepeats(text); n > maxRepeats {
		return fmt.Sprintf("the regular expressions of the query repeat things %d times, at most %d are read", n, maxRepeats)
	}
	return ""
}

// countMarks counts what can make the parser nest, outside of quotes.
func countMarks(text string) int {
	n := 0
	var quote byte
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case quote != 0 && b == '\\' && quote != '`':
			i++ // whatever it is, it does not end the quotes
		case b == quote:
			quote = 0
		case quote != 0:
		case b == '"' || b == '\'' || b == '`':
			quote = b
		case strings.IndexByte("()[]{}+-*/%^<>=!,:@", b) >= 0:
			n++
		}
	}
	return n
}

var repeat = regexp.MustCompile(`\{([0-9]{1,6})(?:,([0-9]{0,6}))?\}`)

// countRepeats adds up the counts of repetitions.
func countRepeats(text string) int {
	sum := 0
	for _, m := range repeat.FindAllStringSubmatch(text, -1) {
		least, _ := strconv.Atoi(m[1]) // at most six digits
		most, _ := strconv.Atoi(m[2])  // the same, or nothing, which is 0
		sum += max(least, most)
	}
	return sum
}
