package graph

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// set returns a change of one header.
func set(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// host returns a change of the host.
func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

// method returns a change of the method.
func method(name string) func(*http.Request) { return func(r *http.Request) { r.Method = name } }

// heads are requests that differ from the page's own in their head.
var heads = map[string]struct {
	change func(*http.Request)
	status int
	says   string
}{
	"the page's own request":             {func(*http.Request) {}, 200, ""},
	"GET":                                {method("GET"), 405, "POST"},
	"PUT":                                {method("PUT"), 405, "POST"},
	"OPTIONS, as a preflight":            {method("OPTIONS"), 405, "POST"},
	"multipart form":                     {set("Content-Type", "multipart/form-data; boundary=x"), 415, mediaJSON},
	"url-encoded form":                   {set("Content-Type", "application/x-www-form-urlencoded"), 415, mediaJSON},
	"plain text":                         {set("Content-Type", "text/plain"), 415, mediaJSON},
	"application/graphql":                {set("Content-Type", "application/graphql"), 415, mediaJSON},
	"no content type":                    {func(r *http.Request) { r.Header.Del("Content-Type") }, 415, mediaJSON},
	"JSON in another charset":            {set("Content-Type", "application/json; charset=utf-7"), 415, mediaJSON},
	"JSON in UTF-8":                      {set("Content-Type", "application/json; charset=UTF-8"), 200, ""},
	"the newer media type":               {set("Content-Type", mediaGraphQL), 200, ""},
	"a compressed body":                  {set("Content-Encoding", "gzip"), 415, "gzip"},
	"no CSRF header":                     {func(r *http.Request) { r.Header.Del(csrfHeader) }, 403, `X-Hindcast-CSRF: 1`},
	"another value of the CSRF header":   {set(csrfHeader, "yes"), 403, `X-Hindcast-CSRF: 1`},
	"a bearer token and no CSRF header":  {func(r *http.Request) { r.Header.Del(csrfHeader); r.Header.Set("Authorization", "Bearer abc") }, 200, ""},
	"an empty bearer token":              {func(r *http.Request) { r.Header.Del(csrfHeader); r.Header.Set("Authorization", "Bearer ") }, 403, csrfHeader},
	"basic credentials":                  {func(r *http.Request) { r.Header.Del(csrfHeader); r.Header.Set("Authorization", "Basic abc") }, 403, csrfHeader},
	"a page of another site":             {set("Sec-Fetch-Site", "cross-site"), 403, "origin"},
	"a page of the same site, elsewhere": {set("Sec-Fetch-Site", "same-site"), 403, "origin"},
	"a foreign origin":                   {set("Origin", "http://evil.example"), 403, "origin"},
	"the own origin":                     {set("Origin", "http://localhost:8480"), 200, ""},
	"an allowed origin": {func(r *http.Request) {
		r.Header.Set("Origin", "http://localhost:5173")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}, 200, ""},
	"a name that was rebound":           {host("evil.example:8480"), 403, "evil.example"},
	"an address of the network":         {host("192.168.0.7:8480"), 403, "192.168.0.7"},
	"the unspecified address":           {host("0.0.0.0:8480"), 403, "0.0.0.0"},
	"a name that begins with localhost": {host("localhost.evil.example"), 403, "evil"},
	"no host":                           {host(""), 403, "not served"},
	"127.0.0.1":                         {host("127.0.0.1:8480"), 200, ""},
	"127.1.2.3":                         {host("127.1.2.3"), 200, ""},
	"::1":                               {host("[::1]:8480"), 200, ""},
	"::1 without port":                  {host("[::1]"), 200, ""},
	"LOCALHOST.":                        {host("LOCALHOST.:8480"), 200, ""},
	"an allowed host":                   {host("Hindcast.example:80"), 200, ""},
	"an upgrade that is no WebSocket":   {set("Upgrade", "h2c"), 400, "websocket"},
	"an upgrade by POST":                {set("Upgrade", "websocket"), 400, "GET"},
}

func TestTheEdgeDecidesByTheHead(t *testing.T) {
	for name, tt := range heads {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(o *Options, _ *Limits) {
				o.AllowedHosts, o.AllowedOrigins = []string{"hindcast.example"}, []string{"http://localhost:5173"}
			})
			w := f.send(`{"query":"{health{ready}}"}`, tt.change)
			require.Equal(t, tt.status, w.Code, w.Body.String())
			r := decode(t, w)
			require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
			require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			require.Len(t, w.Header().Get("X-Request-Id"), 16)
			if tt.status == http.StatusOK {
				require.Empty(t, r.Errors)
				return
			}
			require.Contains(t, r.Errors[0].Message, tt.says)
			require.Contains(t, []string{"FORBIDDEN", "INVALID"}, r.code())
			if tt.status == http.StatusMethodNotAllowed {
				require.Equal(t, "POST", w.Header().Get("Allow"))
			}
		})
	}
}

func TestStatusAndMediaTypeFollowWhatTheClientAccepts(t *testing.T) {
	tests := map[string]struct {
		accept, body, media string
		status              int
	}{
		"an answer":                      {"", `{"query":"{health{ready}}"}`, mediaJSON, 200},
		"an answer in the newer type":    {mediaGraphQL + ",application/json;q=0.9", `{"query":"{health{ready}}"}`, mediaGraphQL, 200},
		"a refusal":                      {"", `{"query":"{nobody}"}`, mediaJSON, 200},
		"a refusal in the newer type":    {mediaGraphQL, `{"query":"{nobody}"}`, mediaGraphQL, 400},
		"a body that is none":            {mediaGraphQL, `{`, mediaJSON, 400},
		"an error in a field":            {mediaGraphQL, `{"query":"{slo{name}}"}`, mediaGraphQL, 200},
		"a null query":                   {mediaGraphQL, `{"query":null}`, mediaGraphQL, 400},
		"nothing at all":                 {mediaGraphQL, `null`, mediaGraphQL, 400},
		"an operation that is too large": {mediaGraphQL, `{"query":"{` + repeat(11, "__typename ") + `}"}`, mediaGraphQL, 400},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t, nil).send(tt.body, func(r *http.Request) {
				if tt.accept != "" {
					r.Header.Set("Accept", tt.accept)
				}
			})
			require.Equal(t, tt.status, w.Code, w.Body.String())
			require.Equal(t, tt.media+"; charset=utf-8", w.Header().Get("Content-Type"))
		})
	}
}
