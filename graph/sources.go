package graph

import (
	"context"
	"slices"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Sources keeps the data sources. Its errors are faults; one that is the fault
// of a field of the input names it, see fault.At. Texts are shown as they are:
// they hold no secret.
type Sources interface {
	// Sources returns all of them: the embedded one first, then by name.
	Sources(ctx context.Context) ([]model.Source, error)
	// Source returns the one of that name, nil if there is none.
	Source(ctx context.Context, name string) (*model.Source, error)
	// Test asks what in describes who it is. That it does not answer, or not in
	// time, is a SourceTest that says so; errors are for input that cannot be
	// tried at all. It returns before ctx's deadline.
	Test(ctx context.Context, in model.SourceInput) (*model.SourceTest, error)
	// Probe does the same with a source in force, and keeps the answer as its
	// test. It is NotFound if there is none of that name.
	Probe(ctx context.Context, name string) (*model.Source, error)
	// Save makes a source, or changes the one that was made here and has in.ID.
	// A secret that in does not name stays only while its URL and its
	// authentication do.
	Save(ctx context.Context, in model.SourceInput, by string) (*model.Source, error)
	// Delete forgets a source that was made here. It is a Conflict that names
	// the objectives while some measure on it.
	Delete(ctx context.Context, name, by string) error
}

// sourcePage returns a page of the sources, the embedded one first.
func (r *resolver) sourcePage(ctx context.Context, first int, after *string) (*model.SourceConnection, error) {
	all, err := r.Options.Sources.Sources(ctx)
	if err != nil {
		return nil, err
	}
	p, err := listing[model.Source]{kind: sourceList, items: all, place: placeOfSource}.page(ctx, first, after)
	if err != nil {
		return nil, err
	}
	return &model.SourceConnection{Page: p}, nil
}

// placeOfSource puts the embedded source before all names.
func placeOfSource(s model.Source) place {
	if s.Origin == model.SourceOriginEmbedded {
		return place{ID: s.Name}
	}
	return place{Sort: "named", ID: s.Name}
}

// testTimeout leaves a test time to say that nothing came before Limits.Wall
// ends the operation.
const testTimeout = 8 * time.Second

// Bounds of an input beyond Limits, which keep what is stored small.
const (
	maxSourceURL    = 2048
	maxSourceText   = 1024 // of every other text
	maxSourceName   = 63   // a DNS label
	maxSourceHeader = 20
)

// testSource bounds the input and the time, and lets a few tests run at a time.
func (r *resolver) testSource(ctx context.Context, in model.SourceInput) (*model.SourceTest, error) {
	if err := boundSource(in); err != nil {
		return nil, err
	}
	return trying(ctx, r, func(ctx context.Context) (*model.SourceTest, error) { return r.Options.Sources.Test(ctx, in) })
}

// probeSource does the same with a source in force.
func (r *resolver) probeSource(ctx context.Context, name string) (*model.Source, error) {
	if err := boundTexts(text{"name", name, maxSourceName}); err != nil {
		return nil, err
	}
	return trying(ctx, r, func(ctx context.Context) (*model.Source, error) { return r.Options.Sources.Probe(ctx, name) })
}

// saveSource bounds the input and saves it.
func (r *resolver) saveSource(ctx context.Context, in model.SourceInput, by string) (*model.Source, error) {
	if err := firstOf(boundSource(in), boundTexts(text{"by", by, maxTitle})); err != nil {
		return nil, err
	}
	return r.Options.Sources.Save(ctx, in, by)
}

func (r *resolver) deleteSource(ctx context.Context, name, by string) (string, error) {
	if err := boundTexts(text{"name", name, maxSourceName}, text{"by", by, maxTitle}); err != nil {
		return "", err
	}
	return idOf(sourceID, name), r.Options.Sources.Delete(ctx, name, by)
}

// trying runs a test. A test waits for a server that may never answer: without a
// bound of their own a few of them would take every place of the gate, and the
// page would wait with them.
func trying[T any](ctx context.Context, r *resolver, test func(context.Context) (T, error)) (T, error) {
	if n := r.testing.Add(1); over(int(n), r.limits.Tests) {
		r.testing.Add(-1)
		var none T
		return none, exceeds("Tests", r.limits.Tests, "%d other sources are being tested; try again in a moment", r.limits.Tests)
	}
	defer r.testing.Add(-1)
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	return test(ctx)
}

// boundSource refuses what is too long to be meant, and an id that belongs to
// another name, before anything is done with it.
func boundSource(in model.SourceInput) error {
	if err := firstOf(boundID(sourceID, in.ID, in.Name), boundTexts(sourceTexts(in)...)); err != nil {
		return err
	}
	if len(in.Headers) > maxSourceHeader {
		return fault.At("headers", fault.Invalidf("%d headers are too many, write at most %d", len(in.Headers), maxSourceHeader))
	}
	return boundNumbers(in)
}

// sourceTexts lists the texts of an input by the names of their fields.
func sourceTexts(in model.SourceInput) []text {
	list := []text{{"name", in.Name, maxSourceName}, {"etag", deref(in.Etag), maxName}, {"url", in.URL, maxSourceURL}}
	add := func(field string, value *string) {
		if value != nil {
			list = append(list, text{field, *value, maxSourceText})
		}
	}
	add("tenant", in.Tenant)
	add("username", in.Username)
	add("secretEnv", in.SecretEnv)
	add("secretFile", in.SecretFile)
	for _, h := range in.Headers {
		add("headers", &h.Name)
		add("headers", &h.Value)
	}
	if tls := in.TLS; tls != nil {
		add("tls.caFile", tls.CAFile)
		add("tls.certFile", tls.CertFile)
		add("tls.keyFile", tls.KeyFile)
		add("tls.serverName", tls.ServerName)
	}
	return list
}

// boundNumbers refuses numbers that are no whole positive ones. Floats carry what
// may not fit GraphQL's 32 bits.
func boundNumbers(in model.SourceInput) error {
	if in.Concurrency != nil && *in.Concurrency < 1 {
		return fault.At("concurrency", fault.Invalidf("concurrency %d allows no request, write at least 1", *in.Concurrency))
	}
	const exact = 1 << 53 // beyond it a float skips whole numbers
	for field, n := range map[string]*float64{"maxResponseBytes": in.MaxResponse, "maxSamples": in.MaxSamples} {
		if n != nil && (*n < 1 || *n > exact || *n != float64(int64(*n))) {
			return fault.At(field, fault.Invalidf("%s %v is not a whole number of at least 1", field, *n))
		}
	}
	return nil
}

// slosOn returns what matches the SLOs that measure on a source.
func slosOn(s *model.Source) func(*slo.SLO) bool {
	return func(o *slo.SLO) bool { return slices.Contains(s.SLOs, o.Name) }
}
