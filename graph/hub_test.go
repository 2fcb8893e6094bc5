package graph

import (
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

func TestAHubAddsUpWhatNobodyTook(t *testing.T) {
	var h Hub
	h.Notify("nobody watches")
	changed, take, stop := h.Watch()
	h.Notify("b", "a")
	h.Notify("a", "c")
	h.Decide("c", "d")
	<-changed
	require.Equal(t, News{Measured: []slo.IndicatorKey{"a", "b", "c"}, Decided: []slo.IndicatorKey{"c", "d"}}, take())
	require.Zero(t, take())
	select {
	case <-changed:
		require.Fail(t, "several changes arrived as several")
	default:
	}
	stop()
	h.Notify("d")
	require.Zero(t, take())
}

func TestAHubServesManyAtOnce(t *testing.T) {
	var h Hub
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			changed, take, stop := h.Watch()
			defer stop()
			key := slo.IndicatorKey(strconv.Itoa(i))
			h.Notify(key)
			for seen := false; !seen; {
				<-changed
				for _, k := range take().Measured {
					seen = seen || k == key
				}
			}
		})
	}
	all.Wait()
	require.Zero(t, h.count())
}
