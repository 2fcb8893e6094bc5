package server

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/slo"
)

// BenchmarkExclusion makes, previews and removes an exclusion of the past that
// covers a thousand objectives, and asks for the budget of each afterwards.
func BenchmarkExclusion(b *testing.B) {
	s := benchS1(b)
	c := calendar{s}
	in := model.ExclusionInput{
		Name: "x", Title: "x", Reason: "r", Kind: slo.OtherExclusion, Scope: model.ScopeInput{Services: []string{s.slos.All()[0].Service}},
		Start: badFrom, Length: badMinutes * time.Minute, By: "Ada",
	}
	budgets := func() {
		for _, o := range s.slos.All() {
			_, err := s.evaluator.Budget(b.Context(), o, &o.Objectives[0], slo.Question{})
			require.NoError(b, err)
		}
	}
	b.Run("preview", func(b *testing.B) {
		for b.Loop() {
			p, err := c.PreviewExclusion(b.Context(), in)
			require.NoError(b, err)
			require.Equal(b, 1000, p.Covers)
		}
	})
	b.Run("save, approve, delete", func(b *testing.B) {
		for b.Loop() {
			_, err := c.SaveExclusion(b.Context(), in)
			require.NoError(b, err)
			_, err = c.DecideExclusion(b.Context(), model.ExclusionDecision{Name: "x", Approve: true, By: "Grace"})
			require.NoError(b, err)
			require.NoError(b, c.DeleteExclusion(b.Context(), "x", "Ada"))
		}
	})
	b.Run("approve, and every budget after it", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			_, err := c.SaveExclusion(b.Context(), in)
			require.NoError(b, err)
			b.StartTimer()
			_, err = c.DecideExclusion(b.Context(), model.ExclusionDecision{Name: "x", Approve: true, By: "Grace"})
			require.NoError(b, err)
			budgets()
			b.StopTimer()
			require.NoError(b, c.DeleteExclusion(b.Context(), "x", "Ada"))
			b.StartTimer()
		}
	})
}

// benchS1 is a server that has measured S1, for a thousand objectives over it.
func benchS1(b *testing.B) *Server {
	b.Helper()
	s, err := New(b.Context(), s1Options(b))
	require.NoError(b, err)
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	one := s.measuring(b)
	stop()
	require.NoError(b, <-done)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	all := make([]*slo.SLO, 1000)
	for i := range all {
		o := *one
		o.Name = fmt.Sprintf("%s-%d", one.Name, i)
		all[i] = &o
	}
	s.slos.Replace(all, nil)
	return s
}
