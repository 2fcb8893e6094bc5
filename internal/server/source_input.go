package server

import (
	"strings"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/source"
)

// sourceTypes are the types as the API spells them.
var sourceTypes = map[model.SourceType]string{
	model.SourceTypePrometheus: source.Prometheus, model.SourceTypeElasticsearch: source.Elasticsearch,
}

// definitionOf returns the valid definition that an input describes. Its first
// problem is an error at the field of the input.
func definitionOf(in model.SourceInput, saved *source.Definition) (source.Definition, error) {
	d := source.Definition{
		Name: in.Name, Type: sourceTypes[in.Type], URL: in.URL, Tenant: value(in.Tenant),
		Timeout: source.Duration(value(in.Timeout)), Concurrency: value(in.Concurrency),
		MaxResponse: int64(value(in.MaxResponse)), MaxSamples: int64(value(in.MaxSamples)),
		OnIncomplete: source.OnIncomplete(strings.ToLower(string(in.OnIncomplete))),
		Delay:        source.Duration(value(in.SettleDelay)), Overlap: source.Duration(value(in.Reread)),
	}
	for _, h := range in.Headers {
		if d.Headers == nil {
			d.Headers = map[string]string{}
		}
		if _, twice := d.Headers[h.Name]; twice {
			return d, fault.At("headers", fault.Invalidf("header %q is written twice", h.Name))
		}
		d.Headers[h.Name] = h.Value
	}
	if tls := in.TLS; tls != nil {
		d.TLS = source.TLS{
			CAFile: value(tls.CAFile), CertFile: value(tls.CertFile), KeyFile: value(tls.KeyFile),
			ServerName: value(tls.ServerName), InsecureSkipVerify: tls.InsecureSkipVerify,
		}
	}
	if err := authenticate(&d, in, saved); err != nil {
		return d, err
	}
	d, problems := d.Validate(source.Page)
	if len(problems) > 0 {
		p := problems[0]
		return d, fault.At(inputField(p.Field), fault.Invalidf("%s", p))
	}
	return d, nil
}

// authenticate sets how the source is told who asks. The secret that is saved
// stays only for the same address and the same way: whoever may change a source
// must not send a secret elsewhere that others meant for here.
func authenticate(d *source.Definition, in model.SourceInput, saved *source.Definition) error {
	env, file := value(in.SecretEnv), value(in.SecretFile)
	way := ways[in.Authentication]
	if saved != nil && env == "" && file == "" && saved.URL == d.URL && saved.TLS.InsecureSkipVerify == d.TLS.InsecureSkipVerify {
		if had, secret := saved.Authentication(); had == way {
			env, file = secret.Env, secret.File
		}
	}
	switch way {
	case source.Basic:
		d.BasicAuth = &source.BasicAuth{Username: value(in.Username), PasswordEnv: env, PasswordFile: file}
	case source.Bearer:
		d.BearerTokenEnv, d.BearerTokenFile = env, file
	case source.APIKey:
		d.APIKeyEnv, d.APIKeyFile = env, file
	case source.ClientCertificate:
		if d.TLS.CertFile == "" {
			return fault.At("tls.certFile", fault.Invalidf("the client certificate is missing: name its file and that of its key below secrets/ of the data directory"))
		}
		return nil
	default:
		return nil
	}
	if env == "" && file == "" {
		return fault.At("secretEnv", fault.Invalidf("the secret is missing: name the environment variable of the server (%s…) or the file that holds it", source.SecretPrefix))
	}
	return nil
}

// ways are the ways of authentication as definitions have them.
var ways = map[model.SourceAuthentication]source.Authentication{
	model.SourceAuthenticationBasic: source.Basic, model.SourceAuthenticationBearer: source.Bearer,
	model.SourceAuthenticationAPIKey: source.APIKey, model.SourceAuthenticationClientCertificate: source.ClientCertificate,
}

// inputFields are the fields of SourceInput for those of a definition, where they
// differ.
var inputFields = map[string]string{
	"basic_auth": "secretEnv", "basic_auth.username": "username", "basic_auth.password_env": "secretEnv", "basic_auth.password_file": "secretFile",
	"bearer_token_env": "secretEnv", "bearer_token_file": "secretFile", "api_key_env": "secretEnv", "api_key_file": "secretFile",
	"tls.ca_file": "tls.caFile", "tls.cert_file": "tls.certFile", "tls.key_file": "tls.keyFile", "tls": "tls.keyFile",
	"max_response_bytes": "maxResponseBytes", "max_samples": "maxSamples", "on_incomplete": "onIncomplete", "settle_delay": "settleDelay",
}

func inputField(field string) string {
	if name, ok := inputFields[field]; ok {
		return name
	}
	return field
}

// blamedField returns the field of an input that is to blame for a failed test,
// after that of the definition: who asks is written where the way to say so takes it.
func blamedField(in model.SourceInput, field string) string {
	switch certificate := in.Authentication == model.SourceAuthenticationClientCertificate; {
	case field == "authentication" && value(in.SecretFile) != "":
		return "secretFile"
	case field == "authentication" && ways[in.Authentication] != source.NoAuthentication && !certificate:
		return "secretEnv"
	case field == "tls.cert_file" && !certificate:
		return "authentication"
	}
	return inputField(field)
}

// value returns what p points to, the zero value for nil.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// given returns a pointer to v, nil for the zero value.
func given[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// interval returns a duration that was written, nil for none.
func interval(d source.Duration) *time.Duration { return given(time.Duration(d)) }
