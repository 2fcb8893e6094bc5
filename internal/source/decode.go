package source

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/fault"
)

// maxText bounds a definition before it is looked at.
const maxText = 64 << 10

// Parse reads a definition as JSON or YAML, strictly. It does not look at what
// the values mean; Validate does.
func Parse(text []byte) (Definition, error) {
	var d Definition
	if len(text) > maxText {
		return d, fault.Invalidf("the definition has %d bytes, more than %d", len(text), maxText)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&d); err != nil && !errors.Is(err, io.EOF) {
		return Definition{}, fault.Invalidf("%s", plainly(err))
	}
	return d, nil
}

// FromConnection reads the connectionDetails of a document of the kind
// DataSource, which has its name and type elsewhere.
func FromConnection(name, kind string, details map[string]any) (Definition, error) {
	for _, key := range []string{"name", "type"} {
		if _, ok := details[key]; ok {
			return Definition{}, fault.Invalidf("connectionDetails has the key %q, which stands elsewhere in the document: take it away", key)
		}
	}
	text, err := yaml.Marshal(details)
	if err != nil {
		return Definition{}, err
	}
	d, err := Parse(text)
	d.Name, d.Type = name, kind
	return d, err
}

var (
	unknownKey = regexp.MustCompile(`field (.+) not found in type source\.\w+`)
	wrongValue = regexp.MustCompile(`cannot unmarshal !!\w+( .*)? into \S+`)
	atLine     = regexp.MustCompile(`^line \d+: `)
)

// plainly rewrites what the YAML library says about Go's types. Lines are those
// of a text that nobody wrote.
func plainly(err error) string {
	e, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return strings.TrimPrefix(err.Error(), "yaml: ")
	}
	var texts []string
	for _, text := range e.Errors {
		text = atLine.ReplaceAllString(text, "")
		text = unknownKey.ReplaceAllString(text, `key "$1" is not known`)
		texts = append(texts, wrongValue.ReplaceAllString(text, `the value$1 is of the wrong kind`))
	}
	slices.Sort(texts)
	text := strings.Join(slices.Compact(texts), "; ")
	if strings.Contains(text, "is not known") {
		text += "; known are " + strings.Join(slices.Sorted(maps.Keys(keysOf(Definition{}))), ", ")
	}
	return text
}

// keysOf lists the keys that a definition can have.
func keysOf(d Definition) map[string]any {
	text, err := yaml.Marshal(d)
	if err != nil { // it is made of strings, numbers and booleans
		panic(err)
	}
	keys := map[string]any{}
	if err := yaml.Unmarshal(text, &keys); err != nil {
		panic(err)
	}
	return keys
}
