package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"github.com/hindcast/hindcast/internal/fault"
)

// Version is what the binary says it is; the build sets it.
var Version = "dev"

// Streams are where a command writes: answers to Out, remarks and progress to
// Err.
type Streams struct{ Out, Err io.Writer }

// The exit codes of every command.
const (
	ExitOK          = 0 // everything asked for was done
	ExitProblems    = 1 // the input has errors, of which a file that is not there is one; each was written
	ExitUsage       = 2 // the command line is wrong
	ExitUnavailable = 3 // a server, a source or a backup could not be reached
	ExitInternal    = 4 // a defect of Hindcast
)

const description = `Error budgets that are exact, explained or absent.

Exit codes: 0 done; 1 the input has errors, each is listed, a specification that
is not there among them; 2 the command line is wrong; 3 a server, source or
backup could not be reached; 4 a defect of hindcast. Flags can be given as HINDCAST_* environment variables.`

// grammar is the command line.
type grammar struct {
	Serve    serveCommand    `cmd:"" help:"Run the server: collect, keep and show error budgets."`
	Eval     evalCommand     `cmd:"" help:"Compute the budgets of specification files once, without a server."`
	Validate validateCommand `cmd:"" help:"Check specification files; every error is listed as file:line:col: message."`
	Convert  convertCommand  `cmd:"" help:"Turn specifications of Sloth, Pyrra, OpenSLO v1alpha and v2alpha into OpenSLO v1."`
	Status   statusCommand   `cmd:"" help:"Show the budgets that a running server has."`

	Rules rulesCommand `cmd:"" help:"Write Prometheus recording and alerting rules for specification files."`

	Backup  backupCommand  `cmd:"" help:"Write everything that is kept into one file, beside a running server or without one."`
	Restore restoreCommand `cmd:"" help:"Fill an empty data directory or database from a backup, and check it."`
	Check   checkCommand   `cmd:"" help:"Prove a data directory sound; every problem is listed with its remedy."`

	Source sourceCommand `cmd:"" help:"Look at the servers that objectives measure on."`

	Exclude  excludeCommand  `cmd:"" help:"Look at and change what does not count: maintenance, failures of others, wrong measurements."`
	Annotate annotateCommand `cmd:"" help:"Say what happened, so that statements can put down to it what was spent."`
	Sla      slaCommand      `cmd:"" help:"Look at agreements with customers, and issue their statements."`
	Audit    auditCommand    `cmd:"" help:"Show who changed what."`

	Version kong.VersionFlag `help:"Print the version and exit." short:"V"`
}

type serveCommand struct {
	Listen   string `help:"Address of the page, the API and the metrics. Loopback only until people and rights exist." default:"127.0.0.1:8480" env:"HINDCAST_LISTEN" placeholder:"HOST:PORT"`
	Data     string `help:"Directory of everything that is kept." default:"hindcast-data" env:"HINDCAST_DATA" placeholder:"DIR" type:"path"`
	Database string `help:"PostgreSQL database to keep the ledger in (postgres://user:password@host/name), instead of the data directory. Best given by the environment, where other users of the machine do not see it." env:"HINDCAST_DATABASE" placeholder:"URL"`
	Specs    string `help:"Folder of OpenSLO specifications; read at start and on every change." env:"HINDCAST_SPECS" placeholder:"DIR" type:"path"`
	Config   string `help:"Configuration file (scrape jobs, retention)." env:"HINDCAST_CONFIG" placeholder:"FILE" type:"path"`
	Demo     bool   `help:"Simulate a small fleet of services with 35 days of history, in the data directory's own corner." env:"HINDCAST_DEMO"`
	LogLevel string `help:"Least severe level that is logged: debug, info, warn, error." default:"info" enum:"debug,info,warn,error" env:"HINDCAST_LOG_LEVEL"`

	LogFormat string `help:"Form of log lines: text, json." default:"text" enum:"text,json" env:"HINDCAST_LOG_FORMAT"`
	Pprof     bool   `help:"Serve the profiles of the Go runtime below /debug/pprof/, to this machine only." env:"HINDCAST_PPROF"`
}

type evalCommand struct {
	Files []string `help:"Specification file or folder; may be repeated." short:"f" name:"file" required:"" placeholder:"PATH" type:"path"`
	TSDB  string   `help:"Directory of a Prometheus TSDB to measure on; it is only read." name:"tsdb" placeholder:"DIR" type:"path" xor:"metrics"`

	Prometheus    string `help:"Server of the Prometheus family to measure on, by its URL or by its name in --config." placeholder:"URL|NAME" xor:"metrics"`
	Elasticsearch string `help:"Elasticsearch to measure on, by its URL or by its name in --config." placeholder:"URL|NAME"`
	Config        string `help:"Configuration file that says how the named sources are reached." env:"HINDCAST_CONFIG" placeholder:"FILE" type:"path"`

	At     time.Time `help:"Instant at which the windows end, rounded up to its minute (RFC 3339). Default: the last full minute on a server, the newest sample with --tsdb." placeholder:"TIME"`
	Output string    `help:"Form of the answer." short:"o" default:"table" enum:"json,table"`
}

type validateCommand struct {
	Paths []string `arg:"" help:"Specification files or folders." placeholder:"PATH" type:"path"`
}

type convertCommand struct {
	Paths  []string `arg:"" help:"Files or folders; - for standard input." placeholder:"PATH"`
	Window string   `help:"Window of the SLOs of formats that have none (Sloth)." default:"30d" placeholder:"DURATION"`
	Output string   `help:"Folder to write a file into for each that is read, or - for standard output. Nothing there is overwritten." short:"o" default:"-" placeholder:"DIR|-"`

	Partial bool `help:"Write the rest of a file in which something is refused. The exit code is 1 all the same."`
}

type statusCommand struct {
	Name   string `arg:"" optional:"" help:"Show this objective only."`
	Server string `help:"Address of the server." default:"http://127.0.0.1:8480" env:"HINDCAST_SERVER" placeholder:"URL"`
	Output string `help:"Form of the answer." short:"o" default:"table" enum:"json,table"`
}

type sourceCommand struct {
	Test sourceTestCommand `cmd:"" help:"Ask a source who it is and what it can do, and say what is wrong if it does not work."`
	List sourceListCommand `cmd:"" help:"List the sources of a configuration file and of specifications."`
}

type sourceTestCommand struct {
	Source string `arg:"" help:"URL of a server, or the name of a source in --config or --specs." placeholder:"NAME|URL"`
	Type   string `help:"Type of the server: prometheus (with Thanos, Mimir, VictoriaMetrics), elasticsearch. Default: prometheus at a URL, as defined for a name." default:"" enum:",prometheus,elasticsearch" placeholder:"TYPE"`
	sourcePlaces
}

type sourceListCommand struct{ sourcePlaces }

// sourcePlaces are where commands find definitions of sources.
type sourcePlaces struct {
	Config string `help:"Configuration file with sources." env:"HINDCAST_CONFIG" placeholder:"FILE" type:"path"`
	Specs  string `help:"Folder of specifications with documents of the kind DataSource." env:"HINDCAST_SPECS" placeholder:"DIR" type:"path"`
	Data   string `help:"Data directory, below which secrets/ holds the files that documents name." default:"hindcast-data" env:"HINDCAST_DATA" placeholder:"DIR" type:"path"`
}

type backupCommand struct {
	Output    string `help:"File, directory (the name then tells the instant), or - for standard output. A file appears whole or not at all." short:"o" required:"" placeholder:"FILE|DIR|-"`
	Data      string `help:"Data directory to back up. A server may be running on it." default:"hindcast-data" env:"HINDCAST_DATA" placeholder:"DIR" type:"path"`
	Database  string `help:"Database that is used instead of the data directory's own: postgres://user:password@host/name." env:"HINDCAST_DATABASE" placeholder:"URL"`
	NoSamples bool   `help:"Leave the raw samples out: the figures are kept, but cannot be measured again."`
}

type restoreCommand struct {
	File     string `arg:"" help:"Backup to restore, - for standard input." placeholder:"FILE"`
	Data     string `help:"Data directory to fill. It must be empty." default:"hindcast-data" env:"HINDCAST_DATA" placeholder:"DIR" type:"path"`
	Database string `help:"Empty database to fill instead of the data directory's own, whatever engine the backup is of." env:"HINDCAST_DATABASE" placeholder:"URL"`
}

type checkCommand struct {
	Data     string `help:"Data directory to check. It is only read, and a server may be running on it." default:"hindcast-data" env:"HINDCAST_DATA" placeholder:"DIR" type:"path"`
	Database string `help:"Database that is used instead of the data directory's own." env:"HINDCAST_DATABASE" placeholder:"URL"`
	Repair   bool   `help:"Measure again what is damaged, as far as the samples reach. The server must be stopped."`
}

// Main runs one command and returns its exit code.
func Main(ctx context.Context, args []string, s Streams) int {
	var g grammar
	code := -1
	parser, err := kong.New(&g, kong.Name("hindcast"), kong.Description(description),
		kong.Vars{"version": Version}, kong.Writers(s.Out, s.Err), kong.UsageOnError(),
		kong.TypeMapper(reflect.TypeFor[time.Time](), kong.MapperFunc(readInstant)),
		kong.Exit(func(c int) { code = c }))
	if err != nil {
		_, _ = fmt.Fprintf(s.Err, "hindcast: %v\n", err)
		return ExitInternal
	}
	switch { // what other programs understand, too
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help":
		args = append(slices.Clone(args[1:]), "--help")
	}
	parsed, err := parser.Parse(args)
	if code >= 0 { // --help or --version have written their answer
		return code
	}
	if err != nil {
		_, _ = fmt.Fprintf(s.Err, "hindcast: %s\nSee %s --help.\n", plain(err.Error()), asked(err))
		return ExitUsage
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return exitCode(parsed.Run(s), s)
}

// asked returns the command that a command line began with: its help says more.
func asked(err error) string {
	wrong, ok := errors.AsType[*kong.ParseError](err)
	if !ok || wrong.Context.Selected() == nil {
		return "hindcast"
	}
	return wrong.Context.Selected().FullPath()
}

// readInstant reads an instant; kong's own reader answers with the layout of Go's
// package time.
func readInstant(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("TIME", &text); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("%.60q is not an instant: write it as 2026-01-31T02:00:00Z", text)
	}
	target.Set(reflect.ValueOf(at))
	return nil
}

// errProblems says that a command wrote the errors of its input already.
var errProblems = errors.New("the input has errors")

// exitCode writes err, if there is one to write, and returns its exit code.
func exitCode(err error, s Streams) int {
	if err == nil || errors.Is(err, context.Canceled) {
		return ExitOK
	}
	if errors.Is(err, errProblems) {
		return ExitProblems
	}
	_, _ = fmt.Fprintf(s.Err, "hindcast: %v\n", err)
	switch fault.KindOf(err) {
	case fault.Invalid, fault.NotFound, fault.Conflict:
		return ExitProblems
	case fault.Unavailable:
		return ExitUnavailable
	case fault.Forbidden:
		return ExitUsage
	default:
		return ExitInternal
	}
}
