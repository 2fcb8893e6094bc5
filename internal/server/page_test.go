package server

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestThePageIsServedWithItsAddresses(t *testing.T) {
	built := fstest.MapFS{
		"index.html":         {Data: []byte("<title>Hindcast</title>")},
		"favicon.svg":        {Data: []byte("<svg/>")},
		"assets/index-1.js":  {Data: []byte("1")},
		"assets/nested/a.js": {Data: []byte("2")},
	}
	tests := map[string]struct {
		method, path string
		status       int
		body, cache  string
	}{
		"the entry":                         {"GET", "/", 200, "<title>", "no-cache"},
		"an address of the browser":         {"GET", "/slos/checkout", 200, "<title>", "no-cache"},
		"the entry by its file name":        {"GET", "/index.html", 200, "<title>", "no-cache"},
		"a file with a hash in its name":    {"GET", "/assets/index-1.js", 200, "1", "public, max-age=31536000, immutable"},
		"a file without one":                {"GET", "/favicon.svg", 200, "<svg/>", ""},
		"an asset of another version":       {"GET", "/assets/index-2.js", 404, "404", ""},
		"a way out of the folder":           {"GET", "/assets/../../../etc/passwd", 200, "<title>", "no-cache"},
		"something that changes the server": {"POST", "/", 405, "nothing here", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			page(built).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, http.NoBody))
			require.Equal(t, tt.status, w.Code)
			require.Contains(t, w.Body.String(), tt.body)
			require.Equal(t, tt.cache, w.Header().Get("Cache-Control"))
		})
	}
}

func TestABinaryWithoutItsPageSaysHowToBuildIt(t *testing.T) {
	w := httptest.NewRecorder()
	page(fstest.MapFS{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	require.Contains(t, w.Body.String(), "make build")
}

func TestProgressIsDrawnOnTerminalsOnly(t *testing.T) {
	var quiet bytes.Buffer
	newBar(&quiet).set("work", 0.5)
	file, err := os.CreateTemp(t.TempDir(), "log")
	require.NoError(t, err)
	newBar(file).set("work", 0.5)
	info, err := file.Stat()
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Zero(t, quiet.Len()+int(info.Size()))

	var terminal bytes.Buffer
	b := &bar{w: &terminal, last: -1}
	b.set("work", 0.5)
	half := terminal.String()
	require.Contains(t, half, "work")
	require.Contains(t, half, "50 %")
	b.set("work", 0.501)
	require.Equal(t, half, terminal.String(), "drawn once for each percent")
	b.set("work", 7)
	require.Contains(t, terminal.String(), "100 %\n")
}
