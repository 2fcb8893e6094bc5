package server

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// annotateCommand says what happened.
type annotateCommand struct {
	Title string            `arg:"" help:"What happened, in a few words." placeholder:"TITLE"`
	Kind  string            `help:"incident, deploy, maintenance, other." default:"incident" enum:"incident,deploy,maintenance,other" placeholder:"KIND"`
	From  time.Time         `help:"When it began (RFC 3339). Default: now." placeholder:"TIME"`
	To    time.Time         `help:"When it ended (RFC 3339). Default: it goes on." placeholder:"TIME"`
	URL   string            `help:"Address of a ticket, a pipeline, a page." name:"url" placeholder:"URL"`
	Fact  map[string]string `help:"Something to know about it, e.g. version=v1.2; may be repeated." placeholder:"NAME=VALUE"`
	Name  string            `help:"Its name; made of the title by default. That of one which is there changes it, e.g. to end it." placeholder:"NAME"`
	about
	actor
	remote
}

// Help implements kong.HelpProvider.
func (annotateCommand) Help() string {
	return `An annotation changes no figure: the statement of a budget puts down to it what
was spent in its time.

Examples:
  hindcast annotate "Cache was cold" --service shop --from 2026-05-10T09:00:00Z \
    --to 2026-05-10T09:40:00Z --url https://tickets.example/17 --by "Ada Lovelace"
  hindcast annotate "Release 42" --kind deploy --slo checkout-availability \
    --to 2026-05-10T10:00:00Z --fact version=v42 --by pipeline`
}

const (
	findAnnotation = `query Find($after: String) { annotations(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes {
		id name from url scope { slos services labels { name values } } labels { name values } } } }`
	saveAnnotation = `mutation Save($in: AnnotationInput!) { saveAnnotation(input: $in) { name scope { covers } } }`
)

// annotationAnswer is what there is under a name.
type annotationAnswer struct {
	ID, Name string
	From     time.Time
	URL      *string
	Scope    struct {
		Slos, Services []string
		Labels         []labelAnswer
	}
	Labels []labelAnswer
}

type labelAnswer struct {
	Name   string
	Values []string
}

func labelMap(list []labelAnswer) map[string]string {
	labels := map[string]string{}
	for _, l := range list {
		labels[l.Name] = strings.Join(l.Values, ",")
	}
	return labels
}

// Run makes an annotation, or changes the one of that name.
func (c *annotateCommand) Run(ctx context.Context, s Streams) error {
	was, err := c.find(ctx)
	if err != nil {
		return err
	}
	c.keep(was)
	scope, err := c.scope()
	if err != nil {
		return err
	}
	in := map[string]any{
		"name": c.Name, "title": c.Title, "kind": strings.ToUpper(c.Kind), "scope": scope, "from": c.From.Format(time.RFC3339Nano), "labels": c.Fact, "by": c.By,
	}
	if !c.To.IsZero() {
		in["to"] = c.To.Format(time.RFC3339Nano)
	}
	if c.URL != "" {
		in["url"] = c.URL
	}
	if was.ID != "" {
		in["id"] = was.ID
	}
	var data struct {
		SaveAnnotation struct {
			Name  string
			Scope struct{ Covers int }
		}
	}
	if err := c.ask(ctx, saveAnnotation, map[string]any{"in": in}, &data); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%s is kept; it is about %s\n", plain(data.SaveAnnotation.Name), count(data.SaveAnnotation.Scope.Covers, "SLO"))
	return err
}

// keep takes over what was said before and is not said now.
func (c *annotateCommand) keep(was annotationAnswer) {
	c.From, c.URL = cmp.Or(c.From, was.From), cmp.Or(c.URL, textOf(was.URL))
	if c.From.IsZero() {
		c.From = time.Now()
	}
	if len(c.SLO)+len(c.Service)+len(c.Label) == 0 {
		c.SLO, c.Service, c.Label = was.Scope.Slos, was.Scope.Services, labelMap(was.Scope.Labels)
	}
	if len(c.Fact) == 0 {
		c.Fact = labelMap(was.Labels)
	}
}

// find returns the annotation of that name; it has no id if there is none.
func (c *annotateCommand) find(ctx context.Context) (was annotationAnswer, err error) {
	if c.Name == "" {
		return was, nil
	}
	for first, after := true, (*string)(nil); first || after != nil; first = false {
		var data struct {
			Annotations struct {
				PageInfo pageInfo
				Nodes    []annotationAnswer
			}
		}
		if err := c.ask(ctx, findAnnotation, map[string]any{"after": after}, &data); err != nil {
			return was, err
		}
		for _, n := range data.Annotations.Nodes {
			if n.Name == c.Name {
				return n, nil
			}
		}
		after = data.Annotations.PageInfo.next()
	}
	return was, nil
}

// auditCommand shows who changed what.
type auditCommand struct {
	Kind   string `help:"Only changes of this kind of object: Exclusion, Annotation, SLA, Statement, Document, Source." placeholder:"KIND"`
	Name   string `help:"Only changes of the object of this name." placeholder:"NAME"`
	Limit  int    `help:"How many, the newest first." default:"50" placeholder:"N"`
	Output string `help:"Form of the answer." short:"o" default:"table" enum:"json,table"`
	remote
}

const auditQuery = `query Audit($filter: AuditFilter, $first: Int!, $after: String) {
  audit(filter: $filter, first: $first, after: $after) { pageInfo { hasNextPage endCursor } nodes { id at actor action kind name summary } }
}`

// auditAnswer is one change as the API tells it.
type auditAnswer struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Action  string    `json:"action"`
	Kind    string    `json:"kind"`
	Name    string    `json:"name"`
	Summary string    `json:"summary"`
}

// Run lists changes.
func (c *auditCommand) Run(ctx context.Context, s Streams) error {
	filter := map[string]any{}
	if c.Kind != "" {
		filter["kind"] = c.Kind
	}
	if c.Name != "" {
		filter["name"] = c.Name
	}
	limit := max(1, min(c.Limit, maxCommandOutput))
	all := []auditAnswer{}
	for first, after := true, (*string)(nil); (first || after != nil) && len(all) < limit; first = false {
		var data struct {
			Audit struct {
				PageInfo pageInfo
				Nodes    []auditAnswer
			}
		}
		page := min(100, limit-len(all))
		if err := c.ask(ctx, auditQuery, map[string]any{"filter": filter, "first": page, "after": after}, &data); err != nil {
			return err
		}
		all, after = append(all, data.Audit.Nodes...), data.Audit.PageInfo.next()
	}
	if c.Output == "json" {
		return writeJSON(s.Out, all)
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "AT\tWHO\tACTION\tWHAT\tSUMMARY")
	for _, e := range all {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s %s\t%s\n", e.At.Format(time.RFC3339), plain(e.Actor), plain(e.Action), plain(e.Kind), plain(e.Name), plain(cmp.Or(e.Summary, "-")))
	}
	return w.Flush()
}
