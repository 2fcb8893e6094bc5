package instance

import (
	"net/netip"
	"time"

	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/slo/prometheus/remote"
)

// Sampler reads a server as Hindcast does: through its one HTTP client, which has
// to be told that the loopback interface is meant.
func Sampler(url string) (*remote.Sampler, error) {
	client, err := outbound.New(outbound.Options{
		Name: "bench", URL: url, Now: time.Now,
		Policy: outbound.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	})
	if err != nil {
		return nil, err
	}
	return remote.New(client.URL(), client, remote.Options{Now: time.Now}), nil
}
