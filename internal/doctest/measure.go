package doctest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The limits of the house. Nearly every code base worth reading has functions
// of 10 lines at the median and 60 at p95; above that, "hard to read" begins.
const (
	MaxFunction = 60
	MaxFile     = 600
)

// catchAll are names that say nothing, so that everything ends up below them.
var catchAll = []string{"util", "utils", "common", "misc", "helper", "helpers", "types", "models", "base", "shared"}

// Report is what was measured.
type Report struct {
	Packages, Files, Exported int
	Functions                 []int // lengths in lines, ascending
	FileLines                 []int // lines per file, ascending
	Problems                  []string
}

// Quantile returns the value at q in [0,1] of ascending values: the smallest
// one that at least the share q of the values does not exceed. No values give 0.
func Quantile(values []int, q float64) int {
	if len(values) == 0 {
		return 0
	}
	at := int(q*float64(len(values))+0.999999) - 1
	return values[min(max(at, 0), len(values)-1)]
}

// Measure reads the Go files below the root of fsys. Tests, generated files,
// testdata and node_modules are left out.
func Measure(fsys fs.FS) (Report, error) {
	var r Report
	commented := map[string]bool{} // by folder
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && skipped(d.Name()):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		return r.file(fsys, name, commented)
	})
	for dir, ok := range commented {
		r.Packages++
		if !ok {
			r.Problems = append(r.Problems, dir+": the package has no comment: say what it is for, what it guarantees and where it stands in the import graph")
		}
	}
	slices.Sort(r.Functions)
	slices.Sort(r.FileLines)
	slices.Sort(r.Problems)
	return r, err
}

func skipped(dir string) bool {
	return dir == "testdata" || dir == "node_modules" || strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_")
}

// file adds one file to the report.
func (r *Report) file(fsys fs.FS, name string, commented map[string]bool) error {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	commented[dir] = commented[dir] || hasText(f.Doc)
	if ast.IsGenerated(f) {
		return nil
	}
	r.Files++
	lines := set.File(f.Pos()).LineCount()
	r.FileLines = append(r.FileLines, lines)
	if lines > MaxFile {
		r.addf("%s: %d lines, at most %d: split it by idea", name, lines, MaxFile)
	}
	if slices.Contains(catchAll, f.Name.Name) {
		r.addf("%s: package %s is a catch-all: name it for what it provides", name, f.Name.Name)
	}
	r.functions(set, f)
	r.names(set, f)
	return nil
}

func (r *Report) addf(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// functions measures every function from its first to its last line.
func (r *Report) functions(set *token.FileSet, f *ast.File) {
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := set.Position(fn.End()).Line - set.Position(fn.Pos()).Line + 1
		r.Functions = append(r.Functions, lines)
		if lines > MaxFunction {
			r.addf("%s: function %s has %d lines, at most %d: split it", set.Position(fn.Pos()), fn.Name.Name, lines, MaxFunction)
		}
	}
}
