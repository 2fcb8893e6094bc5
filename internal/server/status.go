package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// statusTimeout bounds the whole command: whoever asks in an emergency should
// rather hear that there is no answer.
const statusTimeout = 30 * time.Second

// budgetFields are what a row needs of a budget.
const budgetFields = `from to target good total sli allowed spent remaining burnRate coverage state asOf warnings`

const statusQuery = `query Status($search: String, $after: String) {
  slos(filter: {search: $search}, first: 25, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      name service { name } window { duration }
      objectives { name budget { ` + budgetFields + ` } }
      groups(first: 25) { nodes { key budget { ` + budgetFields + ` } } }
    }
  }
}`

// statusPage is an answer to statusQuery.
type statusPage struct {
	Slos struct {
		PageInfo struct {
			HasNextPage bool
			EndCursor   *string
		}
		Nodes []statusSLO
	}
}

type statusSLO struct {
	Name       string
	Service    struct{ Name string }
	Window     struct{ Duration string }
	Objectives []struct {
		Name   string
		Budget row
	}
	Groups struct {
		Nodes []struct {
			Key    map[string]string
			Budget row
		}
	}
}

// Run asks a server for its budgets and writes them.
func (c *statusCommand) Run(ctx context.Context, s Streams) error {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	var rows []row
	var after *string
	for {
		var page statusPage
		variables := map[string]any{"after": after}
		if c.Name != "" {
			variables["search"] = c.Name
		}
		if err := ask(ctx, c.Server, statusQuery, variables, &page); err != nil {
			return err
		}
		for _, n := range page.Slos.Nodes {
			if c.Name == "" || n.Name == c.Name {
				rows = append(rows, n.rows()...)
			}
		}
		if after = page.Slos.PageInfo.EndCursor; !page.Slos.PageInfo.HasNextPage {
			break
		}
	}
	if c.Name != "" && len(rows) == 0 {
		return fault.NotFoundf("there is no objective %q on %s; `hindcast status` lists all", c.Name, c.Server)
	}
	return writeRows(s.Out, rows, c.Output)
}

// rows returns the rows of one SLO: its objectives, then the groups of the first.
func (n statusSLO) rows() []row {
	var rows []row
	add := func(objective string, group map[string]string, r row) {
		r.Name, r.Service, r.Objective, r.Window, r.Group = n.Name, n.Service.Name, objective, n.Window.Duration, group
		if r.Warnings == nil {
			r.Warnings = []string{}
		}
		rows = append(rows, r)
	}
	for i, o := range n.Objectives {
		add(o.Name, nil, o.Budget)
		if i > 0 {
			continue
		}
		for _, g := range n.Groups.Nodes {
			add(o.Name, g.Key, g.Budget)
		}
	}
	return slices.Clip(rows)
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// ask sends one GraphQL operation and decodes its data.
func ask(ctx context.Context, server, query string, variables map[string]any, data any) error {
	u, err := url.JoinPath(server, "graphql")
	if err != nil {
		return fault.Invalidf("server address %q: %w", server, err)
	}
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u, bytes.NewReader(body))
	if err != nil {
		return fault.Invalidf("server address %q: %w", server, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hindcast-CSRF", "1")
	res, err := (&http.Client{}).Do(req)
	if err != nil {
		return fault.Unavailablef("no server answers at %s: %w; start one with `hindcast serve`, or name another with --server", server, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fault.Unavailablef("read the answer of %s: %w", server, err)
	}
	return decodeAnswer(server, res.Status, text, data)
}

// decodeAnswer takes the data out of a GraphQL answer.
func decodeAnswer(server, status string, text []byte, data any) error {
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fault.Unavailablef("%s answers %s and not GraphQL; is it a Hindcast server?", server, status)
	}
	if len(answer.Errors) > 0 {
		return fault.Unavailablef("%s answers: %s", server, answer.Errors[0].Message)
	}
	return json.Unmarshal(answer.Data, data)
}
