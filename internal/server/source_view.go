package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
)

// show returns a source as the API shows it.
func (c *connections) show(e source.Entry) model.Source {
	d := e.Definition
	s := model.Source{
		Name: d.Name, Type: typeOf(d.Type), URL: d.URL, Origin: origins[e.Origin.Kind], OriginText: e.Origin.String(),
		Editable: e.Origin.Kind == source.Page, Tenant: given(d.Tenant), Timeout: interval(d.Timeout), Concurrency: given(d.Concurrency),
		MaxResponse: given(float64(d.MaxResponse)), MaxSamples: given(float64(d.MaxSamples)),
		OnIncomplete: model.OnIncompleteGap, SettleDelay: interval(d.Delay), Reread: interval(d.Overlap),
	}
	if s.Editable {
		s.Etag = new(store.Etag(d.JSON()))
	}
	if d.OnIncomplete == source.Estimate {
		s.OnIncomplete = model.OnIncompleteEstimate
	}
	for _, name := range slices.Sorted(maps.Keys(d.Headers)) {
		h := model.SourceHeader{Name: name}
		if e.Origin.Kind == source.Page { // others may hold what is not for everybody
			h.Value = new(d.Headers[name])
		}
		s.Headers = append(s.Headers, h)
	}
	if t := d.TLS; t != (source.TLS{}) {
		s.TLS = &model.SourceTLS{CAFile: given(t.CAFile), CertFile: given(t.CertFile), KeyFile: given(t.KeyFile), ServerName: given(t.ServerName), InsecureSkipVerify: t.InsecureSkipVerify}
	}
	showAuthentication(&s, d)
	c.showState(&s, d)
	return s
}

func typeOf(kind string) model.SourceType {
	for name, text := range sourceTypes {
		if text == kind {
			return name
		}
	}
	return ""
}

var origins = map[source.Kind]model.SourceOrigin{
	source.Embedded: model.SourceOriginEmbedded, source.Config: model.SourceOriginConfig,
	source.Document: model.SourceOriginDocument, source.Page: model.SourceOriginPage,
}

// showAuthentication says who asks and where the secret is read from.
func showAuthentication(s *model.Source, d source.Definition) {
	way, secret := d.Authentication()
	s.Authentication = model.SourceAuthenticationNone
	for name, w := range ways {
		if w == way {
			s.Authentication = name
		}
	}
	if d.BasicAuth != nil {
		s.Username = given(d.BasicAuth.Username)
	}
	s.SecretFrom, s.SecretEnv, s.SecretFile = given(secret.From()), given(secret.Env), given(secret.File)
}

// showState says how a source is doing.
func (c *connections) showState(s *model.Source, d source.Definition) {
	slos, objectives, indicators := c.measuring(d.Name)
	s.SLOs, s.Objectives, s.Indicators = slos, objectives, len(indicators)
	s.Test, s.Cost = c.lastTest(d), c.costOf(d.Name)
	s.Status = model.SourceStatusUntested
	if s.Indicators == 0 {
		s.Status = model.SourceStatusIdle
	}
	if s.Test != nil && !s.Test.Ok {
		s.Status, s.Problem = model.SourceStatusFailing, &s.Test.Message
	}
	newest := time.Time{}
	for _, ind := range indicators {
		if extent, ok := c.ledger.Extent(slo.StreamKey{Indicator: ind.Key()}); ok && extent.End().After(newest) {
			newest = extent.End()
		}
	}
	if !newest.IsZero() {
		s.FreshnessSeconds = new(max(0, c.o.Now().Sub(newest).Seconds()))
	}
	for _, h := range c.collector.Health() {
		if slices.Contains(source.Split(h.Source), embeddedAs(d.Name)) {
			c.showHealth(s, h)
		}
	}
}

// showHealth takes in what the last cycle of a lane saw. The one with trouble
// decides, where a source has several.
func (c *connections) showHealth(s *model.Source, h collector.Health) {
	if s.LastAttempt == nil || h.LastAttempt.After(*s.LastAttempt) {
		s.LastAttempt = given(h.LastAttempt)
	}
	if s.LastSuccess == nil || h.LastSuccess.After(*s.LastSuccess) {
		s.LastSuccess = given(h.LastSuccess)
	}
	if lag, known := c.lateness(h); known && (s.LagSeconds == nil || lag > *s.LagSeconds) {
		s.LagSeconds = new(max(0, lag))
	}
	if h.Error != "" {
		s.Status, s.Problem = model.SourceStatusFailing, &h.Error
	} else if s.Status == model.SourceStatusUntested || s.Status == model.SourceStatusIdle {
		s.Status = model.SourceStatusOk
	}
}

// embeddedAs returns a source's name as indicators have it.
func embeddedAs(name string) string { return source.Split(name)[0] }

// measuring lists the SLOs, and counts the objectives and lists the indicators,
// that measure on a source.
func (c *connections) measuring(name string) (slos []string, objectives int, indicators []slo.Indicator) {
	seen := map[slo.IndicatorKey]bool{}
	for _, s := range c.slos.All() {
		before := objectives
		for i := range s.Objectives {
			on := measuredOn(&s.Objectives[i], name)
			objectives += min(1, len(on))
			for _, ind := range on {
				if key := ind.Key(); !seen[key] {
					seen[key] = true
					indicators = append(indicators, ind)
				}
			}
		}
		if objectives > before {
			slos = append(slos, s.Name)
		}
	}
	return slos, objectives, indicators
}

// measuredOn lists the indicators behind an objective that a source measures.
func measuredOn(o *slo.Objective, name string) (on []slo.Indicator) {
	for _, part := range o.Measured() {
		if slices.Contains(source.Split(part.Indicator.SourceName()), embeddedAs(name)) {
			on = append(on, part.Indicator)
		}
	}
	return on
}

// lastTest returns the last test of a definition, nil if it was never tested.
func (c *connections) lastTest(d source.Definition) *model.SourceTest {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.tests[d.Name]
	if !ok || d.Name != source.EmbeddedName && !k.definition.Equal(d) {
		return nil
	}
	return &k.test
}

// costOf returns what a source cost, nil before its first cycle.
func (c *connections) costOf(name string) *model.SourceCost {
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.uses[sourceLabel(embeddedAs(name))]
	if u == nil || !u.cycled {
		return nil
	}
	return &model.SourceCost{LastCycle: u.last, SinceStart: u.sinceStart}
}

// testOf returns what a probe found, or why it found nothing.
func (c *connections) testOf(p slo.Probe, err error) model.SourceTest {
	t := model.SourceTest{Ok: err == nil, At: c.o.Now(), Warnings: p.Warnings}
	if err != nil {
		t.Message = err.Error()
		return t
	}
	t.Product, t.Version = given(p.Product), given(p.Version)
	t.Message = strings.TrimSpace(fmt.Sprintf("%s %s answers", p.Product, p.Version))
	if p.Latency > 0 {
		t.LatencySeconds = new(p.Latency.Seconds())
	}
	t.SkewSeconds = new(p.Skew.Seconds())
	for _, a := range p.Abilities {
		t.Abilities = append(t.Abilities, model.SourceAbility{Name: a.Name, Have: a.Have, Note: a.Note})
	}
	return t
}

// maxListed is how many names a message lists.
const maxListed = 5

// listed writes names, at most maxListed.
func listed(names []string) string {
	if len(names) > maxListed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), len(names)-maxListed)
	}
	return strings.Join(names, ", ")
}
