package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
)

func TestConfigurationIsReadStrictly(t *testing.T) {
	tests := map[string]struct {
		text string
		says string // "" for no error
	}{
		"the example of the documentation": {text: "scrape:\n  - job_name: a\n    static_configs: [{targets: ['127.0.0.1:9100']}]\nretention: {time: 840h, size: 1000000}\ncollect_delay: 5s\nledger_retention_days: 90\n"},
		"an unknown key":                   {text: "retain: {}\n", says: "line 1: key \"retain\" is not known"},
		"a job without a name":             {text: "scrape:\n  - scrape_interval: 5s\n", says: "hindcast.yaml: scrape[0]"},
		"two jobs of one name":             {text: "scrape:\n  - {job_name: a}\n  - {job_name: a}\n", says: "hindcast.yaml: scrape[1]"},
		"a duration that is none":          {text: "collect_delay: soon\n", says: "line 1"},
		"a duplicate key":                  {text: "collect_delay: 5s\ncollect_delay: 6s\n", says: "already defined"},
		"something that is not YAML":       {text: "\t{", says: "hindcast.yaml"},
		"minutes for less than a window":   {text: "ledger_retention_days: 20\n", says: "keep at least 35"},
		"a file beyond the limit":          {text: "# " + strings.Repeat("x", maxConfigSize), says: "more than 1048576"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hindcast.yaml")
			require.NoError(t, os.WriteFile(path, []byte(tt.text), 0o600))
			c, err := ReadConfig(path)
			if tt.says == "" {
				require.NoError(t, err)
				require.Equal(t, "a", c.Scrape[0].JobName)
				require.Equal(t, 840*time.Hour, c.Retention.Time)
				require.Equal(t, 5*time.Second, c.Delay)
				require.Equal(t, 90, c.LedgerDays)
				return
			}
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			require.ErrorContains(t, err, tt.says)
		})
	}
}

func TestOnlyLoopbackAddressesAreListenedOn(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:8480", "127.9.9.9:0", "[::1]:8480", "localhost:80"} {
		require.NoError(t, checkListen(listen), listen)
	}
	for _, listen := range []string{"", "8480", ":8480", "0.0.0.0:8480", "[::]:8480", "10.0.0.1:80", "example.com:80", "127.0.0.1", "localhost.evil.example:80", "127.0.0.1.nip.io:80"} {
		require.Equal(t, fault.Invalid, fault.KindOf(checkListen(listen)), listen)
	}
}

func TestHostsGetAPort(t *testing.T) {
	for host, want := range map[string]string{
		"localhost": "localhost:80", "localhost:8480": "localhost:8480",
		"[::1]": "[::1]:80", "[::1]:8480": "[::1]:8480", "": ":80",
	} {
		require.Equal(t, want, withPort(host))
	}
}
