package sample

import "strings"

// Incomplete is returned by Select and Eval after everything was visited that
// the server had, when the server said that this may not be all: a store behind
// it did not answer, a limit cut the answer. What was visited is right as far as
// it goes, and is not to be taken for the whole.
type Incomplete struct {
	Warnings []string // as the server wrote them
}

// Error implements error.
func (e *Incomplete) Error() string {
	return "the server's answer is not complete: " + strings.Join(e.Warnings, "; ")
}

// TooWide is returned by Select when a selection has more series, samples or
// bytes than may be fetched. What was visited until then is worthless.
type TooWide struct {
	Limit string // which limit and its value, fit for a user: "more than 50,000 series"
}

// Error implements error.
func (e *TooWide) Error() string {
	return "the selection is too wide to fetch its raw samples: " + e.Limit
}
