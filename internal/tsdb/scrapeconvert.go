package tsdb

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/alecthomas/units"
	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/discovery/file"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/model/relabel"
)

// prometheus returns the configuration as Prometheus' scraper wants it, with all
// defaults filled in.
func (s *ScrapeConfig) prometheus() (*promconfig.ScrapeConfig, error) {
	p := promconfig.DefaultScrapeConfig
	p.JobName = s.JobName
	p.ScrapeInterval = or(s.ScrapeInterval, model.Duration(DefaultInterval))
	p.ScrapeTimeout = or(s.ScrapeTimeout, min(model.Duration(defaultTimeout), p.ScrapeInterval))
	p.MetricsPath = or(s.MetricsPath, p.MetricsPath)
	p.Scheme = or(s.Scheme, p.Scheme)
	p.Params = url.Values(s.Params)
	p.HonorLabels = s.HonorLabels
	p.HonorTimestamps = isTrue(s.HonorTimestamps)
	p.ServiceDiscoveryConfigs = s.discovery()
	p.HTTPClientConfig = s.client()
	p.RelabelConfigs = cloneRelabel(s.RelabelConfigs)
	p.MetricRelabelConfigs = cloneRelabel(s.MetricRelabelConfigs)
	s.limits(&p)
	yes, classic := true, isTrue(s.AlwaysScrapeClassicHistograms)
	p.ScrapeNativeHistograms = &yes
	p.AlwaysScrapeClassicHistograms = &classic
	// Targets that do not say what they answer are read as the oldest format,
	// as Prometheus 2 did.
	p.ScrapeFallbackProtocol = promconfig.PrometheusText0_0_4
	if err := p.HTTPClientConfig.Validate(); err != nil {
		return nil, err
	}
	return &p, p.Validate(promconfig.DefaultGlobalConfig)
}

func isTrue(b *bool) bool { return b == nil || *b }

func (s *ScrapeConfig) limits(p *promconfig.ScrapeConfig) {
	p.BodySizeLimit = units.Base2Bytes(or(s.BodySizeLimit, defaultBodySize))
	p.SampleLimit = or(s.SampleLimit, defaultSamples)
	p.TargetLimit = or(s.TargetLimit, defaultTargets)
	p.LabelLimit = or(s.LabelLimit, defaultLabels)
	p.LabelNameLengthLimit = or(s.LabelNameLengthLimit, defaultNameLength)
	p.LabelValueLengthLimit = or(s.LabelValueLengthLimit, defaultValue)
	p.NativeHistogramBucketLimit = defaultBuckets
}

// discovery returns where targets come from.
func (s *ScrapeConfig) discovery() discovery.Configs {
	var configs discovery.Configs
	var static discovery.StaticConfig
	for i, group := range s.StaticConfigs {
		static = append(static, staticGroup(strconv.Itoa(i), group))
	}
	if len(static) > 0 {
		configs = append(configs, static)
	}
	for _, sd := range s.FileSDConfigs {
		configs = append(configs, &file.SDConfig{
			Files:           slices.Clone(sd.Files),
			RefreshInterval: or(sd.RefreshInterval, model.Duration(5*time.Minute)),
		})
	}
	return configs
}

func staticGroup(source string, s StaticConfig) *targetgroup.Group {
	group := &targetgroup.Group{Source: source, Labels: make(model.LabelSet, len(s.Labels))}
	for _, target := range s.Targets {
		group.Targets = append(group.Targets, model.LabelSet{model.AddressLabel: model.LabelValue(target)})
	}
	for name, value := range s.Labels {
		group.Labels[model.LabelName(name)] = model.LabelValue(value)
	}
	return group
}

// client returns how targets are spoken to.
func (s *ScrapeConfig) client() commoncfg.HTTPClientConfig {
	c := commoncfg.DefaultHTTPClientConfig
	c.FollowRedirects = isTrue(s.FollowRedirects)
	if a := s.BasicAuth; a != nil {
		c.BasicAuth = &commoncfg.BasicAuth{Username: a.Username, PasswordFile: a.PasswordFile}
	}
	if a := s.Authorization; a != nil {
		c.Authorization = &commoncfg.Authorization{Type: or(a.Type, "Bearer"), CredentialsFile: a.CredentialsFile}
	}
	if t := s.TLSConfig; t != nil {
		c.TLSConfig = commoncfg.TLSConfig{
			CAFile: t.CAFile, CertFile: t.CertFile, KeyFile: t.KeyFile,
			ServerName: t.ServerName, InsecureSkipVerify: t.InsecureSkipVerify,
		}
	}
	if len(s.HTTPHeaders) > 0 {
		c.HTTPHeaders = &commoncfg.Headers{Headers: make(map[string]commoncfg.Header, len(s.HTTPHeaders))}
		for name, value := range s.HTTPHeaders {
			c.HTTPHeaders.Headers[name] = commoncfg.Header{Values: []string{value}}
		}
	}
	return c
}

// cloneRelabel copies rules, into which Prometheus writes.
func cloneRelabel(rules []*relabel.Config) []*relabel.Config {
	clones := make([]*relabel.Config, 0, len(rules))
	for _, r := range rules {
		if r == nil {
			continue // an empty list entry says nothing
		}
		clone := *r
		clones = append(clones, &clone)
	}
	return clones
}
