package elasticsearch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// tested is the version that the tests run against.
const tested = "8.19"

// oldest is the first version that names itself on every answer.
var oldest = [2]int{7, 14}

// probing is a Probe in the making.
type probing struct {
	s    *Source
	p    slo.Probe
	body struct {
		health struct {
			Status string `json:"status"`
			Nodes  int    `json:"number_of_nodes"`
		}
		info struct {
			Version struct {
				Number       string `json:"number"`
				Distribution string `json:"distribution"`
			} `json:"version"`
		}
		nodes struct {
			Nodes map[string]struct {
				Version   string `json:"version"`
				Timestamp int64  `json:"timestamp"`
			} `json:"nodes"`
		}
	}
}

// Probe implements slo.Prober. It needs none of the privileges beyond reading an
// index: what the user may not ask is left out and said.
func (s *Source) Probe(ctx context.Context) (slo.Probe, error) {
	p := &probing{s: s}
	steps := []func(context.Context) error{p.info, p.health, p.version, p.clock}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return slo.Probe{}, err
		}
	}
	p.judge()
	return p.p, nil
}

// ask sends one request of the probe. What a user may not do, and what a server
// does not have, is nil and not an error.
func (p *probing) ask(ctx context.Context, what string, r esapi.Request, out any) (had bool, err error) {
	began := p.s.o.Now()
	header, err := p.s.do(ctx, what, r, out)
	took := p.s.o.Now().Sub(began)
	if err == nil && (p.p.Latency == 0 || took < p.p.Latency) {
		p.p.Latency = took
	}
	p.skew(header.Get("Date"), began.Add(took/2))
	refusal, ok := isRefusal(err)
	if !ok {
		return err == nil, err
	}
	genuineRefusal := header.Get(product) == "Elasticsearch"
	switch refusal.status {
	case http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotFound, http.StatusGone, http.StatusBadRequest:
		if genuineRefusal {
			return false, nil
		}
	}
	return false, refusal.err
}

// info asks who is there. The distribution for integration tests has no such
// page, and answers 405.
func (p *probing) info(ctx context.Context) error {
	info := &p.body.info
	_, err := p.ask(ctx, "Elasticsearch", esapi.InfoRequest{}, info)
	if name := info.Version.Distribution; name != "" && err == nil {
		err = other(name, info.Version.Number)
	}
	p.p.Product, p.p.Version = "Elasticsearch", info.Version.Number
	if err != nil && fault.KindOf(err) == fault.Invalid {
		return p.imitation(ctx, err)
	}
	return err
}

// imitation names the product behind an answer that is not Elasticsearch's.
func (p *probing) imitation(ctx context.Context, err error) error {
	res, failed := esapi.InfoRequest{}.Do(ctx, p.s)
	if failed != nil {
		return err
	}
	defer res.Body.Close()
	body, failed := read(res.Body)
	if failed == nil && json.Unmarshal(body, &p.body.info) == nil && p.body.info.Version.Distribution != "" {
		return other(p.body.info.Version.Distribution, p.body.info.Version.Number)
	}
	return err
}

// other refuses a relative of Elasticsearch.
func other(name, version string) error {
	if strings.EqualFold(name, "opensearch") {
		name = "OpenSearch"
	}
	return fault.Invalidf("the server is %s %s and not Elasticsearch: it is untested, and nothing is measured on it", name, version)
}

func (p *probing) health(ctx context.Context) error {
	h := &p.body.health
	had, err := p.ask(ctx, "cluster health", esapi.ClusterHealthRequest{}, h)
	switch {
	case err != nil:
	case !had:
		p.warnf("the user of the source may not read the cluster's health (privilege monitor), which explains failures")
	case h.Status == "red":
		p.warnf("the cluster is red: shards are missing, and whoever needs them gets no figures until they are back")
	}
	return err
}

// version asks the nodes where the first page did not tell.
func (p *probing) version(ctx context.Context) error {
	if p.p.Version != "" {
		return nil
	}
	_, err := p.ask(ctx, "nodes", esapi.NodesInfoRequest{NodeID: []string{"_local"}, FilterPath: []string{"nodes.*.version"}}, &p.body.nodes)
	for _, n := range p.body.nodes.Nodes {
		p.p.Version = n.Version
	}
	return err
}

// clock compares the node's clock with ours.
func (p *probing) clock(ctx context.Context) error {
	began := p.s.o.Now()
	_, err := p.ask(ctx, "nodes", esapi.NodesStatsRequest{NodeID: []string{"_local"}, Metric: []string{"process"}, FilterPath: []string{"nodes.*.timestamp"}}, &p.body.nodes)
	for _, n := range p.body.nodes.Nodes {
		if n.Timestamp > 0 {
			p.differ(time.UnixMilli(n.Timestamp), began.Add(p.s.o.Now().Sub(began)/2))
		}
	}
	return err
}

// skew reads the clock of the server, or of a proxy before it, from a header.
func (p *probing) skew(date string, ours time.Time) {
	if t, err := http.ParseTime(date); err == nil {
		p.differ(t, ours)
	}
}

func (p *probing) differ(theirs, ours time.Time) {
	if d := theirs.Sub(ours); d.Abs() >= time.Second && d.Abs() > p.p.Skew.Abs() {
		p.p.Skew = d.Truncate(time.Second)
	}
}

func (p *probing) warnf(format string, args ...any) {
	p.p.Warnings = append(p.p.Warnings, fmt.Sprintf(format, args...))
}

// judge says what follows from the version and the clock.
func (p *probing) judge() {
	v := parseVersion(p.p.Version)
	switch {
	case p.p.Version == "":
		p.warnf("the server does not tell its version; %s is tested", tested)
	case v[0] < oldest[0] || v[0] == oldest[0] && v[1] < oldest[1]:
		p.warnf("Elasticsearch %s is older than %d.%d and cannot be measured on", p.p.Version, oldest[0], oldest[1])
	case !strings.HasPrefix(p.p.Version, tested+"."):
		p.warnf("Elasticsearch %s is untested; %s is tested", p.p.Version, tested)
	}
	if skew := p.p.Skew; skew.Abs() > p.s.o.Delay/2 {
		p.warnf("the clocks differ by %s: minutes would be read before their documents are there; set the clocks by NTP", skew)
	}
	p.p.Abilities = []slo.Ability{
		{Name: "exact counts", Have: true, Note: "good and total come from one request, as filters and not as percentiles"},
		{Name: "point in time", Have: true, Note: "all groups of an indicator are counted on the same documents"},
		{Name: "late documents", Have: true, Note: fmt.Sprintf("minutes settle for %s and are read again for %d minutes; what is later counts after a pause of the whole index, or a restart within %s", p.s.o.Delay, p.s.o.Overlap, p.s.o.Lookback)},
	}
}

// parseVersion reads major and minor; zero where there are none.
func parseVersion(text string) (v [2]int) {
	parts := strings.SplitN(text, ".", 3)
	for i := range min(len(parts), 2) {
		v[i], _ = strconv.Atoi(parts[i])
	}
	return v
}
