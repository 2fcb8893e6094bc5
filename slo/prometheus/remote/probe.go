package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

var _ slo.Prober = (*Sampler)(nil)

// maxStatus is how much of a status page is read.
const maxStatus = 1 << 20

// Skews of the clocks that are worth a word. Samples carry the time of whoever
// scraped them, so that a skew up to the delay of collection changes nothing.
const (
	leastSkew = time.Second
	badSkew   = 10 * time.Second
)

// shortRetention is a retention that most objectives' windows are longer than.
const shortRetention = 28 * 24 * time.Hour

// Probe asks the server who it is and what it can do; see slo.Prober. It asks
// about ten small questions.
func (s *Sampler) Probe(ctx context.Context) (slo.Probe, error) {
	p := prober{s: s}
	if err := p.clock(ctx); err != nil {
		return slo.Probe{}, p.explain(ctx, err)
	}
	if err := p.product(ctx); err != nil {
		return slo.Probe{}, err
	}
	for _, ask := range []func(context.Context) error{p.remoteRead, p.histograms, p.flags} {
		if err := ask(ctx); err != nil {
			return slo.Probe{}, err
		}
	}
	return p.out, nil
}

// prober gathers what a server says about itself.
type prober struct {
	s   *Sampler
	out slo.Probe
}

// timed notes the latency of the fastest answer.
func (p *prober) timed(began time.Time) {
	if took := p.s.o.Now().Sub(began); p.out.Latency == 0 || took < p.out.Latency {
		p.out.Latency = took
	}
}

// clock asks for the server's time, which is the smallest question to its engine:
// what cannot answer it is no Prometheus.
func (p *prober) clock(ctx context.Context) error {
	began := p.s.o.Now()
	var got one
	a, _, err := p.s.query(ctx, "query", url.Values{"query": {"time()"}}, &got)
	if err != nil {
		return err
	}
	if a.result != "scalar" || !got.has {
		return p.s.odd("time() is answered with a %q: that is not a Prometheus", oneLine(a.result))
	}
	p.timed(began)
	middle := began.Add(p.s.o.Now().Sub(began) / 2)
	skew := time.UnixMilli(int64(got.v * 1000)).Sub(middle)
	if skew.Abs() < leastSkew {
		return nil
	}
	p.out.Skew = skew
	if skew.Abs() >= badSkew {
		p.warn("the server's clock is %s %s ours: minutes are closed by our clock, so that they look late or empty; set both by NTP", skew.Abs().Round(time.Second), aheadOf(skew))
	}
	return nil
}

func aheadOf(d time.Duration) string {
	if d < 0 {
		return "behind"
	}
	return "ahead of"
}

func (p *prober) warn(format string, args ...any) {
	p.out.Warnings = append(p.out.Warnings, fmt.Sprintf(format, args...))
}

func (p *prober) able(name string, have bool, note string) {
	p.out.Abilities = append(p.out.Abilities, slo.Ability{Name: name, Have: have, Note: note})
}

// one takes the one number that is expected.
type one struct {
	v   float64
	has bool
}

func (o *one) series(labels.Labels) error { return nil }
func (o *one) float(_ int64, v float64) error {
	o.v, o.has = v, true
	return nil
}
func (o *one) histogram(int64, *histogram.FloatHistogram) error { return nil }

// prefixes are where the API of well-known servers lies if not at their root:
// Mimir and Cortex, VictoriaMetrics clusters, older Cortex, Prometheus and Thanos
// behind a proxy.
var prefixes = []string{"prometheus", "select/0/prometheus", "api/prom", "mimir/prometheus", "thanos", "query"}

// explain looks for the right path where there is no API at the one given.
func (p *prober) explain(ctx context.Context, err error) error {
	if !errors.Is(err, errNotHere) {
		return err
	}
	for _, prefix := range prefixes {
		there := New(p.s.base.JoinPath(prefix), p.s.doer, p.s.o)
		var got one
		if a, _, err := there.query(ctx, "query", url.Values{"query": {"time()"}}, &got); err == nil && a.result == "scalar" {
			return fault.At("url", fault.Invalidf("source %s: there is no Prometheus API at %s, but there is at %s: write that as the URL", p.s.o.Name, p.s.base.Redacted(), there.base.Redacted()))
		}
	}
	return err
}

// product tells servers apart by what they answer about their build.
func (p *prober) product(ctx context.Context) error {
	began := p.s.o.Now()
	var build struct {
		Version     string `json:"version"`
		Revision    string `json:"revision"`
		GoVersion   string `json:"goVersion"`
		Application string `json:"application"`
	}
	switch found, err := p.status(ctx, "status/buildinfo", &build); {
	case err != nil:
		return err
	case !found:
		p.warn("the server does not say what it is (no /api/v1/status/buildinfo): it is asked as any server of the family")
		return nil
	}
	p.timed(began)
	p.out.Version = strings.TrimPrefix(oneLine(build.Version), "v")
	p.out.Product = productOf(build.Application, build.Revision, build.GoVersion, p.out.Version)
	if p.out.Product != "Prometheus" {
		return nil
	}
	major, minor := majorMinor(p.out.Version)
	switch {
	case major < 2:
		return fault.Invalidf("source %s: this is Prometheus %s, which is too old: 2.26 or newer is needed", p.s.o.Name, p.out.Version)
	case major == 2 && minor < 26:
		p.warn("Prometheus %s is older than 2.26, the oldest that this was written for: upgrade it", p.out.Version)
	}
	return nil
}

// productOf names the server: Mimir and Cortex say it, VictoriaMetrics gives a
// version and nothing else, Thanos has not reached 1.0, Hindcast's own API writes
// itself into the revision.
func productOf(application, revision, goVersion, version string) string {
	major, _ := majorMinor(version)
	switch {
	case strings.Contains(strings.ToLower(application), "mimir"):
		return "Mimir"
	case strings.Contains(strings.ToLower(application), "cortex"):
		return "Cortex"
	case application != "":
		return oneLine(application)
	case strings.HasPrefix(revision, "hindcast"):
		return "Hindcast"
	case revision == "" && goVersion == "" && version != "":
		return "VictoriaMetrics"
	case version != "" && major == 0:
		return "Thanos"
	default:
		return "Prometheus"
	}
}

// majorMinor returns the first two numbers of a version, 0 for what is none.
func majorMinor(version string) (major, minor int) {
	parts := strings.SplitN(version, ".", 3)
	major, _ = strconv.Atoi(parts[0]) // 0 is as good as no number
	if len(parts) > 1 {
		minor, _ = strconv.Atoi(parts[1])
	}
	return major, minor
}

// status reads a status page; found is false where there is none to be read.
func (p *prober) status(ctx context.Context, path string, into any) (found bool, err error) {
	r, err := p.s.do(ctx, http.MethodGet, path, http.Header{"Accept": {"application/json"}}, nil)
	if err != nil {
		return false, err
	}
	defer r.close()
	if r.StatusCode == http.StatusUnauthorized {
		return false, p.s.refused(r.refusal())
	}
	text, err := io.ReadAll(io.LimitReader(r.body, maxStatus))
	if err != nil {
		return false, p.s.broken(err)
	}
	var page struct {
		Status string
		Data   json.RawMessage
	}
	if r.StatusCode != http.StatusOK || json.Unmarshal(text, &page) != nil || page.Status != "success" {
		return false, nil
	}
	return json.Unmarshal(page.Data, into) == nil, nil
}

// remoteRead asks for the samples of a series that nobody has.
func (p *prober) remoteRead(ctx context.Context) error {
	p.s.mu.Lock()
	p.s.noRead = time.Time{} // a server that was upgraded is found out about here
	p.s.mu.Unlock()
	nobody := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, "hindcast_probe")}
	now := p.s.o.Now().UnixMilli()
	r, err := p.s.openRead(ctx, nobody, now-1, now)
	switch {
	case err == nil:
		r.close()
		p.able("streamed remote read", true, "history is read fast, and staleness markers are seen")
	case errors.Is(err, errNoRead):
		p.s.readMissing()
		p.able("streamed remote read", false, "history is read by range queries: the same samples, slower, and without the marks of series that ended")
	case fault.KindOf(err) == fault.Forbidden:
		return fault.Forbiddenf("%w: queries work, so the credentials or a proxy keep /api/v1/read closed; open it", err)
	default:
		return err
	}
	return nil
}

// histograms asks whether the engine knows native histograms.
func (p *prober) histograms(ctx context.Context) error {
	_, _, err := p.s.query(ctx, "query", url.Values{"query": {"histogram_count(vector(0))"}}, &one{})
	if err != nil && fault.KindOf(err) != fault.Invalid {
		return err
	}
	note := "latency objectives read classic histograms only"
	if err == nil {
		note = "latency objectives may read them"
	}
	p.able("native histograms", err == nil, note)
	return nil
}

// flags warns of settings that matter; most servers keep them to themselves.
func (p *prober) flags(ctx context.Context) error {
	flags := map[string]string{}
	if found, err := p.status(ctx, "status/flags", &flags); err != nil || !found {
		return err
	}
	text := flags["storage.tsdb.retention.time"]
	if text == "" || text == "0s" {
		text = flags["storage.tsdb.retention"]
	}
	if d, err := model.ParseDuration(text); err == nil && d > 0 && time.Duration(d) < shortRetention {
		p.warn("the server keeps samples for %s: of a longer window it knows nothing before that, and coverage says so; raise --storage.tsdb.retention.time for the first measurement of long windows", d)
	}
	return nil
}
