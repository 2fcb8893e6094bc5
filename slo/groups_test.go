package slo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// TestHasGroup tells a group without traffic from one that nobody ever saw.
func TestHasGroup(t *testing.T) {
	t.Parallel()
	b := newBench(t, "90", "2h")
	b.write(epoch, even(120, 98, 100)...)
	b.meter.Write(b.key("quiet"), slo.MinuteOf(epoch), even(3, 0, 0)...)
	o := &b.slo.Objectives[0]
	require.True(t, b.evaluator().HasGroup(o, ""), "the whole always exists")
	require.True(t, b.evaluator().HasGroup(o, b.key("quiet").Group))
	require.False(t, b.evaluator().HasGroup(o, b.key("typo").Group))
}
