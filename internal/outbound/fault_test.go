package outbound_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/internal/realtest"
)

// TestEveryFaultOfTheWireIsExplained puts each fault that any server can have
// between a client and its server.
func TestEveryFaultOfTheWireIsExplained(t *testing.T) {
	whole := `{"values":[` + strings.Repeat("1,", 2000) + `1]}`
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, whole)
	}))
	t.Cleanup(s.Close)
	want := map[string]struct {
		kind fault.Kind
		text string // "" is the whole answer, "JSON" one that no reader of JSON takes
	}{
		"refused":       {fault.Unavailable, "nothing listens there"},
		"dns":           {fault.Unavailable, "does not exist"},
		"tls expired":   {fault.Unavailable, "not valid now"},
		"401":           {fault.Forbidden, "(401"},
		"403":           {fault.Forbidden, "(403"},
		"404":           {fault.Invalid, "(404"},
		"429":           {fault.Unavailable, "(429"},
		"500":           {fault.Unavailable, "(500"},
		"502":           {fault.Unavailable, "(502"},
		"503":           {fault.Unavailable, "(503"},
		"login page":    {fault.Invalid, "a page of HTML"},
		"no body":       {0, "JSON"},
		"truncated":     {0, "JSON"},
		"cut":           {fault.Unavailable, "broke off"},
		"reset":         {fault.Unavailable, "broke off"},
		"flipped byte":  {0, "JSON"},
		"gzip bomb":     {fault.Invalid, "more than 1048576 bytes"},
		"endless":       {fault.Invalid, "more than 1048576 bytes"},
		"sliced":        {0, ""},
		"slow":          {0, ""},
		"trickle":       {fault.Unavailable, "within 2s"},
		"hang":          {fault.Unavailable, "within 2s"},
		"stall":         {fault.Unavailable, "within 2s"},
		"redirect":      {0, "{}"},
		"redirect loop": {fault.Invalid, "more than 3 times"},
		"clock ahead":   {0, ""},
		"cached":        {0, ""},
	}
	for _, f := range realtest.Faults() {
		if f.Of != realtest.OfAny {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			p := realtest.NewFaultProxy(t, s.URL)
			p.Set(t, f)
			c := client(t, p.Address(f), func(o *outbound.Options) {
				o.MaxResponse, o.Retries = 1<<20, -1
				if strings.Contains(want[f.Name].text, "within") {
					o.Timeout = 2 * time.Second
				}
				o.BearerToken = outbound.Literal("hunter2")
				if f.Name == "tls expired" {
					o.TLS.CAFile = p.Authority().File
				}
			})
			_, text, err := get(t.Context(), c, "/")
			w, ok := want[f.Name]
			require.True(t, ok, "a fault that no test knows")
			switch w.text {
			case "":
				require.NoError(t, err)
				require.Equal(t, whole, text)
			case "JSON":
				require.NoError(t, err)
				require.False(t, json.Valid([]byte(text)))
			case "{}":
				require.NoError(t, err)
				require.Equal(t, "{}", text)
				require.Empty(t, p.Foreign()[0].Get("Authorization"))
			default:
				requireFault(t, err, w.kind, w.text)
				require.NotContains(t, err.Error(), "hunter2")
			}
			if f.Name == "clock ahead" {
				require.InDelta(t, time.Hour.Seconds(), c.Skew().Seconds(), 10)
			} else {
				require.Zero(t, c.Skew())
			}
		})
	}
}
