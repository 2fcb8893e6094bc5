// Command testsum reads what go test -json writes, prints one line per package
// and the whole output of what failed, and ends with the counts. With -o it
// leaves the counts as one line in a file for the summary of make test.
//
// It exits with 1 if a test or a package failed, or if nothing was run. It
// imports the standard library only.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	out := flag.String("o", "", "write the counts to this `file`")
	flag.Parse()
	s := newSummary(os.Stdout)
	err := s.read(os.Stdin)
	if err == nil && *out != "" {
		err = os.WriteFile(*out, []byte(s.counts()+"\n"), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	s.finish()
	if s.bad() {
		os.Exit(1)
	}
}

// event is one line of go test -json, as cmd/test2json documents it.
type event struct {
	Action, Package, Test, Output string
	ImportPath, FailedBuild       string
	Elapsed                       float64
}

// summary counts tests (subtests included) and packages.
type summary struct {
	w                       io.Writer
	passed, failed, skipped int
	packages, broken        int                         // broken: failed without a failed test, as when it does not compile
	output                  map[string]*strings.Builder // by package and test
	tests, failedIn         map[string]int              // by package
	skips, failures         []string
}

func newSummary(w io.Writer) *summary {
	return &summary{w: w, output: map[string]*strings.Builder{}, tests: map[string]int{}, failedIn: map[string]int{}}
}

// read handles every line; what is not JSON is passed on, because the go
// command itself writes such lines when it cannot start.
func (s *summary) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(s.w, "%s", line)
			} else {
				s.handle(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) handle(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		if !strings.HasPrefix(e.Output, "=== ") { // RUN, PAUSE, CONT: progress, not content
			s.keep(key, e.Output)
		}
	case "build-output":
		s.keep("build "+e.ImportPath, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(e)
		} else {
			s.endTest(e, key)
		}
	}
}

func (s *summary) keep(key, text string) {
	b := s.output[key]
	if b == nil {
		b = &strings.Builder{}
		s.output[key] = b
	}
	b.WriteString(text)
}

func (s *summary) endTest(e event, key string) {
	s.tests[e.Package]++
	switch e.Action {
	case "pass":
		s.passed++
	case "skip":
		s.skipped++
		s.skips = append(s.skips, key)
	case "fail":
		s.failed++
		s.failedIn[e.Package]++
		s.failures = append(s.failures, key)
		s.print(key)
	}
	delete(s.output, key)
}

func (s *summary) endPackage(e event) {
	s.packages++
	key := e.Package + " "
	word := map[string]string{"pass": "ok  ", "fail": "FAIL", "skip": "-   "}[e.Action]
	if e.Action == "fail" {
		s.print("build " + e.FailedBuild)
		s.print(key)
		s.printUnended(key)
		if s.failedIn[e.Package] == 0 {
			s.broken++
			s.failures = append(s.failures, e.Package)
		}
	}
	if e.Action != "skip" {
		fmt.Fprintf(s.w, "%s  %-45s %4d tests %7.2fs\n", word, short(e.Package), s.tests[e.Package], e.Elapsed)
	}
	delete(s.output, key)
}

func (s *summary) print(key string) {
	if b := s.output[key]; b != nil {
		fmt.Fprint(s.w, b.String())
	}
}

// printUnended prints the output of tests that began and never ended: a crash
// is written under the name of the test that ran.
func (s *summary) printUnended(prefix string) {
	for _, key := range slices.Sorted(maps.Keys(s.output)) {
		if key != prefix && strings.HasPrefix(key, prefix) {
			s.print(key)
			delete(s.output, key)
		}
	}
}

// finish prints what a reader looks for at the end.
func (s *summary) finish() {
	for _, name := range s.skips {
		fmt.Fprintln(s.w, "skipped:", short(name))
	}
	for _, name := range s.failures {
		fmt.Fprintln(s.w, "failed: ", short(name))
	}
	fmt.Fprintln(s.w, s.counts())
}

func (s *summary) counts() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped, %d packages", s.passed, s.failed+s.broken, s.skipped, s.packages)
}

// bad reports whether the run must fail: nothing run is a failure too.
func (s *summary) bad() bool { return s.failed > 0 || s.broken > 0 || s.passed == 0 }

func short(name string) string {
	return strings.TrimPrefix(name, "github.com/hindcast/hindcast/")
}
