package remote

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
)

// listing answers /api/v1/series for series whose samples lie in [oldest, newest],
// or regardless of time, and counts days for the engine.
type listing struct {
	oldest, newest int64
	timeless       bool
	requests       int
}

func (x *listing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.requests++
	at := func(name string) int64 {
		v, err := strconv.ParseFloat(r.FormValue(name), 64)
		if err != nil {
			panic(err)
		}
		return int64(v * 1000)
	}
	switch r.URL.Path {
	case "/api/v1/series":
		data := `[]`
		if x.timeless || at("start") <= x.newest && at("end") >= x.oldest {
			data = `[{"__name__":"x"},{"__name__":"x","i":"2"}]`
		}
		answers(`{"status":"success","data":`+data+`}`)(w, r)
	case "/api/v1/query_range":
		if r.FormValue("query") != "count(present_over_time(x[1d]))" {
			panic(r.FormValue("query"))
		}
		first := at("start")
		for first < x.oldest {
			first += 24 * 3600_000
		}
		answers(matrix(fmt.Sprintf(`{"metric":{},"values":[[%d,"2"]]}`, first/1000)))(w, r)
	default:
		http.NotFound(w, r)
	}
}

func TestBoundsAreFoundWithFewQuestions(t *testing.T) {
	const hour = int64(3600_000)
	now := noon().UnixMilli()
	for title, x := range map[string]*listing{
		"a minute":                  {oldest: now - 60_000, newest: now},
		"thirty days":               {oldest: now - 30*24*hour - 7, newest: now},
		"ten years":                 {oldest: now - 10*365*24*hour, newest: now - 100},
		"a month, a year ago":       {oldest: now - 400*24*hour, newest: now - 365*24*hour + 5},
		"a clock that is ahead":     {oldest: now - hour, newest: now + 3*hour},
		"a list regardless of time": {oldest: now - 30*24*hour, newest: now, timeless: true},
	} {
		s := newSampler(t, x, Options{})
		for range 2 {
			low, high, ok, err := s.Bounds(t.Context(), match(t, "x"))
			require.NoError(t, err, title)
			require.True(t, ok, title)
			require.Less(t, low, x.oldest, title)
			require.GreaterOrEqual(t, high, x.newest, title)
			if x.timeless {
				require.LessOrEqual(t, x.oldest-low, 48*hour, title)
				continue
			}
			require.LessOrEqual(t, x.oldest-low, hour, title)
			require.LessOrEqual(t, high-x.newest, 26*hour, title)
		}
		require.LessOrEqual(t, x.requests, 40, "%s: and none the second time", title)
	}
}

func TestBoundsAreNotTakenFromHalfAnAnswer(t *testing.T) {
	for title, body := range map[string]string{
		"a store that did not answer": `{"status":"success","data":[],"warnings":["store-2 is away"]}`,
		"an answer that breaks off":   `{"status":"success","data":[`,
		"another answer":              `{"status":"success"}`,
	} {
		_, _, _, err := newSampler(t, answers(body), Options{}).Bounds(t.Context(), match(t, "x"))
		require.Equal(t, fault.Unavailable, fault.KindOf(err), "%s: %v", title, err)
	}
	_, _, ok, err := newSampler(t, answers(`{"status":"success","data":[]}`), Options{}).Bounds(t.Context(), match(t, "x"))
	require.NoError(t, err)
	require.False(t, ok)
}
