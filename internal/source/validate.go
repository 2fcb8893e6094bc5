package source

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/outbound"
)

// Problem is what is wrong with one field of a definition. Text names the value
// and the remedy.
type Problem struct {
	Field string // as it is written, "tls.ca_file"; "" for the whole
	Text  string
}

// String returns the problem with its field in front.
func (p Problem) String() string {
	if p.Field == "" {
		return p.Text
	}
	return p.Field + ": " + p.Text
}

// EmbeddedName is what the source inside Hindcast is called; no other may be.
const EmbeddedName = "embedded"

// SecretPrefix begins the names of the variables of the environment that
// definitions may name which did not come from the configuration file: whoever
// may connect a source may not send any other variable of the server to it.
const SecretPrefix = "HINDCAST_SECRET_"

var name = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// checker collects problems.
type checker struct{ problems []Problem }

func (c *checker) add(field, format string, args ...any) {
	c.problems = append(c.problems, Problem{field, fmt.Sprintf(format, args...)})
}

// refuse notes a problem if it is one.
func (c *checker) refuse(is bool, field, format string, args ...any) {
	if is {
		c.add(field, format, args...)
	}
}

// Validate returns every problem of a definition that came from a place, and the
// definition with its type as the constants spell it.
func (d Definition) Validate(from Kind) (Definition, []Problem) {
	c := &checker{}
	c.refuse(!name.MatchString(d.Name), "name", "%q is not made of at most 63 lower-case letters, digits and inner dashes", d.Name)
	c.refuse(d.Name == EmbeddedName, "name", "%q is the name of the source inside Hindcast: choose another", d.Name)
	d.Type = c.kind(d.Type)
	if d.URL == "" {
		c.add("url", "is missing: write the address of the server, for example http://prometheus:9090")
	} else if _, err := outbound.ParseURL(d.URL); err != nil {
		c.add("url", "%v", err)
	}
	c.authentication(d)
	c.limits(d)
	if d.Type == Elasticsearch {
		c.refuse(d.OnIncomplete == Estimate, "on_incomplete", "%s has no answer in part that could be estimated from: leave it out", d.Type)
		c.refuse(d.MaxSamples > 0, "max_samples", "%s counts by itself and sends no samples: leave it out", d.Type)
	}
	if from != Config {
		c.secrets(d)
	}
	if len(c.problems) == 0 {
		c.client(d)
	}
	return d, c.problems
}

// kind returns the type as the constants spell it.
func (c *checker) kind(text string) string {
	for _, known := range []string{Prometheus, Elasticsearch} {
		if strings.EqualFold(text, known) {
			return known
		}
	}
	c.add("type", "%q is neither %s nor %s", text, Prometheus, Elasticsearch)
	return text
}

// authentication checks that there is one way at most, and that it is whole.
func (c *checker) authentication(d Definition) {
	ways := 0
	for _, given := range []bool{d.BasicAuth != nil, d.BearerTokenEnv+d.BearerTokenFile != "", d.APIKeyEnv+d.APIKeyFile != ""} {
		if given {
			ways++
		}
	}
	c.refuse(ways > 1, "", "more than one of basic_auth, bearer_token_* and api_key_* is written: keep one")
	if b := d.BasicAuth; b != nil {
		c.refuse(b.Username == "", "basic_auth.username", "is missing")
		c.oneOf("basic_auth.password", b.PasswordEnv, b.PasswordFile)
		c.refuse(b.PasswordEnv+b.PasswordFile == "", "basic_auth", "has no password: write password_env or password_file")
	}
	c.oneOf("bearer_token", d.BearerTokenEnv, d.BearerTokenFile)
	c.oneOf("api_key", d.APIKeyEnv, d.APIKeyFile)
	c.refuse((d.TLS.CertFile == "") != (d.TLS.KeyFile == ""), "tls", "a client certificate needs both cert_file and key_file")
	c.refuse(d.Tenant != "" && d.Headers[tenantHeader] != "", "headers", "%s is written as tenant as well: keep one", tenantHeader)
}

func (c *checker) oneOf(field, env, file string) {
	c.refuse(env != "" && file != "", field+"_env", "both %s_env and %s_file are written: keep one", field, field)
}

// Bounds of what makes sense. A minute that is read an hour after its end is of
// no use to an alert; a day read again each minute is a thousandfold of the cost.
const (
	maxTimeout     = 10 * time.Minute
	maxConcurrency = 64
	maxDelay       = time.Hour
	maxOverlap     = 24 * time.Hour
)

func (c *checker) limits(d Definition) {
	c.between("timeout", d.Timeout, maxTimeout)
	c.between("settle_delay", d.Delay, maxDelay)
	c.between("reread", d.Overlap, maxOverlap)
	c.refuse(d.Concurrency < 0 || d.Concurrency > maxConcurrency, "concurrency", "%d is not between 1 and %d", d.Concurrency, maxConcurrency)
	c.refuse(d.MaxResponse < 0, "max_response_bytes", "%d is negative", d.MaxResponse)
	c.refuse(d.MaxSamples < 0, "max_samples", "%d is negative", d.MaxSamples)
	c.refuse(!slices.Contains([]OnIncomplete{"", Gap, Estimate}, d.OnIncomplete), "on_incomplete", "%q is neither %s nor %s", d.OnIncomplete, Gap, Estimate)
}

func (c *checker) between(field string, d Duration, most time.Duration) {
	c.refuse(d < 0 || time.Duration(d) > most, field, "%s is not between 0s and %s", d, most)
}

// secrets checks what only the configuration file may name otherwise.
func (c *checker) secrets(d Definition) {
	basic := BasicAuth{}
	if d.BasicAuth != nil {
		basic = *d.BasicAuth
	}
	for _, v := range [][2]string{
		{"basic_auth.password_env", basic.PasswordEnv}, {"bearer_token_env", d.BearerTokenEnv}, {"api_key_env", d.APIKeyEnv},
	} {
		c.refuse(v[1] != "" && !strings.HasPrefix(v[1], SecretPrefix), v[0],
			"variable %q does not begin with %s; name it so, or define the source in hindcast.yaml", v[1], SecretPrefix)
	}
	for _, v := range [][2]string{
		{"basic_auth.password_file", basic.PasswordFile},
		{"bearer_token_file", d.BearerTokenFile},
		{"api_key_file", d.APIKeyFile},
		{"tls.ca_file", d.TLS.CAFile},
		{"tls.cert_file", d.TLS.CertFile},
		{"tls.key_file", d.TLS.KeyFile},
	} {
		c.refuse(v[1] != "" && !filepath.IsLocal(v[1]), v[0],
			"file %q is not below secrets/ of the data directory; put it there and write its name, or define the source in hindcast.yaml", v[1])
	}
}

// client lets the client judge what is left, the headers. Files are looked at when
// the source is opened: one that comes later is no reason to refuse.
func (c *checker) client(d Definition) {
	o := d.options()
	o.TLS, o.Now = outbound.TLS{}, func() time.Time { return time.Time{} }
	client, err := outbound.New(o)
	if err != nil {
		c.add(fieldOf(err), "%v", err)
		return
	}
	client.Close()
}

// fieldOf names the field that a refusal of the client is about.
func fieldOf(err error) string {
	if strings.HasPrefix(err.Error(), "header ") {
		return "headers"
	}
	return ""
}
