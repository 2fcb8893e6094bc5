package realtest

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Alertmanager is a server that takes alerts and sends notifications.
type Alertmanager struct {
	URL string // without a slash at its end
}

// NewAlertmanager starts an Alertmanager with the text of its configuration file.
// It serves until the test ends.
func NewAlertmanager(t testing.TB, config string) *Alertmanager {
	t.Helper()
	bin := built(t, "HINDCAST_ALERTMANAGER")
	dir, address := t.TempDir(), "127.0.0.1:"+strconv.Itoa(Port(t))
	write(t, filepath.Join(dir, "alertmanager.yml"), config)
	a := &Alertmanager{URL: "http://" + address}
	cmd := exec.Command(bin, "--config.file", filepath.Join(dir, "alertmanager.yml"), "--storage.path", filepath.Join(dir, "data"),
		"--web.listen-address", address, "--cluster.listen-address=") // no cluster: it would take another port
	transport := &http.Transport{DisableKeepAlives: true}
	Start(t, cmd, syscall.SIGTERM, func() error { return answers(a.URL+"/-/ready", transport.RoundTrip) })
	return a
}
