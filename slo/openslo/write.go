package openslo

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Write writes documents as YAML, in their order. What was read from a file and
// is written so is read again with every field as it was; comments, aliases and
// the order of keys are lost.
func Write(w io.Writer, documents []Document) error {
	if len(documents) == 0 {
		return nil
	}
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	for _, d := range documents {
		if err := e.Encode(d); err != nil {
			return fmt.Errorf("%s %s cannot be written: %w", d.Kind, quote(d.Metadata.Name), err)
		}
	}
	return e.Close()
}

// Text returns documents as Write writes them.
func Text(documents ...Document) (string, error) {
	var b bytes.Buffer
	err := Write(&b, documents)
	return b.String(), err
}

// Fields returns every field of a document by its path, such as
// "spec.objectives[0].target", as text; but for its Provenance, which is about the
// document.
func (d Document) Fields() (map[string]string, error) {
	var n yaml.Node
	if err := n.Encode(d); err != nil {
		return nil, fmt.Errorf("%s %s cannot be compared: %w", d.Kind, quote(d.Metadata.Name), err)
	}
	fields := make(map[string]string)
	flatten(fields, "", valueOf(&n))
	for _, key := range []string{AnnotationSource, AnnotationDigest} {
		delete(fields, "metadata.annotations."+key)
	}
	return fields, nil
}

// flatten adds the fields below v.
func flatten(fields map[string]string, path string, v value) {
	switch {
	case v.is(yaml.MappingNode):
		for k, item := range v.pairs() {
			name := k.node.Value
			if path != "" {
				name = path + "." + name
			}
			flatten(fields, name, item)
		}
	case v.is(yaml.SequenceNode):
		for i, item := range v.items() {
			flatten(fields, path+"["+strconv.Itoa(i)+"]", item)
		}
	default:
		fields[path] = v.node.Value
	}
}
