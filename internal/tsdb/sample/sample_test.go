package sample

import (
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/stretchr/testify/require"
)

func TestResetKeepsMemory(t *testing.T) {
	b := Batch{T: []int64{1, 2}, H: []*histogram.FloatHistogram{{}, {}}}
	require.Equal(t, 2, b.Len())
	b.Reset()
	require.Zero(t, b.Len())
	require.Empty(t, b.H)
	require.Equal(t, 2, cap(b.T))
	require.NotNil(t, b.H[:2][1], "histograms are there to be written over")
}
