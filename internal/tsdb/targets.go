package tsdb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/scrape"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// TargetStatus is what is known about a target.
type TargetStatus struct {
	Job          string
	Instance     string
	URL          string
	Labels       map[string]string // all labels that its samples get
	Interval     time.Duration
	Scraped      bool      // false until the first scrape has ended; then Up means nothing yet
	Up           bool      // the last scrape succeeded
	LastScrape   time.Time // zero until Scraped
	LastDuration time.Duration
	Samples      int    // in the last scrape that succeeded or failed; 0 until Scraped
	Err          string // what is wrong, "" if nothing is
}

// Targets lists the targets by job and instance.
func (s *Scraper) Targets(ctx context.Context) ([]TargetStatus, error) {
	counts, err := s.sampleCounts(ctx)
	if err != nil {
		return nil, err
	}
	var all []TargetStatus
	for job, targets := range s.manager.TargetsActive() {
		for _, t := range targets {
			all = append(all, s.status(job, t, counts))
		}
	}
	slices.SortFunc(all, func(a, b TargetStatus) int {
		return cmp.Or(cmp.Compare(a.Job, b.Job), cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.URL, b.URL))
	})
	return all, nil
}

func (s *Scraper) status(job string, t *scrape.Target, counts map[uint64]int) TargetStatus {
	lset := t.Labels(labels.NewBuilder(labels.EmptyLabels()))
	st := TargetStatus{
		Job:          cmp.Or(lset.Get(model.JobLabel), job),
		Instance:     lset.Get(model.InstanceLabel),
		URL:          t.URL().Redacted(),
		Labels:       lset.Map(),
		LastScrape:   t.LastScrape(),
		LastDuration: t.LastScrapeDuration(),
		Scraped:      t.Health() != scrape.HealthUnknown,
		Up:           t.Health() == scrape.HealthGood,
		Samples:      counts[lset.Hash()],
	}
	if d, err := model.ParseDuration(t.GetValue(model.ScrapeIntervalLabel)); err == nil {
		st.Interval = time.Duration(d)
	}
	if err := t.LastError(); err != nil {
		st.Err = err.Error()
	}
	return st
}

// sampleCounts returns the newest sample of scrape_samples_scraped for each label
// set: Prometheus keeps that number nowhere else.
func (s *Scraper) sampleCounts(ctx context.Context) (map[uint64]int, error) {
	newest := s.db.tsdb.Head().MaxTime()
	matcher := labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, "scrape_samples_scraped")
	counts := make(map[uint64]int)
	var b sample.Batch
	err := s.db.Select(ctx, []*labels.Matcher{matcher}, newest-time.Hour.Milliseconds()-1, newest, func(series sample.Series) error {
		last := 0
		for series.Next(&b) {
			if v := b.V[len(b.V)-1]; v == v { // the marker of a target that is gone is no number
				last = int(v)
			}
		}
		counts[labels.NewBuilder(series.Labels()).Del(labels.MetricName).Labels().Hash()] = last
		return series.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("count the samples of targets: %w", err)
	}
	return counts, nil
}
