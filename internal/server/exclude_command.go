package server

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// excludeCommand looks at and changes what does not count.
type excludeCommand struct {
	Add     excludeAddCommand     `cmd:"" help:"Leave time out of budgets. What has begun already waits for the approval of somebody else."`
	List    excludeListCommand    `cmd:"" help:"List exclusions, the one that starts last first."`
	Approve excludeApproveCommand `cmd:"" help:"Put an exclusion in force that reaches back; not by its author."`
	Reject  excludeRejectCommand  `cmd:"" help:"Refuse an exclusion that reaches back; not by its author."`
	Delete  excludeDeleteCommand  `cmd:"" help:"Remove an exclusion: every figure is what it was before."`
}

// Help implements kong.HelpProvider.
func (excludeCommand) Help() string {
	return `Examples:
  hindcast exclude add "Database move" --reason "status page, 4 May" --service shop \
    --start 2026-05-10T01:00:00Z --length 2h --by "Ada Lovelace"
  hindcast exclude add "Patch night" --reason "§ 4 of the contract" --label tier=1 \
    --start 2026-05-03T01:00:00Z --length 1h --rrule "FREQ=WEEKLY;BYDAY=SU" \
    --time-zone Europe/Vienna --by "Ada Lovelace"
  hindcast exclude list --pending
  hindcast exclude approve database-move --made 2026-05-12T08:00:00.25Z \
    --by "Grace Hopper" --note "ticket 17"`
}

// remote is how a running server is reached.
type remote struct {
	Server string `help:"Address of the server." default:"http://127.0.0.1:8480" env:"HINDCAST_SERVER" placeholder:"URL"`
}

// ask sends one operation; it takes no longer than statusTimeout.
func (r remote) ask(ctx context.Context, query string, variables map[string]any, data any) error {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	return ask(ctx, r.Server, query, variables, data)
}

// actor is who does something.
type actor struct {
	By string `help:"Who does this; the audit keeps it." required:"" env:"HINDCAST_BY" placeholder:"NAME"`
}

// about is whom something is about.
type about struct {
	SLO     []string          `help:"SLO that it is about; may be repeated." name:"slo" placeholder:"NAME"`
	Service []string          `help:"Service all of whose SLOs it is about; may be repeated." placeholder:"NAME"`
	Label   map[string]string `help:"Label that its SLOs have; with several, they have all." placeholder:"NAME=VALUE"`
}

// scope returns the input of the API.
func (a about) scope() (map[string]any, error) {
	if len(a.SLO)+len(a.Service)+len(a.Label) == 0 {
		return nil, fault.Invalidf("whom is it about? give --slo, --service or --label")
	}
	return map[string]any{"slos": append([]string{}, a.SLO...), "services": append([]string{}, a.Service...), "labels": a.Label}, nil
}

type excludeAddCommand struct {
	Title  string    `arg:"" help:"What it is, in a few words." placeholder:"TITLE"`
	Reason string    `help:"Why this time does not count." required:"" placeholder:"TEXT"`
	Kind   string    `help:"maintenance, dependency, measurement, other." default:"maintenance" enum:"maintenance,dependency,measurement,other" placeholder:"KIND"`
	Start  time.Time `help:"When it starts, the first time if it is repeated (RFC 3339)." required:"" placeholder:"TIME"`
	Length string    `help:"How long it takes: 90m, 2h, 1d." required:"" placeholder:"LENGTH"`
	Rrule  string    `help:"Repeat it by a rule of RFC 5545." placeholder:"RULE"`
	Zone   string    `help:"Time zone in which it is repeated, e.g. Europe/Vienna. Default: UTC." name:"time-zone" placeholder:"ZONE"`
	Name   string    `help:"Its name; made of the title by default." placeholder:"NAME"`
	DryRun bool      `help:"Only show what would become of the budgets."`
	about
	actor
	remote
}

const (
	exclusionFields = `name title kind start length recurrenceText author createdAt approval { state by } inForce scope { covers } next { from to }`
	saveExclusion   = `mutation Save($in: ExclusionInput!) { saveExclusion(input: $in) { ` + exclusionFields + ` } }`
	tryExclusion    = `mutation Preview($in: ExclusionInput!) { previewExclusion(input: $in) {
		needsApproval covers warnings occurrences { from to } effects { slo { name } before { remaining state } after { remaining state } } } }`
	listExclusions   = `query List($filter: ExclusionFilter, $after: String) { exclusions(filter: $filter, first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes { ` + exclusionFields + ` } } }`
	decideExclusion  = `mutation Decide($name: String!, $approve: Boolean!, $by: String!, $note: String, $seen: Time) { decideExclusion(name: $name, approve: $approve, by: $by, note: $note, createdAt: $seen) { ` + exclusionFields + ` } }`
	dropExclusion    = `mutation Delete($name: String!, $by: String!) { deleteExclusion(name: $name, by: $by) }`
	statePending     = "PENDING"
	maxCommandOutput = 1000 // rows: who wants more wants the API
)

// exclusionAnswer is what the API says of an exclusion.
type exclusionAnswer struct {
	Name           string    `json:"name"`
	Title          string    `json:"title"`
	Kind           string    `json:"kind"`
	Start          time.Time `json:"start"`
	Length         string    `json:"length"`
	RecurrenceText *string   `json:"recurrenceText"`
	Author         string    `json:"author"`
	CreatedAt      *string   `json:"createdAt"`
	Approval       struct {
		State string  `json:"state"`
		By    *string `json:"by"`
	} `json:"approval"`
	InForce bool `json:"inForce"`
	Scope   struct {
		Covers int `json:"covers"`
	} `json:"scope"`
	Next *struct {
		From time.Time `json:"from"`
		To   time.Time `json:"to"`
	} `json:"next"`
}

// String says what became of it.
func (x exclusionAnswer) String() string {
	state := map[string]string{statePending: "waits for the approval of somebody else", "REJECTED": "is rejected"}[x.Approval.State]
	return fmt.Sprintf("%s %s; it is about %s", plain(x.Name), cmp.Or(state, "is in force"), count(x.Scope.Covers, "SLO"))
}

// input returns what the API is sent.
func (c *excludeAddCommand) input() (map[string]any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	in := map[string]any{
		"name": c.Name, "title": c.Title, "reason": c.Reason, "kind": strings.ToUpper(c.Kind), "scope": scope,
		"start": c.Start.Format(time.RFC3339Nano), "length": c.Length, "by": c.By,
	}
	if c.Rrule != "" {
		in["rrule"] = c.Rrule
	}
	if c.Zone != "" {
		in["timeZone"] = c.Zone
	}
	return in, nil
}

// Run makes an exclusion, or says what it would change.
func (c *excludeAddCommand) Run(ctx context.Context, s Streams) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	if c.DryRun {
		return c.preview(ctx, s, in)
	}
	var data struct{ SaveExclusion exclusionAnswer }
	if err := c.ask(ctx, saveExclusion, map[string]any{"in": in}, &data); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, data.SaveExclusion)
	return err
}

// preview writes the budgets without and with the exclusion.
func (c *excludeAddCommand) preview(ctx context.Context, s Streams, in map[string]any) error {
	type budget struct {
		Remaining *float64
		State     string
	}
	var data struct {
		PreviewExclusion struct {
			NeedsApproval bool
			Covers        int
			Warnings      []string
			Effects       []struct {
				Slo           struct{ Name string }
				Before, After budget
			}
		}
	}
	if err := c.ask(ctx, tryExclusion, map[string]any{"in": in}, &data); err != nil {
		return err
	}
	p := data.PreviewExclusion
	for _, text := range p.Warnings {
		_, _ = fmt.Fprintf(s.Err, "%s\n", plain(text))
	}
	if p.NeedsApproval {
		_, _ = fmt.Fprintln(s.Err, "It reaches back and would wait for the approval of somebody else.")
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "SLO\tREMAINING\tWITH IT\tSTATE\tWITH IT")
	for _, e := range p.Effects {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", plain(e.Slo.Name), percent(e.Before.Remaining, 2), percent(e.After.Remaining, 2), e.Before.State, e.After.State)
	}
	return w.Flush()
}

type excludeListCommand struct {
	Pending bool   `help:"Only those that wait for an approval."`
	Slo     string `help:"Only those about this SLO." placeholder:"NAME"`
	Output  string `help:"Form of the answer." short:"o" default:"table" enum:"json,table"`
	remote
}

// Run lists exclusions.
func (c *excludeListCommand) Run(ctx context.Context, s Streams) error {
	filter := map[string]any{}
	if c.Pending {
		filter["state"] = []string{statePending}
	}
	if c.Slo != "" {
		filter["slo"] = c.Slo
	}
	all := []exclusionAnswer{}
	for first, after := true, (*string)(nil); (first || after != nil) && len(all) < maxCommandOutput; first = false {
		var data struct {
			Exclusions struct {
				PageInfo pageInfo
				Nodes    []exclusionAnswer
			}
		}
		if err := c.ask(ctx, listExclusions, map[string]any{"filter": filter, "after": after}, &data); err != nil {
			return err
		}
		all, after = append(all, data.Exclusions.Nodes...), data.Exclusions.PageInfo.next()
	}
	if c.Output == "json" {
		return writeJSON(s.Out, all)
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "NAME\tSTART\tLENGTH\tREPEATED\tSLOS\tSTATE\tMADE BY\tMADE\tDECIDED BY")
	for _, x := range all {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", plain(x.Name), x.Start.Format(time.RFC3339), x.Length, plain(cmp.Or(textOf(x.RecurrenceText), "once")),
			x.Scope.Covers, strings.ToLower(strings.ReplaceAll(x.Approval.State, "_", " ")), plain(x.Author), plain(textOf(x.CreatedAt)), plain(textOf(x.Approval.By)))
	}
	return w.Flush()
}

// writeJSON writes an answer for machines.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type excludeApproveCommand struct{ decision }

type excludeRejectCommand struct{ decision }

// decision is what somebody says about an exclusion.
type decision struct {
	Name string `arg:"" help:"Name of the exclusion." placeholder:"NAME"`
	Note string `help:"Why; the audit keeps it." placeholder:"TEXT"`
	Made string `help:"When it was made, as the list shows it: refuse to decide about another version than that." placeholder:"TIME"`
	actor
	remote
}

// Run approves.
func (c *excludeApproveCommand) Run(ctx context.Context, s Streams) error {
	return c.decide(ctx, s, true)
}

// Run rejects.
func (c *excludeRejectCommand) Run(ctx context.Context, s Streams) error {
	return c.decide(ctx, s, false)
}

func (c *decision) decide(ctx context.Context, s Streams, approve bool) error {
	var data struct{ DecideExclusion exclusionAnswer }
	variables := map[string]any{"name": c.Name, "approve": approve, "by": c.By, "note": c.Note}
	if c.Made != "" {
		variables["seen"] = c.Made
	}
	err := c.ask(ctx, decideExclusion, variables, &data)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, data.DecideExclusion)
	return err
}

type excludeDeleteCommand struct {
	Name string `arg:"" help:"Name of the exclusion." placeholder:"NAME"`
	actor
	remote
}

// Run deletes an exclusion.
func (c *excludeDeleteCommand) Run(ctx context.Context, s Streams) error {
	var data struct{ DeleteExclusion string }
	if err := c.ask(ctx, dropExclusion, map[string]any{"name": c.Name, "by": c.By}, &data); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.Out, "%s is deleted\n", plain(c.Name))
	return err
}
