package prometheus

import (
	"context"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo"
)

// asked is a sampler that remembers for whom it was asked.
type asked struct {
	sample.Sampler
	tenant string
	by     *[]string
}

func (s asked) For(tenant string) sample.Sampler { return asked{tenant: tenant, by: s.by} }

func (s asked) Select(context.Context, []*labels.Matcher, int64, int64, func(sample.Series) error) error {
	*s.by = append(*s.by, s.tenant)
	return nil
}

func (s asked) Bounds(context.Context, []*labels.Matcher) (oldest, newest int64, ok bool, err error) {
	*s.by = append(*s.by, s.tenant)
	return 0, 0, false, nil
}

func TestAnIndicatorIsReadAsItsTenant(t *testing.T) {
	ind, problems := Builder{}.Build(ratioOf(metricOf("a", "tenant", "one"), metricOf("b")))
	require.Empty(t, problems)
	require.Contains(t, ind.Queries()[0].Note, "of tenant one")
	var by []string
	s := &Source{Sampler: asked{by: &by}}
	_, err := s.Measure(t.Context(), ind, slo.Span{From: 10, To: 20})
	require.NoError(t, err)
	_, _, err = s.Reach(t.Context(), ind)
	require.NoError(t, err)
	require.NotEmpty(t, by)
	for _, tenant := range by {
		require.Equal(t, "one", tenant)
	}

	s.Sampler = struct{ sample.Sampler }{} // one without tenants
	_, err = s.Measure(t.Context(), ind, slo.Span{From: 10, To: 20})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	require.ErrorContains(t, err, `tenant "one"`)
}
