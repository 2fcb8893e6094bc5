package server

import (
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb"
)

// Options say how a server runs.
type Options struct {
	Listen string // host:port on the loopback interface; port 0 chooses one
	Data   string // directory of everything that is kept
	// Database is the URL of a PostgreSQL database; "" keeps the ledger in Data.
	Database string
	Specs    string // folder of specifications, "" for none
	Config   Config
	Demo     bool
	Logger   *slog.Logger
	Now      func() time.Time
	// Progress receives how far long work at start got, 0 to 1; nil for nobody.
	Progress func(what string, done float64)
}

// Config is what hindcast.yaml holds. Everything has a default.
type Config struct {
	Scrape    []tsdb.ScrapeConfig `yaml:"scrape"`
	Retention struct {
		Time time.Duration `yaml:"time"` // of raw samples, 0 for the default
		Size int64         `yaml:"size"` // bytes, 0 for no limit
	} `yaml:"retention"`
	// OutOfOrderWindow is how late a sample may arrive behind newer ones of its
	// series, 0 for not at all.
	OutOfOrderWindow time.Duration `yaml:"out_of_order_window"`
	// Durability is what an acknowledged sample survives, "" for a power cut.
	Durability tsdb.Durability `yaml:"durability"`
	// MinFree is how many bytes of the disk stay free, 0 for the default.
	MinFree int64 `yaml:"min_free"`
	// Delay is how long after its end a minute is read, 0 for the default.
	Delay time.Duration `yaml:"collect_delay"`
}

// check refuses options that cannot be served.
func (o Options) check() error {
	if o.Demo && o.Database != "" {
		return fault.Invalidf("the demo begins anew after a pause and removes what it kept; it does so in a corner of the data directory, never in a database server: leave out --demo or --database")
	}
	return checkListen(o.Listen)
}

// maxConfigSize bounds what is read before it is looked at.
const maxConfigSize = 1 << 20

// ReadConfig reads a configuration file strictly: an unknown key is an error
// that names its line.
func ReadConfig(path string) (Config, error) {
	var c Config
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, fault.NotFoundf("configuration file %s does not exist", path)
	}
	if err != nil {
		return c, fault.Unavailablef("configuration file: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return c, fault.Unavailablef("configuration file: %w", err)
	}
	if info.Size() > maxConfigSize {
		return c, fault.Invalidf("configuration file %s has %d bytes, more than %d", path, info.Size(), maxConfigSize)
	}
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		return Config{}, fault.Invalidf("configuration file %s: %w", path, err)
	}
	return c, c.validate(filepath.Base(path))
}

// validate checks what the types cannot.
func (c Config) validate(name string) error {
	problems := tsdb.ValidateScrape(c.Scrape)
	if len(problems) == 0 {
		return nil
	}
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = name + ": scrape" + p.String()
	}
	return fault.Invalidf("%s", strings.Join(texts, "\n"))
}

// checkListen refuses addresses that others than this machine can reach: the
// server knows no people and no rights yet.
func checkListen(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fault.Invalidf("listen address %q is not host:port: %w", listen, err)
	}
	if host == "localhost" {
		return nil
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || !addr.IsLoopback() {
		return fault.Invalidf("listen address %q is not on the loopback interface: there are no users and rights yet, so that everybody who reaches the port could read everything; listen on 127.0.0.1 and put an authenticating proxy in front", listen)
	}
	return nil
}
