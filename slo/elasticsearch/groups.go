package elasticsearch

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// MaxGroups is the most groups of one indicator that are kept apart, as for
// every source; what is beyond counts in the whole.
const MaxGroups = 1000

// keepAlive is how long a point in time waits for the next page.
const keepAlive = "2m"

// grouped measures a grouped indicator: the whole and page after page of the
// groups, all from the same point in time.
func (s *Source) grouped(ctx context.Context, m *measuring, span slo.Span, page int) error {
	pit, err := s.open(ctx, m.in)
	if err != nil {
		return err
	}
	defer func() { s.close(ctx, pit) }()
	body := m.in.request(span)
	var after json.RawMessage
	for first := true; first || after != nil; first = false {
		body.Aggs["groups"] = m.in.page(after, page, true)
		body.PIT = object{"id": pit, "keep_alive": keepAlive}
		a, err := s.search(ctx, m.in, body)
		if err != nil {
			return err
		}
		if a.PIT != "" {
			pit = a.PIT
		}
		if first {
			if err := m.keep(a, span); err != nil {
				return err
			}
			delete(body.Aggs, "minutes")
			delete(body.Aggs, "numbers")
		}
		if after, err = m.turn(a, span, page); err != nil {
			return err
		}
	}
	return nil
}

// turn takes over a page of groups and returns the key behind it, nil at the end.
func (m *measuring) turn(a *answer, span slo.Span, page int) (after json.RawMessage, err error) {
	g := a.Aggs.Groups
	if g == nil || g.Other != 0 || len(g.Buckets) > page {
		return nil, fault.Unavailablef("search of %s: the answer has no page of groups", m.in.Index)
	}
	for _, b := range g.Buckets {
		if err := m.bucket(b, span); err != nil {
			return nil, err
		}
	}
	if len(g.Buckets) < page || m.dropped {
		return nil, nil
	}
	if len(g.After) == 0 || string(g.After) == "null" {
		return nil, fault.Unavailablef("search of %s: the answer does not say where the next page of groups begins", m.in.Index)
	}
	return g.After, nil
}

// bucket takes over one minute of one group. A document without a field and one
// in which it is empty are in the same group, as with Prometheus.
func (m *measuring) bucket(b groupBucket, span slo.Span) error {
	t, err := epoch(b.Key["t"])
	minute := slo.MinuteOfMilli(t)
	if err != nil || t != firstMilli(minute) || !span.Contains(minute) {
		return fault.Unavailablef("search of %s: a group has a bucket at %s, which is no minute that was asked for: is %s a date with several values in a document?", m.in.Index, b.Key["t"], m.in.Time)
	}
	slot, err := m.in.slot(b.Part, b.Total, minute)
	if err != nil {
		return err
	}
	slots, ok := m.group(m.in.groupOf(b.Key))
	if !ok {
		return nil
	}
	old := slots[minute]
	slot.Good, slot.Total = slot.Good+old.Good, slot.Total+old.Total
	slots[minute] = slot
	return nil
}

// group returns the minutes of a group, ok is false if there are too many groups.
func (m *measuring) group(g slo.Group) (slots map[slo.Minute]slo.Slot, ok bool) {
	slots, ok = m.groups[g]
	if !ok {
		if len(m.groups) >= MaxGroups {
			m.dropped = true
			return nil, false
		}
		slots = map[slo.Minute]slo.Slot{}
		m.groups[g] = slots
	}
	return slots, true
}

// groupOf returns the group of a composite key.
func (in *Indicator) groupOf(key map[string]json.RawMessage) slo.Group {
	labels := make(map[string]string, len(in.By))
	for i, field := range in.By {
		labels[field] = label(key["g"+strconv.Itoa(i)])
	}
	return slo.GroupOf(labels)
}

// label returns a value of a field as text; what is missing is empty.
func label(raw json.RawMessage) string {
	var text string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case json.Unmarshal(raw, &text) == nil:
		return text
	}
	return string(raw) // numbers and booleans, as they are written
}

// open opens a point in time: all pages see the same documents.
func (s *Source) open(ctx context.Context, in *Indicator) (id string, err error) {
	var a struct {
		ID string `json:"id"`
	}
	r := esapi.OpenPointInTimeRequest{
		Index: []string{in.Index}, KeepAlive: keepAlive, IgnoreUnavailable: &no, ExpandWildcards: existing, Preference: preference(in),
	}
	if _, err = s.do(ctx, "point in time of "+in.Index, r, &a); err == nil && a.ID == "" {
		err = fault.Unavailablef("point in time of %s: the answer has no id", in.Index)
	}
	return a.ID, err
}

// close ends a point in time, which keeps files of the index alive. One that
// cannot be ended ends by itself.
func (s *Source) close(ctx context.Context, id string) {
	var a struct{}
	_, _ = s.do(context.WithoutCancel(ctx), "point in time", esapi.ClosePointInTimeRequest{Body: bytesOf(object{"id": id})}, &a)
}

// lookbackGroups is how long a group is known after its last event. A minute
// without events of a group that is known has none; what was silent for longer
// cannot be told from what is gone.
const lookbackGroups = slo.Minute(slo.MinutesPerDay)

// rememberedNames are the groups that were seen in the day before an hour, and
// since.
type rememberedNames struct {
	hour   slo.Minute
	groups map[slo.Group]struct{}
}

// recallGroups adds the groups that were seen in the day before, which are asked
// for once in an hour.
func (s *Source) recallGroups(ctx context.Context, m *measuring, read slo.Span) error {
	if len(m.in.By) == 0 {
		return nil
	}
	seen := slices.Collect(maps.Keys(m.groups))
	hour := read.From / 60
	known, ok := s.recalled(m.in.key, hour)
	if !ok {
		var err error
		if known, err = s.groupNames(ctx, m.in, slo.Span{From: hour*60 - lookbackGroups, To: read.From - 1}); err != nil {
			return err
		}
	}
	for _, g := range slices.Sorted(maps.Keys(known)) {
		m.group(g)
	}
	s.remember(m.in.key, rememberedNames{hour, known}, seen, read)
	return nil
}

// recalled returns the groups that are remembered for an hour.
func (s *Source) recalled(key slo.IndicatorKey, hour slo.Minute) (map[slo.Group]struct{}, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.names[key]
	return maps.Clone(known.groups), ok && known.hour == hour
}

// remember keeps what is known of the newest hour. History does not push out the
// present, but adds the groups to it that came late.
func (s *Source) remember(key slo.IndicatorKey, known rememberedNames, seen []slo.Group, read slo.Span) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held, ok := s.names[key]
	switch {
	case !ok || held.hour < known.hour:
		held = known
		s.names[key] = held
	case read.To < held.hour*60-lookbackGroups:
		return
	}
	for _, g := range seen {
		held.groups[g] = struct{}{}
	}
}

// groupNames lists the groups that were seen in span, at most MaxGroups.
func (s *Source) groupNames(ctx context.Context, in *Indicator, span slo.Span) (map[slo.Group]struct{}, error) {
	names := map[slo.Group]struct{}{}
	var after json.RawMessage
	for size := MaxGroups; ; {
		a, err := s.search(ctx, in, search{Query: in.either(within(in.Time, span)), Aggs: object{"groups": in.page(after, size, false)}})
		if isTooMany(err) && size > smallestPiece {
			size = smaller(size)
			continue
		}
		if err != nil {
			return nil, err
		}
		if a.Aggs.Groups == nil {
			return nil, fault.Unavailablef("search of %s: the answer has no groups", in.Index)
		}
		for _, b := range a.Aggs.Groups.Buckets {
			names[in.groupOf(b.Key)] = struct{}{}
		}
		if after = a.Aggs.Groups.After; len(a.Aggs.Groups.Buckets) < size || len(names) >= MaxGroups {
			return names, nil
		}
	}
}
