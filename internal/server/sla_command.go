package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hindcast/hindcast/internal/agreement"
	"github.com/hindcast/hindcast/internal/fault"
)

// slaCommand looks at agreements and their statements.
type slaCommand struct {
	List      slaListCommand      `cmd:"" help:"List agreements with the figures of their current period."`
	Figures   slaFiguresCommand   `cmd:"" help:"Show the figures of an agreement in a period, as they are now."`
	Issue     slaIssueCommand     `cmd:"" help:"Freeze the figures of a period that is over for a customer; again, to correct them."`
	Statement slaStatementCommand `cmd:"" help:"Show a statement as it was issued."`
}

// Help implements kong.HelpProvider.
func (slaCommand) Help() string {
	return `Examples:
  hindcast sla list
  hindcast sla figures shop-support --period 2026-10
  hindcast sla issue shop-support --customer acme --period 2026-10 --by "Ada Lovelace"
  hindcast sla statement shop-support --customer acme --period 2026-10 -o html > acme.html`
}

type slaListCommand struct {
	Output string `help:"Form of the answer." short:"o" default:"table" enum:"json,table"`
	remote
}

type slaFiguresCommand struct {
	Name   string `arg:"" help:"The agreement."`
	Period string `help:"Period, e.g. 2026-10, 2026-Q4, 2026-W48, 2026-11-25, 2026. Default: the current one." placeholder:"PERIOD"`
	Output string `help:"Form of the answer." short:"o" default:"table" enum:"json,table"`
	remote
}

type slaIssueCommand struct {
	Name     string `arg:"" help:"The agreement."`
	Customer string `help:"Customer of the agreement." required:"" placeholder:"NAME"`
	Period   string `help:"Period that is over, e.g. 2026-10." required:"" placeholder:"PERIOD"`
	Note     string `help:"What the statement should say besides." placeholder:"TEXT"`
	actor
	remote
}

type slaStatementCommand struct {
	Name     string `arg:"" help:"The agreement."`
	Customer string `help:"Customer of the agreement." required:"" placeholder:"NAME"`
	Period   string `help:"Period, e.g. 2026-10." required:"" placeholder:"PERIOD"`
	Revision int    `help:"An earlier revision. Default: the newest." placeholder:"N"`
	Output   string `help:"Form of the answer; json is the frozen document byte by byte." short:"o" default:"table" enum:"json,csv,html,table"`
	remote
}

const (
	figureFields = `figures(period: $period) { period from to settled achievedPercent budget { state good total coverage excluded { minutes } } credit { creditPercent } due { customer percent amount currency } warnings }`
	slaFields    = `name displayName targetPercent window { title } `
	listSLAs     = `query List($after: String, $period: String) { slas(first: 10, after: $after) { pageInfo { hasNextPage endCursor } nodes { ` + slaFields + figureFields + ` } } }`
	oneSLA       = `query One($name: String!, $period: String) { sla(name: $name) { ` + slaFields + figureFields + ` } }`
	issueSLA     = `mutation Issue($in: IssueInput!) { issueStatement(input: $in) { revision digest corrections { what was is } links { format url } } }`
)

// slaAnswer is what the API says of an agreement.
type slaAnswer struct {
	Name          string `json:"name"`
	DisplayName   string `json:"displayName"`
	TargetPercent string `json:"targetPercent"`
	Window        struct {
		Title string `json:"title"`
	} `json:"window"`
	Figures slaFiguresAnswer `json:"figures"`
}

type slaFiguresAnswer struct {
	Period          string    `json:"period"`
	From            time.Time `json:"from"`
	To              time.Time `json:"to"`
	Settled         bool      `json:"settled"`
	AchievedPercent *string   `json:"achievedPercent"`
	Budget          struct {
		State    string   `json:"state"`
		Good     *float64 `json:"good"`
		Total    *float64 `json:"total"`
		Coverage float64  `json:"coverage"`
		Excluded struct {
			Minutes int `json:"minutes"`
		} `json:"excluded"`
	} `json:"budget"`
	Credit *struct {
		CreditPercent string `json:"creditPercent"`
	} `json:"credit"`
	Due []struct {
		Customer string  `json:"customer"`
		Percent  *string `json:"percent"`
		Amount   *string `json:"amount"`
		Currency *string `json:"currency"`
	} `json:"due"`
	Warnings []string `json:"warnings"`
}

func (f slaFiguresAnswer) achieved() string {
	if f.AchievedPercent == nil {
		return "–"
	}
	return *f.AchievedPercent + " %"
}

func (f slaFiguresAnswer) credit() string {
	if f.Credit == nil {
		return "–"
	}
	return f.Credit.CreditPercent + " %"
}

// Run lists agreements.
func (c *slaListCommand) Run(ctx context.Context, s Streams) error {
	all := []slaAnswer{}
	for first, after := true, (*string)(nil); first || after != nil; first = false {
		var page struct {
			Slas struct {
				PageInfo pageInfo
				Nodes    []slaAnswer
			}
		}
		if err := c.ask(ctx, listSLAs, map[string]any{"after": after}, &page); err != nil {
			return err
		}
		all = append(all, page.Slas.Nodes...)
		after = page.Slas.PageInfo.next()
	}
	if c.Output == "json" {
		return writeJSON(s.Out, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(s.Out, "There are no agreements.")
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "SLA\tTARGET\tPERIOD\tACHIEVED\tCOVERAGE\tSTATE\tCREDIT\tWINDOW")
	for _, a := range all {
		f := a.Figures
		_, _ = fmt.Fprintf(w, "%s\t%s %%\t%s\t%s\t%s\t%s\t%s\t%s\n", plain(a.Name), a.TargetPercent, f.Period, f.achieved(), percent(&f.Budget.Coverage, 1), f.Budget.State, f.credit(), plain(a.Window.Title))
	}
	return w.Flush()
}

// Run shows the figures of one agreement.
func (c *slaFiguresCommand) Run(ctx context.Context, s Streams) error {
	var answer struct{ Sla *slaAnswer }
	variables := map[string]any{"name": c.Name}
	if c.Period != "" {
		variables["period"] = c.Period
	}
	if err := c.ask(ctx, oneSLA, variables, &answer); err != nil {
		return err
	}
	if answer.Sla == nil {
		return fault.NotFoundf("there is no SLA %q on %s; `hindcast sla list` lists all", c.Name, c.Server)
	}
	if c.Output == "json" {
		return writeJSON(s.Out, answer.Sla)
	}
	f := answer.Sla.Figures
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "Period\t%s (%s to %s)\nTarget\t%s %%\nAchieved\t%s\nState\t%s\nGood\t%s of %s\nExcluded\t%d min\nCoverage\t%s\nCredit\t%s\n",
		f.Period, f.From.Format(time.RFC3339), f.To.Format(time.RFC3339), answer.Sla.TargetPercent, f.achieved(), f.Budget.State,
		number(f.Budget.Good), number(f.Budget.Total), f.Budget.Excluded.Minutes, percent(&f.Budget.Coverage, 2), f.credit())
	for _, d := range f.Due {
		if d.Amount != nil {
			_, _ = fmt.Fprintf(w, "Due to %s\t%s %s\n", plain(d.Customer), *d.Amount, value(d.Currency))
		}
	}
	for _, text := range f.Warnings {
		_, _ = fmt.Fprintln(s.Err, plain(text))
	}
	return w.Flush()
}

// Run issues a statement and says where it is.
func (c *slaIssueCommand) Run(ctx context.Context, s Streams) error {
	var answer struct {
		IssueStatement struct {
			Revision    int
			Digest      string
			Corrections []agreement.Correction
			Links       []struct{ Format, URL string }
		}
	}
	in := map[string]any{"sla": c.Name, "customer": c.Customer, "period": c.Period, "by": c.By, "note": c.Note}
	if err := c.ask(ctx, issueSLA, map[string]any{"in": in}, &answer); err != nil {
		return err
	}
	st := answer.IssueStatement
	_, _ = fmt.Fprintf(s.Out, "revision %d is issued, SHA-256 %s\n", st.Revision, st.Digest)
	for _, x := range st.Corrections {
		_, _ = fmt.Fprintf(s.Out, "  %s: was %s, is %s\n", plain(x.What), plain(x.Was), plain(x.Is))
	}
	for _, l := range st.Links {
		_, _ = fmt.Fprintln(s.Out, strings.TrimSuffix(c.Server, "/")+l.URL)
	}
	return nil
}

// Run shows a statement.
func (c *slaStatementCommand) Run(ctx context.Context, s Streams) error {
	format := c.Output
	if format == "table" {
		format = "json"
	}
	body, err := c.fetch(ctx, format)
	if err != nil {
		return err
	}
	if c.Output != "table" {
		_, err := s.Out.Write(body)
		return err
	}
	var d agreement.Document
	if err := json.Unmarshal(body, &d); err != nil {
		return fault.Unavailablef("%s answers what is no statement: %w", c.Server, err)
	}
	return writeStatement(s.Out, d)
}

// fetch gets a statement, and proves that a frozen document is the one that was
// issued.
func (c *slaStatementCommand) fetch(ctx context.Context, format string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	u, err := addressOf(c.Server)
	if err != nil {
		return nil, err
	}
	for _, part := range []string{c.Name, c.Customer, c.Period} {
		if strings.Contains(part, "/") || strings.Trim(part, ".") == "" {
			return nil, fault.Invalidf("%q names no statement: agreements, customers and periods are made of letters, digits and dashes", part)
		}
	}
	u = u.JoinPath("statements", url.PathEscape(c.Name), url.PathEscape(c.Customer), url.PathEscape(c.Period+"."+format))
	if c.Revision != 0 {
		u.RawQuery = url.Values{"revision": {strconv.Itoa(c.Revision)}}.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fault.Invalidf("server address %q: %w", c.Server, err)
	}
	res, body, err := send(c.Server, req)
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(string(body[:min(len(body), 1000)]))
	switch {
	case res.StatusCode == http.StatusNotFound:
		return nil, fault.NotFoundf("%s", text)
	case res.StatusCode == http.StatusBadRequest:
		return nil, fault.Invalidf("%s", text)
	case res.StatusCode != http.StatusOK:
		return nil, fault.Unavailablef("%s answers %s: %s", c.Server, res.Status, text)
	}
	sum := sha256.Sum256(body)
	if want := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"; format == "json" && res.Header.Get("Repr-Digest") != want {
		return nil, fault.Unavailablef("the answer of %s has not the digest that it names: it was changed on the way", c.Server)
	}
	return body, nil
}

// writeStatement writes a statement for people.
func writeStatement(out io.Writer, d agreement.Document) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	achieved, credit := "–", "none"
	if d.AchievedPercent != nil {
		achieved = *d.AchievedPercent + " %"
	}
	if d.Credit != nil {
		credit = strings.TrimSpace(fmt.Sprintf("%s %% %s %s", d.Credit.CreditPercent, d.Credit.Amount, d.Credit.Currency))
	}
	_, _ = fmt.Fprintf(w, "Agreement\t%s\nCustomer\t%s\nPeriod\t%s (%s)\nRevision\t%d, issued %s by %s\nTarget\t%s %%\nAchieved\t%s\nState\t%s\nCredit\t%s\nExcluded\t%d min\nCoverage\t%s\n",
		plain(d.SLA.Title), plain(d.Customer.Title), d.Period.Name, plain(d.Period.TimeZone), d.Revision, d.IssuedAt.Format(time.RFC3339), plain(d.IssuedBy),
		d.SLA.TargetPercent, achieved, d.State, credit, d.ExcludedMinutes, percent(&d.Coverage, 2))
	for _, c := range d.Corrections {
		_, _ = fmt.Fprintf(w, "Correction\t%s: was %s, is %s\n", plain(c.What), plain(c.Was), plain(c.Is))
	}
	for _, text := range d.Warnings {
		_, _ = fmt.Fprintf(w, "Note\t%s\n", plain(text))
	}
	return w.Flush()
}
