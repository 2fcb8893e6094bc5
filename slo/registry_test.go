package slo_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

func TestRegistryOrdersAndFindsObjectives(t *testing.T) {
	t.Parallel()
	var r slo.Registry
	require.Empty(t, r.All())
	require.Nil(t, r.ByName("a"))
	given := []*slo.SLO{{Name: "b", Service: "web"}, {Name: "c", Service: "api"}, {Name: "a", Service: "web"}}
	r.Replace(given, []slo.Problem{{File: "a.yaml", Line: 3, Column: 5, Text: "target is missing"}})

	var names []string
	for _, s := range r.All() {
		names = append(names, s.Name)
	}
	require.Equal(t, []string{"c", "a", "b"}, names)
	require.Equal(t, "b", given[0].Name, "what was given is not reordered")
	require.Equal(t, "web", r.ByName("a").Service)
	require.Nil(t, r.ByName("d"))
	require.Equal(t, "a.yaml:3:5: target is missing", r.Problems()[0].String())

	r.Replace(nil, nil)
	require.Empty(t, r.All())
	require.Nil(t, r.ByName("a"))
	require.Empty(t, r.Problems())
}

func TestRegistryTellsThoseWhoWatch(t *testing.T) {
	t.Parallel()
	var r slo.Registry
	r.Replace(nil, nil) // nobody watches yet
	changed, stop := r.Watch()
	select {
	case <-changed:
		t.Fatal("told of a change before the watch")
	default:
	}
	r.Replace(nil, nil)
	r.Replace(nil, nil) // two changes in a row are one
	<-changed
	select {
	case <-changed:
		t.Fatal("told twice")
	default:
	}
	stop()
	r.Replace(nil, nil)
	select {
	case <-changed:
		t.Fatal("told after the end")
	default:
	}
}

func TestRegistryIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var r slo.Registry
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				r.Replace([]*slo.SLO{{Name: "a"}}, nil)
				_, stop := r.Watch()
				stop()
			}
		})
		wg.Go(func() {
			for range 200 {
				_, _, _ = r.All(), r.ByName("a"), r.Problems()
			}
		})
	}
	wg.Wait()
	require.Len(t, r.All(), 1)
}
