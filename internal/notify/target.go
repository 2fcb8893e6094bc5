package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo/alert"
)

// The types of targets.
const (
	Alertmanager = "alertmanager"
	Webhook      = "webhook"
)

// Target is where alerts are sent.
type Target struct {
	Name string
	Type string
	// URL is the base address of an Alertmanager, or that of a webhook.
	URL string
	// Transport sends requests; it is one of internal/outbound.
	Transport http.RoundTripper
	// Secret returns the key that messages to a webhook are signed with, "" for
	// none; nil for none.
	Secret func() (string, error)
}

// resend is how often an Alertmanager is told of what fires, and lapse how much
// later it ends by itself if nobody does any more; both as Prometheus has them.
const (
	resend = time.Minute
	lapse  = 4 * resend
	// recent is how long an Alertmanager is told of what ended.
	recent = 15 * time.Minute
)

// posted is an alert as Alertmanager's API v2 takes it.
type posted struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// alertOf returns an episode as an alert.
func alertOf(e alert.Episode, now time.Time, link string) posted {
	p := posted{Labels: labels(e), Annotations: map[string]string{}, StartsAt: e.FiredAt, EndsAt: now.Add(lapse), GeneratorURL: link}
	for name, value := range e.Annotations {
		p.Annotations[labelName(name)] = value
	}
	p.Annotations["summary"], p.Annotations["description"] = summary(e), e.Condition+": "+e.Reason
	if !e.Open() {
		p.EndsAt = e.ResolvedAt
	}
	return p
}

// labels returns the labels that tell alerts apart; those of ours win.
func labels(e alert.Episode) map[string]string {
	all := map[string]string{}
	for name, value := range e.Labels {
		all[labelName(name)] = value
	}
	maps.Copy(all, map[string]string{
		"alertname": "HindcastBurn", "slo": e.SLO, "objective": e.Objective, "service": e.Service, "severity": e.Severity, "policy": e.Policy,
	})
	if e.NoData {
		all["alertname"] = "HindcastNoData"
	}
	return all
}

// labelName makes a name that every Alertmanager takes.
func labelName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}

func summary(e alert.Episode) string {
	if e.NoData {
		return "nobody can tell how " + e.SLO + " is doing"
	}
	return e.SLO + " spends its error budget too fast"
}

// message is what a webhook gets.
type message struct {
	Version     int               `json:"version"`
	ID          string            `json:"id"`
	State       string            `json:"state"`
	SLO         string            `json:"slo"`
	Objective   string            `json:"objective"`
	Service     string            `json:"service"`
	Policy      string            `json:"policy"`
	Severity    string            `json:"severity"`
	NoData      bool              `json:"noData"`
	FiredAt     time.Time         `json:"firedAt"`
	ResolvedAt  *time.Time        `json:"resolvedAt"`
	BurnRate    *float64          `json:"burnRate"`
	Condition   string            `json:"condition"`
	Reason      string            `json:"reason"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	URL         string            `json:"url"`
}

func messageOf(e alert.Episode, state, link string) message {
	m := message{
		Version: 1, ID: e.ID(), State: state, SLO: e.SLO, Objective: e.Objective, Service: e.Service, Policy: e.Policy, Severity: e.Severity,
		NoData: e.NoData, FiredAt: e.FiredAt, BurnRate: e.Burn, Condition: e.Condition, Reason: e.Reason, Labels: e.Labels, Annotations: e.Annotations, URL: link,
	}
	if state == alert.Resolved {
		m.ResolvedAt = &e.ResolvedAt
	}
	return m
}

// post sends a document as JSON; nil means that the target has taken it.
func (t Target) post(ctx context.Context, address, key string, document any) error {
	body, err := json.Marshal(document)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fault.Invalidf("alert target %q: %w", t.Name, err)
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if err := t.sign(r, body); err != nil {
		return err
	}
	resp, err := t.Transport.RoundTrip(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	_ = resp.Body.Close()
	if resp.StatusCode/100 == 2 {
		return nil // what it says besides is of no interest
	}
	if err != nil {
		text = nil
	}
	return fault.Unavailablef("alert target %q answers %s: %.200q", t.Name, resp.Status, text)
}

// sign adds the signature that shows a webhook who sent a message.
func (t Target) sign(r *http.Request, body []byte) error {
	if t.Secret == nil {
		return nil
	}
	secret, err := t.Secret()
	if err != nil || secret == "" {
		return err
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	r.Header.Set("X-Hindcast-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return nil
}

// test sends something that says that it is a test.
func (t Target) test(ctx context.Context, now time.Time) error {
	e := alert.Episode{
		Key: alert.Key{SLO: "test", Objective: "test", Policy: "test"}, FiredAt: now, ResolvedAt: now, Service: "hindcast", Severity: "test",
		Condition: "a test", Reason: "somebody tested whether this target can be reached",
	}
	if t.Type == Alertmanager {
		p := alertOf(e, now, "")
		p.Labels["alertname"], p.Annotations["summary"] = "HindcastTest", "Hindcast can reach this Alertmanager"
		return t.post(ctx, t.alertsURL(), "", []posted{p})
	}
	return t.post(ctx, t.URL, "test/"+now.UTC().Format(time.RFC3339Nano), messageOf(e, "TEST", ""))
}

// alertsURL is where an Alertmanager takes alerts.
func (t Target) alertsURL() string { return strings.TrimSuffix(t.URL, "/") + "/api/v2/alerts" }
