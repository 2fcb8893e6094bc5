package sources

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

var update = flag.Bool("update", false, "write the table of states into docs/sources.md")

// state is what becomes of a lie.
type state string

const (
	refused   state = "refused"   // no figure, and an error that names the cause
	missing   state = "missing"   // the source has nothing: no figure, and no error
	right     state = "right"     // the figure of a source that does not lie
	shifted   state = "shifted"   // minutes that end a scrape too early
	estimated state = "estimated" // figures that are marked, with a warning
	unseen    state = "–"         // the lie cannot be told this way
	wrong     state = "WRONG"     // a measured figure that is not true: in no cell
)

// meanings are the states as the documentation explains them.
var meanings = []struct {
	state state
	text  string
}{
	{refused, "no figure; the error names the cause, the minutes are asked for again, the objective turns `STALE` or `NO_DATA`"},
	{missing, "no figure and no error, as of a service that is gone: the objective turns `STALE` or `NO_DATA`; measured again as soon as the source has something"},
	{right, "the figure is that of a source that does not lie: nothing that is counted is wrong in the answer"},
	{shifted, "the minutes end up to one scrape interval early; sums are right but for the events of one interval at each end"},
	{estimated, "the figure is marked *estimated*, with a warning"},
	{unseen, "cannot happen there: that way of asking has none of it"},
}

// row documents a fault: what becomes of it on each kind of source, and what the
// error or the warning says.
type row struct {
	fault  string
	states [3]state // in the order of kindNames
	says   string
	note   string
}

func everywhere(s state) [3]state                { return [3]state{s, s, s} }
func prometheusOnly(read, ranges state) [3]state { return [3]state{read, ranges, ""} }
func elasticOnly(s state) [3]state               { return [3]state{"", "", s} }

var documented = []row{
	{"refused", everywhere(refused), `nothing listens there`, ""},
	{"dns", everywhere(refused), `has a host that does not exist`, ""},
	{"tls expired", everywhere(refused), `a certificate that is not valid now`, ""},
	{"401", everywhere(refused), `401|user and password`, ""},
	{"403", everywhere(refused), `403|privileges`, ""},
	{"404", everywhere(refused), `404`, ""},
	{"429", everywhere(refused), `429`, ""},
	{"500", everywhere(refused), `500`, ""},
	{"502", everywhere(refused), `502`, ""},
	{"503", everywhere(refused), `503`, ""},
	{"login page", everywhere(refused), `HTML|text/html|does not say that it is Elasticsearch`, ""},
	{"no body", [3]state{missing, refused, refused}, `breaks off|ends in the middle`, "an answer of remote read without a series has no byte: see *empty*"},
	{"truncated", everywhere(refused), `breaks off|ends in the middle`, ""},
	{"cut", everywhere(refused), `breaks off|broke off`, ""},
	{"reset", everywhere(refused), `breaks off|broke off`, ""},
	{"flipped byte", everywhere(refused), `checksum|not UTF-8|breaks off|more than \d+`, "remote read has checksums, and JSON is found out where the byte leaves UTF-8; one that turns a digit of JSON into another cannot be noticed: https has checksums of its own"},
	{"gzip bomb", everywhere(refused), `checksum|has no series|more than \d+`, ""},
	{"endless", everywhere(refused), `has no series|more than \d+`, ""},
	{"sliced", everywhere(right), ``, "nothing is wrong with it"},
	{"slow", everywhere(right), ``, "nothing is wrong with it"},
	{"trickle", everywhere(refused), `within 2s|in time`, ""},
	{"hang", everywhere(refused), `within 2s|in time`, ""},
	{"stall", everywhere(refused), `within 2s|in time`, ""},
	{"redirect", everywhere(refused), `none of Prometheus' API|does not say that it is Elasticsearch`, "followed without credentials; what answers there is no such server"},
	{"redirect loop", everywhere(refused), `redirects more than 3 times`, ""},
	{"clock ahead", everywhere(right), ``, "figures go by the time stamps of the data; `hindcast source test` tells of the clock"},
	{"cached", everywhere(refused), `out of a cache`, "by its header `Age`"},
	{"cached silently", everywhere(refused), `outside of what was asked for|buckets for|is not the minute|not asked for`, "where the answer has samples or minutes that were not asked for"},
	{"status error", prometheusOnly(unseen, refused), `status "error"`, ""},
	{"warnings", prometheusOnly(unseen, refused), `not complete`, "with `on_incomplete: estimate`: estimated. Prometheus keeps warnings of remote read to its log"},
	{"empty", prometheusOnly(missing, missing), ``, "cannot be told from a service that is gone"},
	{"duplicate series", prometheusOnly(refused, refused), `twice|comes after`, ""},
	{"wrong labels", prometheusOnly(refused, refused), `does not select`, ""},
	{"label collision", prometheusOnly(refused, refused), `twice|comes after`, ""},
	{"not a number", prometheusOnly(missing, missing), `no counter can be`, "with a warning"},
	{"infinite", prometheusOnly(missing, missing), `no counter can be`, "with a warning"},
	{"negative", prometheusOnly(missing, missing), `no counter can be`, "with a warning"},
	{"replica mix", prometheusOnly(unseen, estimated), `two servers`, "noticed after six samples in turn; figures are those of one replica"},
	{"past stamps", prometheusOnly(refused, refused), `outside of what was asked for`, "where data reach to the beginning of what is asked for; an hour without data before them hides it"},
	{"future stamps", prometheusOnly(refused, refused), `outside of what was asked for`, ""},
	{"wrong step", prometheusOnly(unseen, shifted), ``, "cannot be told from a longer scrape interval"},
	{"stamps backwards", prometheusOnly(unseen, refused), `not in order of time`, ""},
	{"another type", prometheusOnly(unseen, refused), `which is no number`, ""},
	{"failed shard", elasticOnly(refused), `1 of 2 shards failed`, ""},
	{"shard without a word", elasticOnly(refused), `only 2 of 3 shards answered`, ""},
	{"skipped shards", elasticOnly(right), ``, "nothing is wrong with it"},
	{"no shards", elasticOnly(refused), `read no shard`, ""},
	{"timed out", elasticOnly(refused), `timed out on the cluster`, ""},
	{"terminated early", elasticOnly(refused), `terminated_early`, ""},
	{"failures", elasticOnly(refused), `tells of failures`, ""},
	{"lower bound", elasticOnly(right), ``, "the number of hits is not used"},
	{"other documents", elasticOnly(refused), `buckets for|no page of groups`, ""},
	{"bucket cap", elasticOnly(refused), `too many buckets|too_many_buckets|503`, ""},
	{"async partial", elasticOnly(refused), `is partial`, ""},
	{"error in 200", elasticOnly(refused), `holds an error`, ""},
	{"no aggregations", elasticOnly(refused), `0 buckets`, ""},
	{"duplicate buckets", elasticOnly(refused), `buckets for`, ""},
	{"wrong buckets", elasticOnly(refused), `is not the minute`, ""},
	{"crooked buckets", elasticOnly(refused), `is not the minute`, ""},
	{"negative count", elasticOnly(right), ``, "the number of a bucket is not used: its filters count"},
}

// rowOf returns the row of a fault and the number of a kind.
func rowOf(t testing.TB, kind, fault string) (r row, want state) {
	t.Helper()
	for _, r := range documented {
		for i, name := range kindNames {
			if r.fault == fault && name == kind {
				return r, r.states[i]
			}
		}
	}
	t.Fatalf("%s on %s is not documented", fault, kind)
	return row{}, ""
}

// said reports whether an error or a warning says what is documented.
func (r row) said(f finding) bool {
	return regexp.MustCompile(r.says).MatchString(f.problem + "\n" + f.history + "\n" + strings.Join(f.warnings, "\n"))
}

const (
	docs   = "../../docs/sources.md"
	begins = "<!-- lying sources: go test ./e2e/sources -update -->\n"
	ends   = "<!-- /lying sources -->\n"
)

// table is what docs/sources.md shows.
func table() string {
	var b strings.Builder
	for _, m := range meanings {
		fmt.Fprintf(&b, "- **%s**: %s.\n", m.state, m.text)
	}
	fmt.Fprintf(&b, "\n| lie | what is done to an answer | %s | |\n|---|---|---|---|---|---|\n", strings.Join(kindNames, " | "))
	for _, r := range documented {
		fmt.Fprintf(&b, "| %s | %s |", r.fault, realtest.FaultNamed(r.fault).Does)
		for _, s := range r.states {
			fmt.Fprintf(&b, " %s |", s)
		}
		fmt.Fprintf(&b, " %s |\n", r.note)
	}
	return b.String()
}

// TestTheDocumentedStatesAreThoseOfTheMatrix compares the table in the docs with
// the one that the matrix is held to, and that with the faults that there are.
func TestTheDocumentedStatesAreThoseOfTheMatrix(t *testing.T) {
	for _, f := range realtest.Faults() {
		for i, name := range kindNames {
			of := []realtest.Kind{realtest.OfPrometheus, realtest.OfPrometheus, realtest.OfElasticsearch}[i]
			if f.Of == realtest.OfAny || f.Of == of {
				_, want := rowOf(t, name, f.Name)
				require.Contains(t, []state{refused, missing, right, shifted, estimated, unseen}, want, "%s on %s", f.Name, name)
			}
		}
	}
	text, err := os.ReadFile(docs)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begins)
	require.True(t, found)
	shown, after, found := strings.Cut(rest, ends)
	require.True(t, found)
	if *update {
		require.NoError(t, os.WriteFile(docs, []byte(before+begins+table()+ends+after), 0o644))
		return
	}
	require.Equal(t, table(), shown, "run go test ./e2e/sources -run Documented -update")
}
