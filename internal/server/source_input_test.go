package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
)

func TestAFailedTestBlamesAFieldOfTheForm(t *testing.T) {
	file := "password"
	tests := map[string]struct {
		in    model.SourceInput
		field string
		want  string
	}{
		"the address":                         {model.SourceInput{}, "url", "url"},
		"an authority":                        {model.SourceInput{}, "tls.ca_file", "tls.caFile"},
		"nobody is let in":                    {model.SourceInput{Authentication: model.SourceAuthenticationNone}, "authentication", "authentication"},
		"a variable with a wrong password":    {model.SourceInput{Authentication: model.SourceAuthenticationBasic}, "authentication", "secretEnv"},
		"a file with a wrong token":           {model.SourceInput{Authentication: model.SourceAuthenticationBearer, SecretFile: &file}, "authentication", "secretFile"},
		"a certificate that is not enough":    {model.SourceInput{Authentication: model.SourceAuthenticationClientCertificate}, "authentication", "authentication"},
		"a certificate of others":             {model.SourceInput{Authentication: model.SourceAuthenticationClientCertificate}, "tls.cert_file", "tls.certFile"},
		"no certificate where one is wanted":  {model.SourceInput{Authentication: model.SourceAuthenticationNone}, "tls.cert_file", "authentication"},
		"nothing that is written in the form": {model.SourceInput{}, "", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, blamedField(tc.in, tc.field)) })
	}
}
