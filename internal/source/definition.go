package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/outbound"
)

// The types of sources, as definitions write them.
const (
	Prometheus    = "Prometheus"
	Elasticsearch = "Elasticsearch"
)

// Definition says where a source is and how it is asked. The names of its keys
// are the same in every place that it can be written; zero values mean what the
// source does by itself. It holds no secret.
type Definition struct {
	Name string `yaml:"name" json:"name"`
	Type string `yaml:"type" json:"type"` // see the constants; case does not matter
	URL  string `yaml:"url" json:"url"`   // with the path in front of the API, if there is one
	// Tenant is sent as X-Scope-OrgID, by which Mimir, Cortex and Loki tell tenants
	// apart.
	Tenant  string            `yaml:"tenant" json:"tenant,omitempty"`
	Headers map[string]string `yaml:"headers" json:"headers,omitempty"`

	BasicAuth       *BasicAuth `yaml:"basic_auth" json:"basic_auth,omitempty"`
	BearerTokenEnv  string     `yaml:"bearer_token_env" json:"bearer_token_env,omitempty"`
	BearerTokenFile string     `yaml:"bearer_token_file" json:"bearer_token_file,omitempty"`
	APIKeyEnv       string     `yaml:"api_key_env" json:"api_key_env,omitempty"`
	APIKeyFile      string     `yaml:"api_key_file" json:"api_key_file,omitempty"`
	TLS             TLS        `yaml:"tls" json:"tls,omitzero"`

	Timeout     Duration `yaml:"timeout" json:"timeout,omitzero"`                        // of one request
	Concurrency int      `yaml:"concurrency" json:"concurrency,omitempty"`               // requests at a time
	MaxResponse int64    `yaml:"max_response_bytes" json:"max_response_bytes,omitempty"` // of one answer
	MaxSamples  int64    `yaml:"max_samples" json:"max_samples,omitempty"`               // of one selection
	// OnIncomplete says what becomes of minutes of which the server says that its
	// answer may not be all.
	OnIncomplete OnIncomplete `yaml:"on_incomplete" json:"on_incomplete,omitempty"`
	Delay        Duration     `yaml:"settle_delay" json:"settle_delay,omitzero"` // after the end of a minute
	Overlap      Duration     `yaml:"reread" json:"reread,omitzero"`             // that each cycle reads again
}

// BasicAuth is a user and where its password is read from.
type BasicAuth struct {
	Username     string `yaml:"username" json:"username"`
	PasswordEnv  string `yaml:"password_env" json:"password_env,omitempty"`
	PasswordFile string `yaml:"password_file" json:"password_file,omitempty"`
}

// TLS says how the server is recognised and which certificate it is shown.
type TLS struct {
	CAFile             string `yaml:"ca_file" json:"ca_file,omitempty"`
	CertFile           string `yaml:"cert_file" json:"cert_file,omitempty"`
	KeyFile            string `yaml:"key_file" json:"key_file,omitempty"`
	ServerName         string `yaml:"server_name" json:"server_name,omitempty"`
	InsecureSkipVerify bool   `yaml:"insecure_skip_verify" json:"insecure_skip_verify,omitempty"`
}

// OnIncomplete is what becomes of an answer that may not be all.
type OnIncomplete string

// The choices. "" is Gap: what may be missing is not counted.
const (
	Gap      OnIncomplete = "gap"      // the minutes stay gaps until the answer is whole
	Estimate OnIncomplete = "estimate" // the minutes are kept and marked as estimated
)

// Duration is a time.Duration that is written as one: 90s, 2m.
type Duration time.Duration

// String returns the duration as Go writes it.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalYAML implements yaml.Unmarshaler. Its error has the line and joins
// those of the other fields.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := time.ParseDuration(node.Value)
	if err != nil {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: duration %q is not one: write for example 30s or 2m", node.Line, node.Value)}}
	}
	*d = Duration(parsed)
	return nil
}

// Equal reports whether both say the same.
func (d Definition) Equal(o Definition) bool { return reflect.DeepEqual(d, o) }

// Differences names the keys that differ, as JSON spells them, sorted.
func (d Definition) Differences(o Definition) (keys []string) {
	here, there := d.fields(), o.fields()
	for key := range here {
		if _, ok := there[key]; !ok {
			keys = append(keys, key)
		}
	}
	for key, value := range there {
		if !bytes.Equal(here[key], value) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// fields returns the JSON of each key that is set.
func (d Definition) fields() (all map[string]json.RawMessage) {
	if err := json.Unmarshal(d.JSON(), &all); err != nil { // it was written a moment ago
		panic(err)
	}
	return all
}

// JSON returns the definition as it is kept.
func (d Definition) JSON() []byte {
	text, err := json.Marshal(d)
	if err != nil { // strings, numbers and booleans always have a JSON form
		panic(err)
	}
	return text
}

// Authentication is the way in which a source is told who asks.
type Authentication string

// The ways, at most one of which a definition uses.
const (
	NoAuthentication  Authentication = ""
	Basic             Authentication = "basic_auth"
	Bearer            Authentication = "bearer_token"
	APIKey            Authentication = "api_key"
	ClientCertificate Authentication = "client certificate"
)

// Authentication returns the way and the secret that it takes.
func (d Definition) Authentication() (Authentication, outbound.Secret) {
	switch {
	case d.BasicAuth != nil:
		return Basic, outbound.Secret{Env: d.BasicAuth.PasswordEnv, File: d.BasicAuth.PasswordFile}
	case d.BearerTokenEnv != "" || d.BearerTokenFile != "":
		return Bearer, outbound.Secret{Env: d.BearerTokenEnv, File: d.BearerTokenFile}
	case d.APIKeyEnv != "" || d.APIKeyFile != "":
		return APIKey, outbound.Secret{Env: d.APIKeyEnv, File: d.APIKeyFile}
	case d.TLS.CertFile != "":
		return ClientCertificate, outbound.Secret{}
	default:
		return NoAuthentication, outbound.Secret{}
	}
}
