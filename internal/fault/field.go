package fault

import "errors"

// misplaced is an error that one field of an input is to blame for.
type misplaced struct {
	error
	field string
}

func (m misplaced) Unwrap() error { return m.error }

// At returns err, noting the field of the input that is to blame: a form shows
// it there. The text and the kind stay as they are; nil stays nil.
func At(field string, err error) error {
	if err == nil {
		return nil
	}
	return misplaced{err, field}
}

// FieldOf returns the field that is to blame for err, "" if none is known.
func FieldOf(err error) string {
	if m, ok := errors.AsType[misplaced](err); ok {
		return m.field
	}
	return ""
}
