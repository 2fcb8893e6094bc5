package deptest

// Module is the path of this module; the table names packages relative to it,
// "." being the root.
const Module = "github.com/hindcast/hindcast"

// Table is the set of rules that a tree is checked against. Patterns name a
// package, or with a final "/..." the package and everything below it.
type Table struct {
	// Rules says for each of our packages what it may import. The most
	// specific pattern decides; a package without a rule is a violation.
	Rules map[string]Rule
	// Reserved says for packages from outside, the standard library included,
	// which of ours may import them at all. The longest match decides.
	Reserved map[string]Reservation
	// Binary lists what no package may bring into the program, with the reason.
	Binary map[string]string
}

// Rule is the place of one package in the import graph.
type Rule struct {
	Why     string            // what the package is for, hence why it may import no more
	Ours    []string          // patterns of our packages that it may import
	Outside []string          // patterns outside the standard library that it may import
	Never   map[string]string // patterns of what it must not reach by any path, with the reason
}

// Reservation keeps a package for a few importers.
type Reservation struct {
	Only  []string // patterns of our packages whose code may import it
	Tests []string // patterns of our packages whose tests may import it as well
	Why   string
}

// pure is what the mathematics and the documents must not reach: nothing that
// speaks to a network or a database, and nothing that shows.
var pure = map[string]string{
	"net/http":                    "a domain type does not know how it is asked for",
	"database/sql":                "a domain type does not know how it is kept; internal/store does",
	"github.com/uptrace/bun":      "only internal/store speaks SQL",
	"github.com/99designs/gqlgen": "only graph speaks GraphQL",
	"os/exec":                     "a domain package starts no programs",
}

// folding is pure without net/http: the PromQL parser reaches it through
// client_golang, which registers the parser's own metrics.
var folding = map[string]string{
	"database/sql":                            "a source measures; internal/store keeps",
	"github.com/uptrace/bun":                  "only internal/store speaks SQL",
	"github.com/99designs/gqlgen":             "only graph speaks GraphQL",
	"github.com/prometheus/prometheus/tsdb":   "folding must work over any Prometheus; reach the embedded one through sample.Sampler",
	"github.com/prometheus/prometheus/scrape": "folding must work over any Prometheus",
}

// measuring is pure without net/http, which the client's requests are made of.
var measuring = map[string]string{
	"database/sql":                "a source measures; internal/store keeps",
	"github.com/uptrace/bun":      "only internal/store speaks SQL",
	"github.com/99designs/gqlgen": "only graph speaks GraphQL",
	"os/exec":                     "a domain package starts no programs",
	"github.com/elastic/go-elasticsearch/v8/typedapi/...": "12 MB of types for requests that are built here",
}

// domains refer to one another by ID and through interfaces of their own; a
// package below one of them belongs to it.
var domains = []string{"slo", "postmortem", "review", "internal/catalog"}

// Tree is the table of this repository.
var Tree = Table{Rules: rules, Reserved: reserved, Binary: binary}

var rules = map[string]Rule{
	".": {
		Why:     "main turns flags into server options and nothing else",
		Ours:    []string{"internal/server"},
		Outside: []string{"github.com/alecthomas/kong"},
	},
	"internal/fault": {
		Why:   "everything may fail, so everything imports fault and fault imports nothing",
		Never: pure,
	},
	"internal/outbound": {
		Why:     "the one way to ask other servers over HTTP, which knows none of them; addresses, credentials and limits are judged here",
		Ours:    []string{"internal/fault"},
		Outside: []string{"github.com/prometheus/common/config", "github.com/sony/gobreaker/v2", "github.com/cenkalti/backoff/v5", "github.com/klauspost/compress/...", "golang.org/x/net/http/httpguts", "golang.org/x/text/..."},
		Never:   map[string]string{"database/sql": "a client keeps nothing"},
	},
	"postmortem": {
		Why:   "what is learned from failures, by ID and through interfaces of its own",
		Ours:  []string{"internal/fault"},
		Never: pure,
	},
	"review": {
		Why:   "looking ahead: reviews, DR tests, roadmap, by ID and through interfaces of its own",
		Ours:  []string{"internal/fault"},
		Never: pure,
	},
	"internal/catalog": {
		Why:   "services and teams are named by objectives and incidents, they do not know them",
		Ours:  []string{"internal/fault"},
		Never: pure,
	},
	"slo": {
		Why:     "the mathematics of reliability is a function of its inputs",
		Ours:    []string{"internal/fault"},
		Outside: []string{"github.com/teambition/rrule-go"}, // arithmetic on dates, without dependencies
		Never:   pure,
	},
	"slo/alert": {
		Why:   "it decides what to tell, and neither tells nor keeps it",
		Ours:  []string{"slo", "internal/fault"},
		Never: pure,
	},
	"internal/notify": {
		Why:     "it tells of episodes over HTTP clients that it is given; internal/outbound makes them",
		Ours:    []string{"slo/alert", "internal/fault"},
		Outside: []string{"golang.org/x/sync/..."},
	},
	"slo/ledger": {
		Why:     "the ledger keeps slots in any Store; it does not know which",
		Ours:    []string{"slo", "internal/fault"},
		Outside: []string{"github.com/klauspost/compress/...", "github.com/hashicorp/golang-lru/v2/...", "golang.org/x/sync/..."},
		Never:   pure,
	},
	"slo/collector": {
		Why:     "the collector moves slots from any Source to the ledger",
		Ours:    []string{"slo", "slo/ledger", "internal/fault"},
		Outside: []string{"golang.org/x/sync/...", "golang.org/x/time/..."},
		Never:   pure,
	},
	"slo/mixed": {
		Why:   "a ratio of two sources knows neither of them",
		Ours:  []string{"slo", "internal/fault"},
		Never: pure,
	},
	"slo/openslo": {
		Why:     "documents in, slo types out; indicators are built by the slo.Builder that is handed in",
		Ours:    []string{"slo", "slo/mixed", "internal/fault"},
		Outside: []string{"github.com/OpenSLO/go-sdk/...", "go.yaml.in/yaml/v3", "github.com/fsnotify/fsnotify"},
		Never:   pure,
	},
	"slo/prometheus": {
		Why:  "folds samples of any Prometheus into slots; PromQL is built on the AST",
		Ours: []string{"slo", "internal/fault", "internal/tsdb/sample"},
		Outside: []string{
			"github.com/prometheus/prometheus/promql/parser/...", "github.com/prometheus/prometheus/model/...",
			"github.com/prometheus/common/model", "golang.org/x/sync/...", "github.com/hashicorp/golang-lru/v2/...",
		},
		Never: folding,
	},
	"slo/prometheus/rules": {
		Why:     "rules for others to evaluate, from the same indicators; PromQL is built on the AST",
		Ours:    []string{"slo", "slo/prometheus", "internal/fault"},
		Outside: []string{"github.com/prometheus/prometheus/promql/parser", "github.com/prometheus/prometheus/model/labels", "github.com/prometheus/common/model", "go.yaml.in/yaml/v3"},
		Never:   folding,
	},
	"slo/prometheus/remote": {
		Why:  "samples of any server of the Prometheus family, over a connection that is handed in",
		Ours: []string{"slo", "internal/fault", "internal/tsdb/sample", "internal/tsdb/chunk"},
		Outside: []string{
			"github.com/prometheus/prometheus/promql/parser", "github.com/prometheus/prometheus/model/...",
			"github.com/prometheus/prometheus/tsdb/chunkenc", "github.com/prometheus/common/model",
			"github.com/klauspost/compress/snappy", "google.golang.org/protobuf/encoding/protowire", "github.com/json-iterator/go",
		},
		Never: folding,
	},
	"slo/elasticsearch": {
		Why:     "counts documents into slots; connections, secrets and limits belong to the http.RoundTripper that is handed in",
		Ours:    []string{"slo", "internal/fault"},
		Outside: []string{"github.com/elastic/go-elasticsearch/v8/esapi"},
		Never:   measuring,
	},
	"slo/ledger/ledgertest": {
		Why:     "what every ledger.Store has to keep, as a suite of tests",
		Ours:    []string{"slo", "slo/ledger", "internal/fault"},
		Outside: []string{"github.com/stretchr/testify/require", "github.com/google/go-cmp/...", "pgregory.net/rapid"},
		Never:   pureForTests,
	},
	"slo/slotest": {
		Why:     "runs scripts of the reliability test language against the mathematics",
		Ours:    []string{"slo", "slo/ledger", "internal/fault"},
		Outside: []string{"github.com/stretchr/testify/require", "github.com/google/go-cmp/cmp"},
		Never:   map[string]string{"database/sql": "scripts run on the in-memory ledger"},
	},
	"internal/tsdb/sample": {
		Why: "the vocabulary between samples and folding, without logic",
		Outside: []string{
			"github.com/prometheus/prometheus/promql/parser", "github.com/prometheus/prometheus/model/...",
		},
		Never: folding,
	},
	"internal/tsdb/chunk": {
		Why:   "decodes chunks from disks and networks; a loop over bytes needs nothing",
		Never: pure,
	},
	"internal/tsdb": {
		Why:     "the embedded Prometheus knows nothing about objectives",
		Ours:    []string{"internal/fault", "internal/tsdb/..."},
		Outside: []string{"github.com/prometheus/...", "golang.org/x/sync/...", "go.yaml.in/yaml/v3", "github.com/grafana/regexp", "github.com/alecthomas/units", "github.com/klauspost/compress/...", "github.com/oklog/ulid/v2", "google.golang.org/protobuf/encoding/protowire"},
		Never:   map[string]string{"database/sql": "samples live in the TSDB, everything else in internal/store"},
	},
	"internal/figures": {
		Why:     "the figures of objectives as Prometheus series, computed when the embedded API is asked for them; it stores nothing and knows no source",
		Ours:    []string{"slo", "internal/tsdb", "internal/fault"},
		Outside: []string{"github.com/prometheus/prometheus/model/labels", "github.com/prometheus/common/model"},
		Never: map[string]string{
			"database/sql":              "figures are computed, never kept",
			"github.com/uptrace/bun":    "only internal/store speaks SQL",
			Module + "/slo/prometheus":  "a figure comes from the evaluator, never from a source",
			Module + "/internal/server": "the server hands in what is needed",
		},
	},
	"internal/source": {
		Why:     "definitions of sources, and the ones that are open: where the kinds of sources meet the HTTP client",
		Ours:    []string{"slo", "slo/mixed", "slo/prometheus", "slo/prometheus/remote", "slo/elasticsearch", "internal/outbound", "internal/fault"},
		Outside: []string{"go.yaml.in/yaml/v3"},
		Never: map[string]string{
			"database/sql":            "internal/server keeps definitions in internal/store",
			"github.com/uptrace/bun":  "only internal/store speaks SQL",
			Module + "/slo/collector": "a source does not know when it is asked",
		},
	},
	"internal/store": {
		Why:  "the one package that speaks SQL; it keeps what the domains define",
		Ours: []string{"slo", "slo/alert", "slo/ledger", "postmortem", "review", "internal/catalog", "internal/fault"},
		Outside: []string{
			"github.com/uptrace/bun/...", "github.com/pressly/goose/v3/...", "modernc.org/sqlite/...", "github.com/jackc/pgx/v5/...",
		},
		Never: map[string]string{"github.com/99designs/gqlgen": "only graph speaks GraphQL"},
	},
	"internal/store/storetest": {
		Why:     "the conformance suite, run on every engine",
		Ours:    []string{"internal/store", "slo/ledger/ledgertest", "slo", "slo/alert", "slo/ledger", "postmortem", "review", "internal/catalog", "internal/fault"},
		Outside: []string{"github.com/stretchr/testify/require", "github.com/google/go-cmp/...", "pgregory.net/rapid", "golang.org/x/sync/..."},
	},
	"internal/agreement": {
		Why:   "what is promised to customers, kept; the statements that are signed, frozen and written as page and table",
		Ours:  []string{"slo", "internal/almanac", "internal/store", "internal/fault"},
		Never: map[string]string{"net/http": "internal/server shows it and takes it in", "github.com/99designs/gqlgen": "only graph speaks GraphQL"},
	},
	"internal/almanac": {
		Why:     "what people say about time, kept and approved; what it does to figures is slo's",
		Ours:    []string{"slo", "internal/store", "internal/fault"},
		Outside: []string{"golang.org/x/text/..."},
		Never:   map[string]string{"net/http": "internal/server shows it and takes it in", "github.com/99designs/gqlgen": "only graph speaks GraphQL"},
	},
	"internal/backup": {
		Why:     "the format of a backup: rows and files in and out; it knows neither databases nor metrics stores",
		Ours:    []string{"internal/fault"},
		Outside: []string{"github.com/klauspost/compress/..."},
		Never:   pure,
	},
	"internal/demo": {
		Why:  "simulated services: real HTTP endpoints and a history, written as samples through an interface",
		Ours: []string{"internal/fault", "internal/tsdb/sample"},
		Outside: []string{
			"github.com/prometheus/client_golang/...", "github.com/prometheus/client_model/...",
			"github.com/prometheus/prometheus/model/...", "github.com/prometheus/common/...", "golang.org/x/sync/...",
		},
		Never: map[string]string{
			"database/sql":         "the demo is measured like any service, never written into the ledger",
			Module + "/slo/ledger": "the demo is measured like any service, never written into the ledger",
			Module + "/slo":        "a demonstrated service does not know its objectives",
		},
	},
	"graph": {
		Why:  "transport only: it asks the domains and knows neither stores nor sources",
		Ours: []string{"slo", "postmortem", "review", "internal/catalog", "internal/fault", "graph/..."},
		Outside: []string{
			"github.com/99designs/gqlgen/...", "github.com/vektah/gqlparser/v2/...", "github.com/vikstrous/dataloadgen",
			"github.com/coder/websocket/...", "github.com/hashicorp/golang-lru/v2/...", "golang.org/x/time/...", "golang.org/x/sync/...",
		},
		Never: map[string]string{
			"database/sql":                          "resolvers ask domain services, never a database",
			Module + "/slo/prometheus":              "resolvers ask the evaluator, never a source",
			Module + "/internal/tsdb/...":           "resolvers ask the evaluator, never a source",
			"github.com/prometheus/prometheus/tsdb": "resolvers ask the evaluator, never a source",
		},
	},
	"graph/...": {
		Why:     "generated executor, models and scalars of graph",
		Ours:    []string{"slo", "postmortem", "review", "internal/catalog", "internal/fault", "graph/..."},
		Outside: []string{"github.com/99designs/gqlgen/...", "github.com/vektah/gqlparser/v2/...", "github.com/vikstrous/dataloadgen"},
		Never:   map[string]string{"database/sql": "resolvers ask domain services, never a database"},
	},
	"frontend": {
		Why: "embeds the built user interface and knows nothing of what serves it",
	},
	"internal/server": {
		Why:     "the only package that knows all the others",
		Ours:    []string{"slo/...", "postmortem", "review", "graph", "graph/model", "frontend", "internal/..."},
		Outside: []string{"github.com/alecthomas/kong", "github.com/prometheus/client_golang/...", "github.com/prometheus/common/...", "github.com/prometheus/prometheus/model/...", "github.com/mattn/go-isatty", "go.yaml.in/yaml/v3", "golang.org/x/sync/...", "golang.org/x/time/...", "github.com/coder/websocket", "go.opentelemetry.io/otel/..."},
	},
	"internal/realtest": {
		Why:     "starts real components for tests; it knows programs and ports, and nothing of ours",
		Outside: []string{"github.com/stretchr/testify/require", "golang.org/x/crypto/bcrypt", "google.golang.org/protobuf/encoding/protowire", "github.com/klauspost/compress/snappy"},
	},
	"internal/bench": {
		Why:     "a program that measures the parts together; the server around them would be measured too",
		Ours:    []string{"slo", "slo/ledger", "slo/collector", "slo/prometheus", "internal/store", "internal/tsdb"},
		Outside: []string{"golang.org/x/sync/...", "github.com/prometheus/prometheus/promql/parser", "github.com/prometheus/prometheus/model/labels"},
	},
	"internal/bench/peer": {
		Why:     "writes the rules of other projects; it evaluates none and knows nothing of ours",
		Outside: []string{"github.com/prometheus/common/model"},
	},
	"internal/bench/instance": {
		Why:     "runs a real Prometheus as a child process; tests have internal/realtest",
		Ours:    []string{"internal/outbound", "slo/prometheus/remote"},
		Outside: []string{"github.com/prometheus/client_golang/api/..."},
	},
	"internal/bench/accuracy": {
		Why: "a program that compares budgets in a real server; the truth comes from its own log of events",
		Ours: []string{
			"internal/bench/instance", "internal/bench/peer", "internal/bench/report", "internal/scenario", "internal/tsdb",
			"slo", "slo/ledger", "slo/openslo", "slo/prometheus",
		},
		Outside: []string{
			"golang.org/x/sync/...", "github.com/prometheus/client_golang/api/...",
			"github.com/prometheus/common/model", "github.com/prometheus/prometheus/model/...",
		},
	},
	"internal/bench/alerts": {
		Why: "a program that lives through the demonstration's past with our collector and engine, and with the peers' rules",
		Ours: []string{
			"internal/bench/peer", "internal/bench/report", "internal/demo", "internal/tsdb", "internal/tsdb/sample",
			"slo", "slo/alert", "slo/collector", "slo/ledger", "slo/openslo", "slo/prometheus",
		},
		Outside: []string{
			"golang.org/x/sync/...", "github.com/prometheus/prometheus/model/...", "github.com/prometheus/prometheus/promql/parser",
		},
	},
	"internal/bench/report": {Why: "tables in pages; it knows nothing of what is measured"},
	"internal/bench/cost": {
		Why: "a program that measures a real server under the peers' rules and under our collector",
		Ours: []string{
			"internal/bench/instance", "internal/bench/peer", "internal/store", "internal/tsdb",
			"slo", "slo/collector", "slo/ledger", "slo/openslo", "slo/prometheus",
		},
		Outside: []string{"github.com/prometheus/common/model", "github.com/prometheus/prometheus/model/labels"},
	},
	"internal/scenario": {Why: "a construction and its truth depend on nothing that could share a mistake with them", Never: pure},
	"internal/deptest":  {Why: "judges the tree and is used by nothing", Never: pureButExec()},
	"internal/doctest":  {Why: "judges the tree and is used by nothing", Never: pure},
	"tools/...":         {Why: "programs that make runs; the standard library is enough for them"},
	"e2e":               {Ours: []string{"internal/realtest"}, Why: "drives the real program from outside, like a user"},
	"e2e/faults": {
		Why:     "breaks what lies under the program; its children drive the same parts as internal/server",
		Ours:    []string{"e2e/faults/disk", "internal/store", "internal/tsdb", "slo/..."},
		Outside: []string{"github.com/prometheus/prometheus/model/...", "github.com/klauspost/compress/...", "google.golang.org/protobuf/..."},
	},
	"e2e/sources":     {Why: "tests only: real servers, planted lies, and the way of figures from sources to the ledger"},
	"e2e/faults/disk": {Why: "a disk that forgets; it knows nothing of what is written to it"},
}

var reserved = map[string]Reservation{
	"database/sql":                {Only: []string{"internal/store/..."}, Why: "only internal/store speaks SQL"},
	"github.com/uptrace/bun":      {Only: []string{"internal/store/..."}, Why: "only internal/store speaks SQL; bun writes values into the statement text, which needs care in one place"},
	"github.com/pressly/goose/v3": {Only: []string{"internal/store/..."}, Why: "migrations belong to the store"},
	"modernc.org/sqlite":          {Only: []string{"internal/store/..."}, Why: "drivers belong to the store"},
	"github.com/jackc/pgx/v5":     {Only: []string{"internal/store/..."}, Why: "drivers belong to the store"},
	"github.com/99designs/gqlgen": {Only: []string{"graph/..."}, Why: "only graph speaks GraphQL"},
	"github.com/prometheus/prometheus": {
		Only:  []string{"internal/tsdb/..."},
		Tests: []string{"internal/realtest"}, // which reads planted faults as Prometheus would
		Why:   "the embedded Prometheus has one importer, because its API breaks yearly",
	},
	"github.com/prometheus/prometheus/promql/promqltest": {
		Tests: []string{"internal/tsdb/...", "slo/prometheus", "slo/prometheus/rules"},
		Why:   "a test library",
	},
	"github.com/prometheus/prometheus/promql/parser": {
		Only:  []string{"internal/tsdb/...", "slo/prometheus", "slo/prometheus/rules", "slo/prometheus/remote", "internal/bench", "internal/bench/alerts"},
		Tests: []string{"internal/server", "internal/bench/peer"}, // which read the alerts in deploy, and the peers' rules
		Why:   "PromQL is built and read in three places: over the embedded engine, for sources and for rules; the bench asks what others would",
	},
	"github.com/prometheus/prometheus/tsdb/chunkenc": {
		Only: []string{"internal/tsdb/...", "slo/prometheus/remote"},
		Why:  "the encodings of chunks are read from disks and from remote read",
	},
	"github.com/prometheus/prometheus/model": {
		Only:  []string{"internal/tsdb/...", "slo/prometheus", "slo/prometheus/rules", "slo/prometheus/remote", "internal/demo", "internal/figures", "internal/server", "internal/bench", "internal/bench/accuracy", "internal/bench/alerts", "internal/bench/cost"},
		Tests: []string{"internal/source"}, // which writes one log for both kinds of source
		Why:   "labels and histograms are the vocabulary of samples, not of objectives",
	},
	"github.com/elastic/go-elasticsearch/v8": {
		Only: []string{"slo/elasticsearch"},
		Why:  "one package asks Elasticsearch",
	},
	"go.opentelemetry.io/otel": {
		Only: []string{"internal/server"},
		Why:  "traces are made around the interfaces of the parts; the parts know nothing of them",
	},
	"testing": {
		Only: []string{"slo/slotest", "slo/ledger/ledgertest", "internal/store/storetest", "internal/realtest"},
		Why:  "production code does not import testing: it would add test flags to the program",
	},
	"github.com/stretchr/testify": {
		Only: []string{"slo/slotest", "slo/ledger/ledgertest", "internal/store/storetest", "internal/realtest"},
		Why:  "a test library",
	},
	"github.com/prometheus/common/config": {
		Only: []string{"internal/outbound", "internal/tsdb/..."},
		Why:  "it makes HTTP clients, and only internal/outbound judges addresses; the scraper of the embedded Prometheus has its own, for the targets that its configuration names",
	},
	"github.com/goccy/go-yaml": {Why: "it needs 10 GB for 200 kB of brackets; use go.yaml.in/yaml/v3"},
	"github.com/grafana/grafana-plugin-sdk-go": {
		Only: []string{"plugin/..."},
		Why:  "the SDK brings 77 modules that the server does not need",
	},
}

var binary = map[string]string{
	"github.com/goccy/go-yaml/...":                       "it needs 10 GB for 200 kB of brackets; gqlgen may use it at generation time only",
	"github.com/grafana/grafana-plugin-sdk-go/...":       "the plugin is another program",
	Module + "/slo/slotest":                              "a test library",
	Module + "/slo/ledger/ledgertest":                    "a test library",
	Module + "/internal/realtest":                        "a test library",
	Module + "/internal/scenario":                        "a test library",
	Module + "/internal/store/storetest":                 "a test library",
	"github.com/prometheus/prometheus/promql/promqltest": "a test library",
}

// pureForTests is what test libraries of the domain must not reach; testify
// brings net/http.
var pureForTests = map[string]string{
	"database/sql":           "suites run on any store; internal/store/storetest brings the databases",
	"github.com/uptrace/bun": "only internal/store speaks SQL",
}

// pureButExec is pure for those who have to run go list.
func pureButExec() map[string]string {
	never := make(map[string]string, len(pure))
	for path, why := range pure {
		if path != "os/exec" {
			never[path] = why
		}
	}
	return never
}
