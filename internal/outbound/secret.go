package outbound

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/hindcast/hindcast/internal/fault"
)

// maxSecret bounds what is read of a file: a wrong path should not be sent to a
// server.
const maxSecret = 16 << 10

// Secret is where a secret comes from: a file, a variable of the environment, or
// the program. It is read when it is used, so that it can be changed while the
// program runs, and shows itself nowhere.
type Secret struct {
	File string // whose content it is, without the line end
	Env  string // the name of a variable
	// literal is not exported, so that nothing decodes a secret into it.
	literal string
}

// Literal is a secret that the program holds.
func Literal(value string) Secret { return Secret{literal: value} }

// Given says whether there is a secret.
func (s Secret) Given() bool { return s != Secret{} }

// From says where the secret comes from, in words for users.
func (s Secret) From() string {
	switch {
	case s.File != "":
		return "file " + s.File
	case s.Env != "":
		return "environment " + s.Env
	case s.literal != "":
		return "the program"
	default:
		return ""
	}
}

const hidden = "[secret]"

// String hides the secret.
func (s Secret) String() string { return hidden }

// GoString hides the secret.
func (s Secret) GoString() string { return hidden }

// LogValue hides the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON hides the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(hidden) }

// MarshalYAML hides the secret.
func (s Secret) MarshalYAML() (any, error) { return hidden, nil }

// Read returns the secret as it is now; what names it in errors.
func (s Secret) Read(what string) (string, error) { return s.read(what) }

func (s Secret) validate(what string) error {
	if s.File != "" && s.Env != "" {
		return fault.Invalidf("the %s is to come from both file %s and environment %s: name one", what, quote(s.File), s.Env)
	}
	return nil
}

// read returns the secret; what names it in errors.
func (s Secret) read(what string) (string, error) {
	value := s.literal
	switch {
	case s.File != "":
		text, err := readSmall(s.File)
		if err != nil {
			return "", fault.Invalidf("the %s cannot be read: %w; write it into that file, readable to this server", what, err)
		}
		value = strings.TrimRight(text, "\r\n")
	case s.Env != "":
		value = os.Getenv(s.Env)
	}
	if value == "" {
		return "", fault.Invalidf("the %s is empty: set it in %s", what, s.From())
	}
	if !httpguts.ValidHeaderFieldValue(value) {
		return "", fault.Invalidf("the %s from %s has control characters, such as a line end in the middle: remove them", what, s.From())
	}
	return value, nil
}

func readSmall(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // nothing was written
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", err
	}
	if len(b) > maxSecret {
		return "", fmt.Errorf("file %s has more than %d bytes", path, maxSecret)
	}
	return string(b), nil
}
