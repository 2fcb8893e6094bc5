package agreement

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/hindcast/hindcast/slo"
)

//go:embed statement.html statement.css
var sheetFiles embed.FS

// StylePath is where the page finds its style sheet.
const StylePath = "/statements/statement.css"

// Style returns the style sheet of statements.
func Style() []byte {
	text, err := sheetFiles.ReadFile("statement.css")
	if err != nil { // it is in the binary
		panic(err)
	}
	return text
}

var sheetTemplate = template.Must(template.New("statement.html").Funcs(template.FuncMap{
	"clock": clock, "count": countText, "coverage": func(f float64) string { return slo.AchievedPercent(&f, 2) }, "amount": amount,
	"lower": strings.ToLower, "join": strings.Join, "stream": func(l Line) string { return slo.Promise{SLO: l.SLO, Objective: l.Objective}.Title() },
}).ParseFS(sheetFiles, "statement.html"))

// sheet is what the page is made of.
type sheet struct {
	Statement
	D        Document
	Verdict  string
	Missed   bool
	Unknown  bool
	Newest   int // the newest revision
	NewestAt string
	Style    string
	Charts   []chart
}

// Self is the path of the statement without the ending that names the form.
func (s sheet) Self() string { return "/statements/" + s.SLA + "/" + s.Customer + "/" + s.Period }

// WriteHTML writes a statement as a page to read and to print, which needs nothing
// but its style sheet. newest is the number of the newest revision, newestPath
// where it is.
func (st Statement) WriteHTML(w io.Writer, newest int, newestPath string) error {
	d := st.Document
	s := sheet{Statement: st, D: d, Newest: newest, NewestAt: newestPath, Style: StylePath}
	s.Verdict, s.Missed, s.Unknown = verdict(d)
	for _, l := range d.Lines {
		s.Charts = append(s.Charts, chartOf(d, l))
	}
	return sheetTemplate.Execute(w, s)
}

// verdict says in words what became of the promise.
func verdict(d Document) (text string, missed, unknown bool) {
	switch {
	case d.State == slo.NoData || d.State == slo.Stale:
		return "cannot be told: too little was measured", false, true
	case d.State == slo.NoTraffic:
		return "nothing was used, so that nothing failed", false, true
	case d.State == slo.Breached:
		return "missed", true, false
	default:
		return "met", false, false
	}
}

// countText writes a count with groups of digits, as far as it can be read.
func countText(v *float64) string {
	if v == nil {
		return "–"
	}
	text := strconv.FormatFloat(*v, 'f', -1, 64)
	if whole, frac, ok := strings.Cut(text, "."); ok {
		text = whole + "." + frac[:min(len(frac), 3)]
	}
	whole, frac, point := strings.Cut(text, ".")
	const narrow = "\u202f"
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + narrow + whole[i:]
	}
	if point {
		return whole + "." + frac
	}
	return whole
}

// chart draws how many of the events of each day were bad. What was not measured is
// drawn as such, not as nothing.
type chart struct {
	Title       string
	Label       string // what a reader hears who does not see it
	Width       float64
	Bars        []bar
	Allowed     float64 // y of the line that the target allows
	Top         string  // what the height is
	First, Last string
	AllowedText string
}

type bar struct {
	X, Y, W, H float64
	Class      string
	Title      string
}

const (
	chartHeight = 80.0
	chartWidth  = 720.0
)

func chartOf(d Document, l Line) chart {
	c := chart{Title: l.Title, Width: chartWidth}
	if len(l.Days) == 0 {
		return c
	}
	target, err := slo.ParseTargetPercent(d.SLA.TargetPercent)
	if err != nil { // it was one when it was frozen
		return c
	}
	allowed := target.ErrorFraction()
	highest, worst := 2*allowed, Day{}
	for _, day := range l.Days {
		if bad := day.bad(); bad >= highest && bad > 2*allowed {
			highest = bad
		}
		if worst.Day == "" || day.bad() > worst.bad() {
			worst = day
		}
	}
	step := chartWidth / float64(len(l.Days))
	for i, day := range l.Days {
		c.Bars = append(c.Bars, day.bar(float64(i)*step, step, highest, allowed))
	}
	c.Allowed = round(chartHeight * (1 - allowed/highest))
	c.Top, c.AllowedText = share(highest), share(allowed)
	c.First, c.Last = l.Days[0].Day, l.Days[len(l.Days)-1].Day
	c.Label = fmt.Sprintf("Share of bad events on each day from %s to %s. The target allows %s; the worst day was %s with %s.", c.First, c.Last, c.AllowedText, worst.Day, share(worst.bad()))
	return c
}

// bad returns the share of bad events, 0 where nothing happened.
func (day Day) bad() float64 {
	if day.Good == nil || *day.Total <= 0 {
		return 0
	}
	return max(0, (*day.Total-*day.Good) / *day.Total)
}

func (day Day) bar(x, step, highest, allowed float64) bar {
	b := bar{X: round(x + step*0.1), W: round(step * 0.8), Class: "ok", Title: day.Day + ": " + share(day.bad()) + " bad"}
	switch {
	case day.Good == nil:
		return bar{X: b.X, W: b.W, H: chartHeight, Class: "gap", Title: day.Day + ": not measured"}
	case day.bad() > allowed:
		b.Class = "over"
	}
	b.H = round(chartHeight * day.bad() / highest)
	if b.H < 1 && day.bad() > 0 {
		b.H = 1
	}
	b.Y = round(chartHeight - b.H)
	return b
}

// round keeps drawings short: a hundredth of a unit is seen by nobody.
func round(f float64) float64 { return math.Round(f*100) / 100 }

// share writes a small share in percent with two digits that say something.
func share(f float64) string {
	if f == 0 {
		return "0 %"
	}
	return strconv.FormatFloat(100*f, 'g', 2, 64) + " %"
}
