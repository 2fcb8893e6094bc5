package slo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

func TestLinksLeadToTheWebAndHoldNoSecret(t *testing.T) {
	for _, good := range []string{"https://a", "http://a.example:8080/b?c=d#e", "HTTPS://a/ä"} {
		require.NoError(t, slo.CheckLink(good), good)
	}
	for bad, says := range map[string]string{
		"": "whole address", "/etc": "whole address", "//host/x": "whole address", "a b": "whole address", "http://[": "whole address",
		"javascript:alert(1)": `"javascript"`, "data:text/html,x": `"data"`, "file:///etc/passwd": `"file"`,
		"https://": "no host", "http:x": "no host", "https://u:hunter2@a/": "user or a password", "https://u@a": "user or a password",
	} {
		err := slo.CheckLink(bad)
		require.Equal(t, fault.Invalid, fault.KindOf(err), bad)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestOccurrencesThatNobodyMeansAreRefused(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	require.NoError(t, slo.CheckOccurrence(now, time.Minute))
	require.NoError(t, slo.CheckOccurrence(now, slo.MaxOccurrence))
	for _, c := range []struct {
		start  time.Time
		length time.Duration
	}{{now, 0}, {now, -time.Hour}, {now, time.Minute - 1}, {now, slo.MaxOccurrence + 1}, {time.Time{}, time.Hour}, {now.AddDate(9000, 0, 0), time.Hour}} {
		require.Equal(t, fault.Invalid, fault.KindOf(slo.CheckOccurrence(c.start, c.length)), c)
	}
}
