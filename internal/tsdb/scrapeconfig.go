package tsdb

import (
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"
)

// ScrapeConfig describes targets that are scraped alike. The names are those of
// a scrape_config of Prometheus, of which it is the part that needs no cloud, so
// that a section of a prometheus.yml can be moved over as it is. A zero value
// means the default that is named at the field.
type ScrapeConfig struct {
	JobName string `yaml:"job_name"`
	// ScrapeInterval is DefaultInterval if 0, ScrapeTimeout the smaller one of
	// 10 s and the interval.
	ScrapeInterval model.Duration `yaml:"scrape_interval"`
	ScrapeTimeout  model.Duration `yaml:"scrape_timeout"`
	MetricsPath    string         `yaml:"metrics_path"` // "/metrics"
	Scheme         string         `yaml:"scheme"`       // "http"
	// Params are added to the URL of every target.
	Params map[string][]string `yaml:"params"`
	// HonorLabels keeps labels of samples that clash with those of the target.
	HonorLabels bool `yaml:"honor_labels"`
	// HonorTimestamps takes the times that targets give to samples; true if nil.
	HonorTimestamps *bool `yaml:"honor_timestamps"`

	StaticConfigs []StaticConfig `yaml:"static_configs"`
	FileSDConfigs []FileSDConfig `yaml:"file_sd_configs"`

	BasicAuth     *BasicAuth        `yaml:"basic_auth"`
	Authorization *Authorization    `yaml:"authorization"`
	HTTPHeaders   map[string]string `yaml:"http_headers"` // no secrets: they are shown
	TLSConfig     *TLSConfig        `yaml:"tls_config"`
	// FollowRedirects is true if nil.
	FollowRedirects *bool `yaml:"follow_redirects"`

	// AlwaysScrapeClassicHistograms keeps the buckets of a histogram that is
	// exposed as a native one too; true if nil. Prometheus drops them, and with
	// them every objective that was written on x_bucket{le="…"}.
	AlwaysScrapeClassicHistograms *bool `yaml:"always_scrape_classic_histograms"`

	// A scrape that exceeds a limit fails as a whole, and the target is down.
	BodySizeLimit         int64 `yaml:"body_size_limit"`          // bytes, 32 MiB
	SampleLimit           uint  `yaml:"sample_limit"`             // 100,000
	TargetLimit           uint  `yaml:"target_limit"`             // 1,000
	LabelLimit            uint  `yaml:"label_limit"`              // 64
	LabelNameLengthLimit  uint  `yaml:"label_name_length_limit"`  // 256
	LabelValueLengthLimit uint  `yaml:"label_value_length_limit"` // 4,096

	RelabelConfigs       []*relabel.Config `yaml:"relabel_configs"`
	MetricRelabelConfigs []*relabel.Config `yaml:"metric_relabel_configs"`
}

// StaticConfig lists targets as host:port, with labels that all of them get.
type StaticConfig struct {
	Targets []string          `yaml:"targets"`
	Labels  map[string]string `yaml:"labels"`
}

// FileSDConfig names files that list targets, as Prometheus' file_sd_configs
// reads them; they are read again whenever they change.
type FileSDConfig struct {
	Files []string `yaml:"files"` // .json, .yml or .yaml; the last part of a path may hold one *
	// RefreshInterval is how often files are read even if no change was
	// noticed, 5 minutes if 0.
	RefreshInterval model.Duration `yaml:"refresh_interval"`
}

// BasicAuth signs in with a name and a password, which is read from a file at
// every scrape.
type BasicAuth struct {
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password_file"`
}

// Authorization sends an Authorization header with credentials that are read
// from a file at every scrape.
type Authorization struct {
	Type            string `yaml:"type"` // "Bearer"
	CredentialsFile string `yaml:"credentials_file"`
}

// TLSConfig says how to speak to targets of scheme https.
type TLSConfig struct {
	CAFile             string `yaml:"ca_file"`
	CertFile           string `yaml:"cert_file"`
	KeyFile            string `yaml:"key_file"`
	ServerName         string `yaml:"server_name"`
	InsecureSkipVerify bool   `yaml:"insecure_skip_verify"`
}

// DefaultInterval is how often targets are scraped if nothing else is said: four
// samples per slot of the ledger, so that one lost scrape leaves no gap.
const DefaultInterval = 15 * time.Second

// The default limits of a scrape. They are far above what an exporter shows and
// far below what fills the memory of a small machine.
const (
	defaultTimeout    = 10 * time.Second
	defaultBodySize   = 32 << 20
	defaultSamples    = 100_000
	defaultTargets    = 1_000
	defaultLabels     = 64
	defaultNameLength = 256
	defaultValue      = 4_096
	// defaultBuckets is how many buckets a native histogram may have before
	// neighbours are merged; 160 is what client libraries keep by default.
	defaultBuckets = 160
)

// FieldProblem is an error in a field of a configuration.
type FieldProblem struct {
	// Path leads to the field, as in "[0].static_configs[1].targets[2]".
	Path string
	Text string
}

// String returns the problem with its path.
func (p FieldProblem) String() string { return p.Path + ": " + p.Text }
