package scalar_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/graph/scalar"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

func written(m graphql.Marshaler) string {
	var out bytes.Buffer
	m.MarshalGQL(&out)
	return out.String()
}

func TestTimesAreWrittenInUTC(t *testing.T) {
	berlin := time.FixedZone("", 7200)
	tests := map[string]struct {
		in   time.Time
		want string
	}{
		"an instant elsewhere":  {time.Date(2026, 7, 1, 2, 0, 0, 0, berlin), `"2026-07-01T00:00:00Z"`},
		"a fraction":            {time.Date(2026, 7, 1, 0, 0, 0, 500_000_000, time.UTC), `"2026-07-01T00:00:00.5Z"`},
		"what nobody knows":     {time.Time{}, `null`},
		"the beginning of time": {time.Unix(0, 0), `"1970-01-01T00:00:00Z"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.want, written(scalar.MarshalTime(tt.in))) })
	}
}

func TestTimesAreReadStrictly(t *testing.T) {
	got, err := scalar.UnmarshalTime("2026-07-01T02:00:00+02:00")
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), got)
	for _, bad := range []any{nil, 5, "", "2026-07-01", "2026-07-01T00:00:00", "2026-02-30T00:00:00Z", "1969-12-31T23:59:59Z", "2026-07-01T00:00:00Z" + strings.Repeat(" ", 99)} {
		_, err := scalar.UnmarshalTime(bad)
		require.Equal(t, fault.Invalid, fault.KindOf(err), bad)
	}
}

func TestDurationsAreWrittenWithTheLargestUnit(t *testing.T) {
	tests := map[string]time.Duration{
		"30d": 30 * 24 * time.Hour, "28d": 28 * 24 * time.Hour, "36h": 36 * time.Hour, "5m": 5 * time.Minute,
		"90s": 90 * time.Second, "0m": 0, "-1h": -time.Hour,
	}
	for want, d := range tests {
		require.Equal(t, want, scalar.FormatDuration(d))
		require.Equal(t, `"`+want+`"`, written(scalar.MarshalDuration(d)))
	}
	require.Equal(t, "1s", scalar.FormatDuration(1500*time.Millisecond), "what is finer than a second is dropped")
	require.Equal(t, "0m", scalar.FormatDuration(time.Millisecond))
}

func TestDurationsLeadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, 10*365*86400).Draw(t, "seconds")) * time.Second
		got, err := scalar.UnmarshalDuration(scalar.FormatDuration(d))
		require.NoError(t, err)
		require.Equal(t, d, got)
	})
	week, err := scalar.ParseDuration("2w")
	require.NoError(t, err)
	require.Equal(t, 14*24*time.Hour, week)
}

func TestDurationsAreReadStrictly(t *testing.T) {
	for _, bad := range []any{5, "", "d", "30", "30 d", "-1d", "1.5d", "+1d", "1M", "1y", "99999999999d", "4000d", strings.Repeat("1", 99) + "d"} {
		_, err := scalar.UnmarshalDuration(bad)
		require.Equal(t, fault.Invalid, fault.KindOf(err), bad)
		require.Less(t, len(err.Error()), 200)
	}
}

func FuzzDuration(f *testing.F) {
	for _, seed := range []string{"30d", "5m", "0s", "-1h", "18446744073709551616w"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := scalar.ParseDuration(text)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			return
		}
		require.GreaterOrEqual(t, d, time.Duration(0))
		again, err := scalar.ParseDuration(scalar.FormatDuration(d))
		require.NoError(t, err)
		require.Equal(t, d, again)
	})
}

func TestLabelsAreObjectsOfTexts(t *testing.T) {
	require.Equal(t, `{"a":"1","b":"\u003cscript\u003e"}`, written(scalar.MarshalLabels(map[string]string{"b": "<script>", "a": "1"})))
	require.Equal(t, `{}`, written(scalar.MarshalLabels(nil)))
	got, err := scalar.UnmarshalLabels(map[string]any{"pod": "a"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"pod": "a"}, got)
	many := map[string]any{}
	for i := range 33 {
		many[strings.Repeat("a", i+1)] = ""
	}
	for _, bad := range []any{nil, "a", []any{}, map[string]any{"a": 1}, map[string]any{"a": nil}, map[string]any{"a": strings.Repeat("b", 1025)}, many} {
		_, err := scalar.UnmarshalLabels(bad)
		require.Equal(t, fault.Invalid, fault.KindOf(err), bad)
	}
}

func TestTargetsStayExact(t *testing.T) {
	target, err := scalar.UnmarshalTarget("0.9995")
	require.NoError(t, err)
	require.Equal(t, `"0.9995"`, written(scalar.MarshalTarget(target)))
	require.Equal(t, `null`, written(scalar.MarshalTarget(slo.Target{})))
	for _, bad := range []any{0.999, "", "1", strings.Repeat("0", 99)} {
		_, err := scalar.UnmarshalTarget(bad)
		require.Equal(t, fault.Invalid, fault.KindOf(err), bad)
	}
}
