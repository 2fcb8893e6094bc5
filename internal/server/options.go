package server

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/source"
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
	// Pprof serves the profiles of the Go runtime to this machine.
	Pprof bool
	// Traces sends spans to the receiver that the OTEL_EXPORTER_OTLP_*
	// environment variables name.
	Traces bool
	Logger *slog.Logger
	Now    func() time.Time
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
	// LedgerDays is for how many days the ledger keeps minutes, 0 for the
	// default; the totals of days are kept for ever.
	LedgerDays int `yaml:"ledger_retention_days"`
	// Delay is how long after its end a minute is read, 0 for the default; sources
	// that settle later say so themselves.
	Delay time.Duration `yaml:"collect_delay"`
	// Sources are the servers that objectives measure on beside the embedded one.
	Sources []source.Definition `yaml:"sources"`
	// Alerting says where alerts are sent.
	Alerting alertingConfig `yaml:"alerting"`
	// Outbound bounds what may be connected.
	Outbound outboundConfig `yaml:"outbound"`

	file        string // its name in messages
	sourceLines []int  // of Sources
}

const (
	// defaultLedgerDays is a year and what a late quarterly review looks back.
	defaultLedgerDays = 400
	// minLedgerDays is the window of most budgets and the days around it.
	minLedgerDays = 35
)

// check refuses options that cannot be served.
func (o Options) check() error {
	if o.Demo && o.Database != "" {
		return fault.Invalidf("the demo begins anew after a pause and removes what it kept; it does so in a corner of the data directory, never in a database server: leave out --demo or --database")
	}
	return checkListen(o.Listen)
}

// maxConfigSize bounds what is read before it is looked at.
const maxConfigSize = 1 << 20

// unknownKey is what the YAML library says of one, with a type of Go.
var unknownKey = regexp.MustCompile(`field (\S+) not found in type \S+`)

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
	text, err := io.ReadAll(io.LimitReader(f, maxConfigSize))
	if err != nil {
		return c, fault.Unavailablef("configuration file: %w", err)
	}
	c.file = filepath.Base(path)
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		text := unknownKey.ReplaceAllString(err.Error(), `key "$1" is not known here`)
		return Config{}, fault.Invalidf("configuration file %s: %s", path, strings.TrimPrefix(text, "yaml: "))
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return Config{}, fault.Invalidf("configuration file %s: %w", path, err)
	}
	return c, c.validate(&root)
}

// validate checks what the types cannot. The document says where it is written.
func (c *Config) validate(root *yaml.Node) error {
	name := c.file
	if c.LedgerDays != 0 && c.LedgerDays < minLedgerDays {
		return fault.Invalidf("%s: ledger_retention_days %d is too few: windows need the minutes of their first day, keep at least %d, or leave it out for %d", name, c.LedgerDays, minLedgerDays, defaultLedgerDays)
	}
	texts := append(c.checkSources(root), c.checkAlerting(root)...)
	for _, p := range tsdb.ValidateScrape(c.Scrape) {
		texts = append(texts, name+": scrape"+p.String())
	}
	if len(texts) == 0 {
		return nil
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
