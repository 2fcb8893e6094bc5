package server

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/hindcast/hindcast/internal/fault"
)

// readJSON decodes one JSON object. Keys that are not known belong to the sender.
func readJSON(body []byte, into any) error {
	if !utf8.Valid(body) {
		return fault.Invalidf("the body is not UTF-8: send it in that encoding")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	err := decoder.Decode(into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fault.At(wrong.Field, fault.Invalidf("%s is a JSON %s: it has to be a %s", cmp.Or(wrong.Field, "the body"), wrong.Value, jsonKind(wrong.Type.Kind().String())))
	}
	if err != nil {
		return fault.Invalidf("the body is not a JSON object: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fault.Invalidf("the body goes on after its JSON object: send one deploy at a time")
	}
	if name := twice(json.NewDecoder(bytes.NewReader(body))); name != "" {
		return fault.Invalidf("the key %.60q is in one object twice, and one of the two would be lost: send it once", name)
	}
	return nil
}

// twice returns a key that an object of a JSON value has twice, "" if none has.
// The value was decoded before, which bounds how deep it nests.
func twice(decoder *json.Decoder) string {
	token, _ := decoder.Token()
	open, is := token.(json.Delim)
	if !is {
		return ""
	}
	seen := map[string]bool{}
	for decoder.More() {
		if open == '{' {
			key, _ := decoder.Token()
			name, _ := key.(string)
			if seen[name] {
				return name
			}
			seen[name] = true
		}
		if name := twice(decoder); name != "" {
			return name
		}
	}
	_, _ = decoder.Token() // what closes it
	return ""
}

// jsonKind names a kind of Go as senders know it.
func jsonKind(kind string) string {
	switch kind {
	case "slice":
		return "list of texts"
	case "map", "struct":
		return "JSON object"
	case "int64":
		return "whole number"
	default:
		return "text"
	}
}
