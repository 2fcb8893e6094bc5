package source

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/elasticsearch"
	"github.com/hindcast/hindcast/slo/prometheus"
	"github.com/hindcast/hindcast/slo/prometheus/remote"
)

// Opened is a source that can be asked.
type Opened struct {
	Source slo.Source // may be a slo.Prober, a slo.Pacer and a collector.Later
	Cost   func() outbound.Cost
	Close  func()
}

// Opener opens a source; nothing is asked yet. Errors are faults.
type Opener interface {
	Open(Entry) (Opened, error)
}

// Real opens sources over HTTP.
type Real struct {
	Policy  outbound.Policy
	Secrets string // the folder of the files that definitions name by relative paths
	Now     func() time.Time
}

var _ Opener = Real{}

// Open implements Opener.
func (r Real) Open(e Entry) (Opened, error) {
	open := kinds[e.Definition.Type]
	if open == nil {
		return Opened{}, fault.Invalidf("source %q is of the type %q, which this hindcast cannot ask", e.Definition.Name, e.Definition.Type)
	}
	client, err := r.Client(e)
	if err != nil {
		return Opened{}, err
	}
	return Opened{Source: open(e.Definition, client, r.Now), Cost: client.Cost, Close: client.Close}, nil
}

// Client returns the HTTP client for a server that is defined as sources are.
func (r Real) Client(e Entry) (*outbound.Client, error) {
	o := r.place(e.Definition).options()
	o.Now, o.Policy = r.Now, r.policy(e)
	return outbound.New(o)
}

// policy allows this machine to be asked where whoever configures the server
// wrote so in words that mean nothing else.
func (r Real) policy(e Entry) outbound.Policy {
	p := r.Policy
	if e.Origin.Kind == Config && onLoopback(e.Definition.URL) {
		p.Allow = append(slices.Clip(p.Allow), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
	}
	return p
}

// onLoopback reports whether the host of a URL is literally this machine.
func onLoopback(address string) bool {
	u, err := outbound.ParseURL(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// place puts relative paths below the folder of secrets.
func (r Real) place(d Definition) Definition {
	if d.BasicAuth != nil {
		basic := *d.BasicAuth
		d.BasicAuth = &basic
		basic.PasswordFile = r.path(basic.PasswordFile)
	}
	for _, file := range []*string{&d.BearerTokenFile, &d.APIKeyFile, &d.TLS.CAFile, &d.TLS.CertFile, &d.TLS.KeyFile} {
		*file = r.path(*file)
	}
	return d
}

func (r Real) path(file string) string {
	if file == "" || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(r.Secrets, file)
}

// tenantHeader tells tenants apart.
const tenantHeader = "X-Scope-OrgID"

// options returns what the client of the source needs to know.
func (d Definition) options() outbound.Options {
	o := outbound.Options{
		Name: d.Name, URL: d.URL, Headers: maps.Clone(d.Headers),
		TLS: outbound.TLS{
			CAFile: d.TLS.CAFile, CertFile: d.TLS.CertFile, KeyFile: d.TLS.KeyFile,
			ServerName: d.TLS.ServerName, InsecureSkipVerify: d.TLS.InsecureSkipVerify,
		},
		Timeout: time.Duration(d.Timeout), Concurrency: d.Concurrency, MaxResponse: d.MaxResponse,
	}
	if d.Tenant != "" {
		if o.Headers == nil {
			o.Headers = map[string]string{}
		}
		o.Headers[tenantHeader] = d.Tenant
	}
	switch way, secret := d.Authentication(); way {
	case Basic:
		o.BasicUser, o.BasicPassword = d.BasicAuth.Username, secret
	case Bearer:
		o.BearerToken = secret
	case APIKey:
		o.APIKey = secret
	}
	return o
}

// kinds open a source of each type over a client.
var kinds = map[string]func(d Definition, client *outbound.Client, now func() time.Time) slo.Source{
	Prometheus:    openPrometheus,
	Elasticsearch: openElasticsearch,
}

func openPrometheus(d Definition, client *outbound.Client, now func() time.Time) slo.Source {
	sampler := remote.New(client.URL(), client, remote.Options{
		// Below the client's bound, so that too long an answer is one that the server
		// may sum up, and no failure.
		Name: d.Name, MaxSamples: d.MaxSamples, MaxBytes: d.MaxResponse - d.MaxResponse/16, Timeout: client.Timeout(), Now: now,
	})
	src := &prometheus.Source{Sampler: sampler}
	if d.OnIncomplete == Estimate {
		src.OnIncomplete = prometheus.Estimate
	}
	return src
}

func openElasticsearch(d Definition, client *outbound.Client, now func() time.Time) slo.Source {
	return elasticsearch.New(elasticsearch.Options{
		URL: client.URL(), Transport: client, Now: now, Timeout: client.Timeout(),
		Delay: time.Duration(d.Delay), Overlap: slo.Minute((time.Duration(d.Overlap) + time.Minute - 1) / time.Minute),
	})
}

// Probe opens a source for once and asks it who it is.
func Probe(ctx context.Context, o Opener, e Entry) (slo.Probe, error) {
	opened, err := o.Open(e)
	if err != nil {
		return slo.Probe{}, err
	}
	defer opened.Close()
	return probe(ctx, e.Definition.Name, opened.Source)
}

func probe(ctx context.Context, name string, src slo.Source) (slo.Probe, error) {
	p, ok := src.(slo.Prober)
	if !ok {
		return slo.Probe{}, fault.Invalidf("source %q cannot tell what it is", name)
	}
	return p.Probe(ctx)
}
