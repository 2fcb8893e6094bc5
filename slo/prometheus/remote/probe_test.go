package remote

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// server answers the questions of a probe.
type server struct {
	prefix string  // of the paths
	build  string  // data of buildinfo, "" for 404
	flags  string  // data of flags
	ahead  float64 // seconds of its clock
	reads  bool
	native bool
}

func (s server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	say := func(data string) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"success","data":`+data+`}`)
	}
	path, ok := strings.CutPrefix(r.URL.Path, s.prefix+"/api/v1/")
	switch {
	case !ok:
		http.NotFound(w, r)
	case path == "query" && r.Form.Get("query") == "time()":
		say(fmt.Sprintf(`{"resultType":"scalar","result":[1,"%f"]}`, float64(noon().Unix())+s.ahead))
	case path == "query" && s.native:
		say(`{"resultType":"vector","result":[]}`)
	case path == "query":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"status":"error","errorType":"bad_data","error":"unknown function"}`)
	case path == "status/buildinfo" && s.build != "":
		say(s.build)
	case path == "status/flags" && s.flags != "":
		say(s.flags)
	case path == "read" && s.reads:
		w.Header().Set("Content-Type", "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse")
	default:
		http.NotFound(w, r)
	}
}

func TestProbeTellsServersApart(t *testing.T) {
	tests := map[string]struct {
		server           server
		product, version string
		warnings         []string
	}{
		"Prometheus":              {server{build: `{"version":"3.15.0","revision":"abc","goVersion":"go1.26"}`, reads: true, native: true}, "Prometheus", "3.15.0", nil},
		"an old Prometheus":       {server{build: `{"version":"2.20.1","revision":"abc","goVersion":"go1.14"}`, reads: true}, "Prometheus", "2.20.1", []string{"older than 2.26"}},
		"Mimir":                   {server{build: `{"application":"Grafana Mimir","version":"2.15.0","revision":"a","goVersion":"go"}`, reads: true, native: true}, "Mimir", "2.15.0", nil},
		"Thanos":                  {server{build: `{"version":"0.38.0","revision":"a","goVersion":"go1.24"}`, native: true}, "Thanos", "0.38.0", nil},
		"VictoriaMetrics":         {server{build: `{"version":"2.24.0"}`}, "VictoriaMetrics", "2.24.0", nil},
		"Hindcast":                {server{build: `{"version":"3.15.0","revision":"hindcast 0.4","goVersion":"go1.26"}`}, "Hindcast", "3.15.0", nil},
		"a server without a name": {server{}, "", "", []string{"does not say what it is"}},
		"a short retention":       {server{build: `{"version":"3.15.0","revision":"abc"}`, flags: `{"storage.tsdb.retention.time":"15d"}`}, "Prometheus", "3.15.0", []string{"keeps samples for 15d"}},
		"a long retention":        {server{build: `{"version":"3.15.0","revision":"abc"}`, flags: `{"storage.tsdb.retention.time":"90d"}`}, "Prometheus", "3.15.0", nil},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			p, err := newSampler(t, tt.server, Options{}).Probe(t.Context())
			require.NoError(t, err)
			require.Equal(t, tt.product, p.Product)
			require.Equal(t, tt.version, p.Version)
			require.Zero(t, p.Skew)
			require.Equal(t, len(tt.warnings), len(p.Warnings), "%q", p.Warnings)
			for i, w := range tt.warnings {
				require.Contains(t, p.Warnings[i], w)
			}
			require.Equal(t, []bool{tt.server.reads, tt.server.native}, have(p))
		})
	}
}

func have(p slo.Probe) (all []bool) {
	for _, a := range p.Abilities {
		all = append(all, a.Have)
	}
	return all
}

func TestProbeTellsOfClocks(t *testing.T) {
	for ahead, text := range map[float64]string{90: "1m30s ahead of ours", -90: "1m30s behind ours", 3: ""} {
		p, err := newSampler(t, server{build: `{"version":"3.0.0"}`, ahead: ahead, native: true}, Options{}).Probe(t.Context())
		require.NoError(t, err)
		require.InDelta(t, ahead, p.Skew.Seconds(), 0.001)
		require.Equal(t, text != "", strings.Contains(strings.Join(p.Warnings, ""), text) && len(p.Warnings) > 0, "%q", p.Warnings)
	}
}

func TestProbeExplainsWhatIsWrong(t *testing.T) {
	html := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html>")
	})
	tests := map[string]struct {
		handler http.Handler
		kind    fault.Kind
		text    string
	}{
		"a path prefix is missing":  {server{prefix: "/prometheus", build: `{"version":"2.15.0","application":"Grafana Mimir"}`}, fault.Invalid, "/prometheus: write that as the URL"},
		"nothing is there":          {http.NotFoundHandler(), fault.Unavailable, "check the path of the URL"},
		"a page":                    {html, fault.Unavailable, "not a Prometheus API"},
		"JSON of something else":    {answers(`{"name":"es01","tagline":"You Know, for Search"}`), fault.Unavailable, "none of Prometheus' API"},
		"a Prometheus of years ago": {server{build: `{"version":"1.8.2","revision":"a","goVersion":"go1.9"}`}, fault.Invalid, "too old"},
		"credentials are wanted":    {http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }), fault.Forbidden, "401"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			_, err := newSampler(t, tt.handler, Options{}).Probe(t.Context())
			require.ErrorContains(t, err, tt.text)
			require.Equal(t, tt.kind, fault.KindOf(err), "%v", err)
		})
	}
}
