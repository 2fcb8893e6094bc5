package server

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/almanac"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

const (
	// defaultWatch is how long after a deploy what goes wrong is put down to it:
	// long enough for caches to fill and for a canary, short enough to let two
	// deploys of an afternoon be told apart.
	defaultWatch = 30 * time.Minute
	// maxWatch bounds it, and how long a deploy goes on of which nobody says that
	// it ended.
	maxWatch = 24 * time.Hour

	stamp = time.RFC3339

	statusLabel, watchLabel = "status", "watch"
)

// delivery is what a sender says of a deploy.
type delivery struct {
	ID          string            `json:"id"`
	Service     string            `json:"service"`
	Services    []string          `json:"services"`
	SLOs        []string          `json:"slos"`
	Labels      map[string]string `json:"labels"` // of the SLOs that it is about
	Title       string            `json:"title"`
	Version     string            `json:"version"`
	Environment string            `json:"environment"`
	URL         string            `json:"url"`
	StartedAt   string            `json:"startedAt"`
	FinishedAt  string            `json:"finishedAt"`
	Status      string            `json:"status"`
	Author      string            `json:"author"`
	Watch       string            `json:"watch"`

	started, finished time.Time
	watch             time.Duration
}

// underWay are the words of senders for a deploy that has not ended.
var underWay = map[string]bool{
	"pending": true, "queued": true, "waiting": true, "started": true, "starting": true, "running": true, "in_progress": true, "in progress": true,
	"progressing": true, "syncing": true, "deploying": true,
}

// errNothingToKeep says that a delivery is understood and says nothing.
var errNothingToKeep = errors.New("this says nothing about a deploy; nothing was kept")

// readDelivery reads a body; event is GitHub's name for it, "" for anything else,
// and service is which the address says that it is about.
func readDelivery(event, service string, body []byte) (d delivery, err error) {
	if event != "" {
		d, err = readGitHub(event, body)
	} else {
		err = readJSON(body, &d)
	}
	if service != "" {
		d.Service = service
	}
	return d, err
}

// check refuses what cannot be meant, and reads instants and lengths.
func (d *delivery) check(now time.Time) (err error) {
	texts := map[string]string{
		"id": d.ID, "service": d.Service, "title": d.Title, "version": d.Version, "environment": d.Environment, "status": d.Status, "author": d.Author,
	}
	for _, list := range []struct {
		field string
		names []string
	}{{"services", d.Services}, {"slos", d.SLOs}} {
		if len(list.names) > maxNames {
			return fault.At(list.field, fault.Invalidf("%d entries are too many, send at most %d", len(list.names), maxNames))
		}
		for _, name := range list.names {
			if err := checkHookText(list.field, name); err != nil || name == "" {
				return cmp.Or(err, fault.At(list.field, fault.Invalidf("an entry of %s is empty", list.field)))
			}
		}
	}
	if len(d.Labels) > maxNames {
		return fault.At("labels", fault.Invalidf("%d labels are too many, send at most %d", len(d.Labels), maxNames))
	}
	for name, value := range d.Labels {
		if err := cmp.Or(checkHookText("labels", name), checkHookText("labels", value)); err != nil {
			return err
		}
	}
	for field, text := range texts {
		if err := checkHookText(field, text); err != nil {
			return err
		}
	}
	if d.URL != "" {
		if err := slo.CheckLink(d.URL); err != nil || len(d.URL) > 2048 {
			return fault.At("url", cmp.Or(err, fault.Invalidf("url has %d bytes, send at most 2048", len(d.URL))))
		}
	}
	if d.started, err = hookInstant("startedAt", d.StartedAt, now); err != nil {
		return err
	}
	if d.finished, err = hookInstant("finishedAt", d.FinishedAt, now); err != nil {
		return err
	}
	if !d.finished.IsZero() && d.finished.Before(d.started) {
		return fault.At("finishedAt", fault.Invalidf("finishedAt %s is before startedAt %s", d.FinishedAt, d.StartedAt))
	}
	return d.readWatch()
}

// maxNames is how many services, SLOs or labels a delivery names.
const maxNames = 200

// checkHookText refuses texts that nobody reads, and what a terminal would obey.
func checkHookText(field, text string) error {
	const most = 200
	if len(text) > most {
		return fault.At(field, fault.Invalidf("%s has %d bytes, send at most %d", field, len(text), most))
	}
	if err := slo.CheckLine(text); err != nil {
		return fault.At(field, fault.Invalidf("%s %w", field, err))
	}
	return nil
}

// hookInstant reads an instant, zero for none. Clocks of senders differ by
// minutes; what is further ahead is a mistake.
func hookInstant(field, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fault.At(field, fault.Invalidf("%s %.60q is not an instant: write it as 2026-01-31T02:00:00Z", field, text))
	}
	if t.After(now.Add(time.Hour)) || t.Before(now.Add(-slo.MaxWindow)) {
		return t, fault.At(field, fault.Invalidf("%s %s is far from %s, which it is now: check the clock and the unit", field, text, now.UTC().Format(stamp)))
	}
	return t.UTC(), nil
}

// readWatch reads how long to watch, 0 for what was said before.
func (d *delivery) readWatch() (err error) {
	if d.Watch == "" {
		return nil
	}
	if d.watch, err = time.ParseDuration(d.Watch); err != nil || d.watch < 0 || d.watch > maxWatch {
		return fault.At("watch", fault.Invalidf("watch %.40q is not a length from 0s to 24h, such as 30m", d.Watch))
	}
	return nil
}

// name returns the name of the annotation. It depends on what tells deploys
// apart, so that the same delivery twice is one annotation.
func (d *delivery) name(now time.Time) string {
	identity := d.ID
	if identity == "" {
		when := d.StartedAt
		if when == "" {
			when = now.Format(time.RFC3339Nano) // each is one of its own
		}
		identity = strings.Join([]string{d.Service, strings.Join(d.Services, ","), strings.Join(d.SLOs, ","), d.Version, d.Environment, when}, "\x00")
	}
	sum := sha256.Sum256([]byte(identity))
	parts := []string{"deploy"}
	for _, text := range []string{cmp.Or(d.ID, d.Service), d.version()} {
		if slug := almanac.Slug(text, 20); slug != "" {
			parts = append(parts, slug)
		}
	}
	return strings.Join(append(parts, hex.EncodeToString(sum[:5])), "-")
}

// version is that part of a name; a later delivery of the same id need not say it.
func (d *delivery) version() string {
	if d.ID != "" {
		return ""
	}
	return d.Version
}

// update returns what makes of an annotation, or of none, what it says now.
func (d *delivery) update(now time.Time) func(slo.Annotation) (slo.Annotation, error) {
	return func(was slo.Annotation) (slo.Annotation, error) {
		a := was
		a.Kind, a.Labels = slo.DeployAnnotation, maps.Clone(was.Labels)
		if a.Labels == nil {
			a.Labels = map[string]string{}
		}
		if scope := d.scope(); scope.Check() == nil {
			a.Scope = scope
		} else if a.Scope.Check() != nil {
			return a, fault.At("service", fault.Invalidf("service is missing: say what was deployed by service, services, slos or labels"))
		}
		set := func(label, text string) {
			if text != "" {
				a.Labels[label] = text
			}
		}
		set("version", d.Version)
		set("environment", d.Environment)
		if d.Watch != "" {
			a.Labels[watchLabel] = d.Watch
		}
		a.URL, a.Author = cmp.Or(d.URL, was.URL), cmp.Or(d.Author, was.Author, "deploy hook")
		a.Title = cmp.Or(d.Title, was.Title, d.defaultTitle())
		d.timing(&a, was, now)
		return a, nil
	}
}

func (d *delivery) scope() slo.Scope {
	s := slo.Scope{SLOs: d.SLOs, Services: d.Services, Labels: d.Labels}
	if d.Service != "" {
		s.Services = append([]string{d.Service}, d.Services...)
	}
	return s
}

func (d *delivery) defaultTitle() string {
	what := strings.Join(append(append([]string{}, d.scope().Services...), d.SLOs...), ", ")
	if len(what) > 100 || what == "" {
		what = "several services"
	}
	return strings.TrimSpace("Deploy of " + what + " " + d.Version)
}

// timing says from when to when a deploy is watched. Deliveries come twice and in
// any order: what has ended is not opened again.
func (d *delivery) timing(a *slo.Annotation, was slo.Annotation, now time.Time) {
	now = now.UTC().Truncate(time.Second)
	watch := defaultWatch
	if length, err := time.ParseDuration(a.Labels[watchLabel]); err == nil {
		watch = length
	}
	ended := was.Name != "" && !underWay[strings.ToLower(was.Labels[statusLabel])]
	a.From = d.started
	for _, t := range []time.Time{was.From, d.finished, now} {
		if a.From.IsZero() {
			a.From = t
		}
	}
	goesOn := d.finished.IsZero() && (underWay[strings.ToLower(d.Status)] || d.Status == "" && !d.started.IsZero())
	switch {
	case !d.finished.IsZero():
		a.To, a.Labels[statusLabel] = d.finished.Add(watch), cmp.Or(d.Status, "finished")
	case ended: // and this delivery came late, or twice
		if !goesOn && d.Status != "" {
			a.Labels[statusLabel] = d.Status
		}
	case goesOn:
		a.To, a.Labels[statusLabel] = a.From.Add(maxWatch), cmp.Or(d.Status, "started")
	default:
		a.To, a.Labels[statusLabel] = now.Add(watch), cmp.Or(d.Status, "finished")
	}
	if !a.To.After(a.From) { // watched for no time at all
		a.To = a.From.Add(time.Minute)
	}
}
