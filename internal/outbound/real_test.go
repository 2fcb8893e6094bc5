package outbound_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/internal/realtest"
)

// TestRealPrometheusLetsInWhoMayCome has a Prometheus for each way to authenticate.
func TestRealPrometheusLetsInWhoMayCome(t *testing.T) {
	ours, theirs := realtest.NewAuthority(t), realtest.NewAuthority(t)
	certFile, keyFile := ours.Sign(t, t.TempDir(), "hindcast", time.Hour)
	strangeCert, strangeKey := theirs.Sign(t, t.TempDir(), "hindcast", time.Hour)
	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte("s3cret\n"), 0o600))
	open := realtest.NewPrometheus(t, realtest.PrometheusOptions{}).URL
	basic := realtest.NewPrometheus(t, realtest.PrometheusOptions{Users: map[string]string{"ann": "s3cret"}}).URL
	mutual := realtest.NewPrometheus(t, realtest.PrometheusOptions{Authority: ours, ClientCertificates: true}).URL
	bearer := realtest.NewBearer(t, open, "t0ken")
	tests := map[string]struct {
		url    string
		change func(*outbound.Options)
		kind   fault.Kind
		want   string // "" is a success
	}{
		"an open one":        {open, func(*outbound.Options) {}, 0, ""},
		"a wrong path":       {open + "/prom", func(*outbound.Options) {}, fault.Invalid, "correct the path"},
		"the right password": {basic, func(o *outbound.Options) { o.BasicUser, o.BasicPassword = "ann", outbound.Secret{File: password} }, 0, ""},
		"a wrong password":   {basic, func(o *outbound.Options) { o.BasicUser, o.BasicPassword = "ann", outbound.Literal("wrong") }, fault.Forbidden, `401`},
		"no password":        {basic, func(*outbound.Options) {}, fault.Forbidden, `by "Basic"`},
		"the right token":    {bearer, func(o *outbound.Options) { o.BearerToken = outbound.Literal("t0ken") }, 0, ""},
		"no token":           {bearer, func(*outbound.Options) {}, fault.Forbidden, `by "Bearer"`},
		"a certificate": {mutual, func(o *outbound.Options) {
			o.TLS = outbound.TLS{CAFile: ours.File, CertFile: certFile, KeyFile: keyFile}
		}, 0, ""},
		"no certificate": {mutual, func(o *outbound.Options) { o.TLS.CAFile = ours.File }, fault.Forbidden, "wants a client certificate"},
		"a stranger's": {mutual, func(o *outbound.Options) {
			o.TLS = outbound.TLS{CAFile: ours.File, CertFile: strangeCert, KeyFile: strangeKey}
		}, fault.Forbidden, "wants a client certificate"},
		"an unknown authority":     {mutual, func(*outbound.Options) {}, fault.Invalid, "tls.ca_file"},
		"http where https belongs": {"http" + mutual[len("https"):], func(*outbound.Options) {}, fault.Invalid, "write https://"},
		"https where http belongs": {"https" + open[len("http"):], func(*outbound.Options) {}, fault.Invalid, "write http://"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			c := client(t, tt.url, tt.change)
			_, text, err := get(t.Context(), c, "/api/v1/status/buildinfo")
			if tt.want == "" {
				require.NoError(t, err)
				require.Contains(t, text, `"version":"3.`)
				return
			}
			requireFault(t, err, tt.kind, tt.want)
		})
	}
}
