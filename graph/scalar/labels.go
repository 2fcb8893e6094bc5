package scalar

import (
	"encoding/json"
	"io"

	"github.com/99designs/gqlgen/graphql"

	"github.com/hindcast/hindcast/internal/fault"
)

// Limits of a label set that is sent in; sources have no more labels either.
const (
	maxLabels     = 32
	maxLabelBytes = 1024
)

// MarshalLabels writes a label set as an object of strings with sorted keys.
func MarshalLabels(labels map[string]string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		if labels == nil {
			labels = map[string]string{}
		}
		text, err := json.Marshal(labels)
		if err != nil { // a map of strings always has a JSON form
			panic(err)
		}
		_, _ = w.Write(text)
	})
}

// UnmarshalLabels reads an object of strings.
func UnmarshalLabels(v any) (map[string]string, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return nil, fault.Invalidf("labels are an object of texts, such as {%q: %q}", "pod", "a")
	}
	if len(object) > maxLabels {
		return nil, fault.Invalidf("%d labels are more than the %d that are read", len(object), maxLabels)
	}
	labels := make(map[string]string, len(object))
	for name, value := range object {
		text, ok := value.(string)
		if !ok {
			return nil, fault.Invalidf("label %.64q is not a text", name)
		}
		if len(name)+len(text) > maxLabelBytes {
			return nil, fault.Invalidf("label %.64q is longer than %d bytes", name, maxLabelBytes)
		}
		labels[name] = text
	}
	return labels, nil
}
