//go:build faults

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// objects is how many objects of a kind decisions change in turn, so that a
// change that is lost shows behind one that is not.
const objects = 8

// decision is a kind of change that people and deploys make: decision i writes
// "decision i" into an object.
type decision struct {
	kind string
	// write makes decision i about the object that has an id, or makes it, and
	// returns the id.
	write func(ctx context.Context, url string, i int, id string) (string, error)
	// held asks for all objects of the kind, as a query that answers nodes with a
	// name and a text.
	held     string
	approved bool // each has to be approved, which is a second change
}

// decisions are all kinds. Times are before or after any test.
var decisions = []decision{
	{
		kind: "annotation", held: `{held: annotations(first: 50, filter: {kind: INCIDENT}) {nodes {id name text: title}}}`,
		write: func(ctx context.Context, url string, i int, id string) (string, error) {
			return mutate(ctx, url, `mutation {saveAnnotation(input: {%s, kind: INCIDENT, title: "decision %d", scope: {services: ["shop"]},
				from: "2026-01-01T00:00:00Z", to: "2026-01-01T01:00:00Z", by: "Ann"}) {id}}`, object("annotation", i, id), i)
		},
	},
	{
		kind: "exclusion", held: `{held: exclusions(first: 50, filter: {search: "exclusion"}) {nodes {id name text: title}}}`,
		write: func(ctx context.Context, url string, i int, id string) (string, error) {
			return mutate(ctx, url, `mutation {saveExclusion(input: {%s, title: "decision %d", reason: "exclusion", scope: {services: ["shop"]},
				start: "2096-01-01T00:00:00Z", length: "1h", by: "Ann"}) {id}}`, object("exclusion", i, id), i)
		},
	},
	{
		kind: "approval", held: `{held: exclusions(first: 50, filter: {search: "approval"}) {nodes {id name text: title approval {state}}}}`, approved: true,
		write: func(ctx context.Context, url string, i int, id string) (string, error) {
			x, err := change(ctx, url, `mutation {saveExclusion(input: {%s, title: "decision %d", reason: "approval", scope: {services: ["shop"]},
				start: "2026-01-01T00:00:00Z", length: "%dm", by: "Ann"}) {id approval {state}}}`, object("approval", i, id), i, i+1)
			if err != nil || x.Approval.State == "APPROVED" { // before a kill, which took the answer
				return x.ID, err
			}
			return mutate(ctx, url, `mutation {decideExclusion(name: "approval-%d", approve: true, by: "Ben") {id}}`, i%objects)
		},
	},
	{
		kind: "agreement", held: `{held: slas(first: 50) {nodes {id name text: displayName}}}`,
		write: func(ctx context.Context, url string, i int, id string) (string, error) {
			return mutate(ctx, url, `mutation {saveSla(input: {%s, displayName: "decision %d", targetPercent: "99", window: {duration: "1M", calendar: true},
				streams: [{slo: "promised"}], customers: [{name: "acme"}], by: "Ann"}) {id}}`, object("agreement", i, id), i)
		},
	},
	{
		kind: "source", held: `{held: sources(first: 50) {nodes {id name text: tenant}}}`,
		write: func(ctx context.Context, url string, i int, id string) (string, error) {
			return mutate(ctx, url, `mutation {saveSource(input: {%s, type: PROMETHEUS, url: "http://127.0.0.1:1", tenant: "decision %d"}, by: "Ann") {id}}`,
				object("source", i, id), i)
		},
	},
	{
		kind: "document", held: `{held: slos(first: 50) {nodes {id name text: description}}}`,
		write: func(ctx context.Context, url string, i int, _ string) (string, error) {
			return "", importDocument(ctx, url, fmt.Sprintf("document-%d", i%objects), i)
		},
	},
	{
		kind: "deploy", held: `{held: annotations(first: 50, filter: {kind: DEPLOY}) {nodes {id name: title text: title}}}`,
		write: func(ctx context.Context, url string, i int, _ string) (string, error) {
			return "", post(ctx, url+"/hooks/deploy", map[string]any{
				"id": fmt.Sprint("run-", i), "service": "shop", "title": fmt.Sprint("decision ", i), "startedAt": time.Unix(1767225600+int64(i), 0).UTC(),
				"finishedAt": time.Unix(1767225660+int64(i), 0).UTC(),
			}, nil)
		},
	},
}

// object names the object of a decision in an input.
func object(kind string, i int, id string) string {
	if id != "" {
		return fmt.Sprintf(`id: %q, name: "%s-%d"`, id, kind, i%objects)
	}
	return fmt.Sprintf(`name: "%s-%d"`, kind, i%objects)
}

// importDocument brings in an SLO with decision i as its description.
func importDocument(ctx context.Context, url, name string, i int) error {
	text := fmt.Sprintf(`apiVersion: openslo/v1
kind: SLO
metadata: {name: %s}
spec:
  description: decision %d
  service: shop
  indicator:
    metadata: {name: %[1]s}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: 'written{series="good"}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'written'}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
`, name, i)
	_, err := mutate(ctx, url, `mutation {applyImport(input: {path: %q, text: %q, by: "Ann"}) {problems {message}}}`, name+".yaml", text)
	return err
}

// errRefused is that the program answered and did not do it: there are limits of
// how much one may ask for.
var errRefused = errors.New("refused")

// made is what a mutation of GraphQL made.
type made struct {
	ID       string
	Approval struct{ State string }
	Problems []any
}

// mutate makes a mutation of GraphQL and returns the id of what it made.
func mutate(ctx context.Context, url, format string, args ...any) (id string, err error) {
	m, err := change(ctx, url, format, args...)
	return m.ID, err
}

// change makes a mutation of GraphQL.
func change(ctx context.Context, url, format string, args ...any) (m made, err error) {
	var answer struct {
		Data   map[string]made
		Errors []struct{ Message string }
	}
	err = post(ctx, url+"/graphql", map[string]any{"query": fmt.Sprintf(format, args...)}, &answer)
	if len(answer.Errors) > 0 {
		return m, fmt.Errorf("%w: %s", errRefused, answer.Errors[0].Message)
	}
	for _, m = range answer.Data {
		if len(m.Problems) > 0 {
			return m, fmt.Errorf("%w: %v", errRefused, m.Problems)
		}
	}
	return m, err
}

// people are clients with an address each: the program limits how much one of
// them may ask for.
var people = func() (all []*http.Client) {
	for i := range 100 {
		from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i))}}
		all = append(all, &http.Client{Timeout: client.Timeout, Transport: &http.Transport{DialContext: from.DialContext}})
	}
	return all
}()

// turn is whose turn it is.
var turn atomic.Int64

// post posts JSON and decodes the answer, whatever its status, into out.
func post(ctx context.Context, url string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hindcast-CSRF", "1")
	resp, err := people[int(turn.Add(1))%len(people)].Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out != nil {
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
			return err
		}
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%w: %s", errRefused, resp.Status)
	}
	return nil
}
