package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// statusTimeout bounds the whole command: whoever asks in an emergency should
// rather hear that there is no answer.
const statusTimeout = 30 * time.Second

// budgetFields are what a row needs of a budget.
const budgetFields = `from to target good total sli allowed spent remaining burnRate coverage state asOf warnings`

const statusQuery = `query Status($search: String, $after: String) {
  slos(filter: {search: $search}, first: 20, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      name service { name } window { duration }
      objectives { name budget { ` + budgetFields + ` } }
      groups(first: 1) { totalCount }
      backfill { done daysDone daysTotal samplesPerSecond error }
    }
  }
}`

const groupsQuery = `query Groups($name: String!, $after: String) {
  slo(name: $name) {
    groups(first: 50, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { key budget { ` + budgetFields + ` } }
    }
  }
}`

// pageInfo says where the next page begins, nil behind the last.
type pageInfo struct {
	HasNextPage bool
	EndCursor   *string
}

func (p pageInfo) next() *string {
	if p.HasNextPage {
		return p.EndCursor
	}
	return nil
}

// statusPage is an answer to statusQuery.
type statusPage struct {
	Slos struct {
		PageInfo pageInfo
		Nodes    []statusSLO
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
	Groups   struct{ TotalCount int }
	Backfill *statusBackfill
}

// statusBackfill is how far reading the history of an objective got.
type statusBackfill struct {
	Done                bool
	DaysDone, DaysTotal int
	SamplesPerSecond    float64
	Error               *string
}

// remark says what a reader of the figures should know about the history, ""
// if it is read.
func (b *statusBackfill) remark() string {
	switch {
	case b == nil || b.Done:
		return ""
	case b.Error != nil:
		return "its history cannot be read: " + *b.Error
	default:
		return fmt.Sprintf("its history is being read: %d of %d days, %.0f samples/s", b.DaysDone, b.DaysTotal, b.SamplesPerSecond)
	}
}

// groupsPage is an answer to groupsQuery.
type groupsPage struct {
	Slo struct {
		Groups struct {
			PageInfo pageInfo
			Nodes    []struct {
				Key    map[string]string
				Budget row
			}
		}
	}
}

// Run asks a server for its budgets and writes them.
func (c *statusCommand) Run(ctx context.Context, s Streams) error {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	var rows []row
	for first, after := true, (*string)(nil); first || after != nil; first = false {
		var page statusPage
		if err := ask(ctx, c.Server, statusQuery, map[string]any{"search": c.Name, "after": after}, &page); err != nil {
			return err
		}
		for _, n := range page.Slos.Nodes {
			if c.Name != "" && n.Name != c.Name {
				continue
			}
			if text := n.Backfill.remark(); text != "" {
				_, _ = fmt.Fprintf(s.Err, "%s: %s\n", plain(n.Name), plain(text))
			}
			more, err := c.rows(ctx, n)
			if err != nil {
				return err
			}
			rows = append(rows, more...)
		}
		after = page.Slos.PageInfo.next()
	}
	if c.Name != "" && len(rows) == 0 {
		return fault.NotFoundf("there is no objective %q on %s; `hindcast status` lists all", c.Name, c.Server)
	}
	return writeRows(s.Out, rows, c.Output)
}

// rows returns the rows of one SLO: each objective, the first with its groups.
func (c *statusCommand) rows(ctx context.Context, n statusSLO) ([]row, error) {
	var rows []row
	for i, o := range n.Objectives {
		rows = append(rows, n.row(o.Name, nil, o.Budget))
		if i > 0 || n.Groups.TotalCount == 0 {
			continue
		}
		for first, after := true, (*string)(nil); first || after != nil; first = false {
			var page groupsPage
			if err := ask(ctx, c.Server, groupsQuery, map[string]any{"name": n.Name, "after": after}, &page); err != nil {
				return nil, err
			}
			for _, g := range page.Slo.Groups.Nodes {
				rows = append(rows, n.row(o.Name, g.Key, g.Budget))
			}
			after = page.Slo.Groups.PageInfo.next()
		}
	}
	return rows, nil
}

// row completes a budget to a row of the SLO.
func (n statusSLO) row(objective string, group map[string]string, r row) row {
	r.Name, r.Service, r.Objective, r.Window, r.Group = n.Name, n.Service.Name, objective, n.Window.Duration, group
	return r
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// addressOf reads the address of a server of ours.
func addressOf(server string) (*url.URL, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fault.Invalidf("--server %.80q is not the address of a server: write it as http://127.0.0.1:8480", server)
	}
	return u, nil
}

// ask sends one GraphQL operation and decodes its data.
func ask(ctx context.Context, server, query string, variables map[string]any, data any) error {
	u, err := addressOf(server)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.JoinPath("graphql").String(), bytes.NewReader(body))
	if err != nil {
		return fault.Invalidf("server address %q: %w", server, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hindcast-CSRF", "1")
	res, text, err := send(server, req)
	if err != nil {
		return err
	}
	return decodeAnswer(server, res.Status, text, data)
}

// send sends a request to a server of ours and reads the answer.
func send(server string, req *http.Request) (*http.Response, []byte, error) {
	res, err := (&http.Client{}).Do(req)
	if err != nil {
		return nil, nil, fault.Unavailablef("no server answers at %s: %w; start one with `hindcast serve`, or name another with --server", server, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, nil, fault.Unavailablef("read the answer of %s: %w", server, err)
	}
	return res, text, nil
}

// decodeAnswer takes the data out of a GraphQL answer.
func decodeAnswer(server, status string, text []byte, data any) error {
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fault.Unavailablef("%s answers %s and not GraphQL; is it a Hindcast server?", server, status)
	}
	if len(answer.Errors) > 0 {
		e := answer.Errors[0]
		for kind, refuse := range map[fault.Kind]func(string, ...any) error{
			fault.Invalid: fault.Invalidf, fault.NotFound: fault.NotFoundf, fault.Conflict: fault.Conflictf, fault.Forbidden: fault.Forbiddenf,
		} {
			if e.Extensions.Code == kind.String() {
				return refuse("%s", e.Message)
			}
		}
		return fault.Unavailablef("%s answers: %s", server, e.Message)
	}
	return json.Unmarshal(answer.Data, data)
}
