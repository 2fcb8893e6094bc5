package deptest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
)

// Package is what go list says about one package.
type Package struct {
	ImportPath   string
	Name         string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
	Error        *struct{ Err string }
}

// Graph is the packages of a tree and all that they reach, by import path.
type Graph map[string]Package

// Load asks the go command for the packages of the module in dir. Packages
// without files for this platform have no Name and are left out.
func Load(ctx context.Context, dir string) (Graph, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-e", "-deps",
		"-json=ImportPath,Name,Standard,Imports,TestImports,XTestImports,Error", "./...")
	cmd.Dir = dir
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list in %s: %w: %s", dir, err, problems.String())
	}
	g, err := decode(&out)
	if err == nil && len(g) == 0 {
		err = fmt.Errorf("go list in %s found no packages: %s", dir, problems.String())
	}
	return g, err
}

// decode reads the stream of JSON objects that go list writes.
func decode(r io.Reader) (Graph, error) {
	g := Graph{}
	for d := json.NewDecoder(r); ; {
		var p Package
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return g, nil
		case err != nil:
			return nil, fmt.Errorf("read what go list wrote: %w", err)
		case p.Name != "":
			g[p.ImportPath] = p
		}
	}
}

// path returns the shortest chain of imports from one package to the first one
// that matches the pattern, both ends included; nil if there is none.
func (g Graph) path(from, pattern string) []string {
	came := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range g[queue[0]].Imports {
			if _, seen := came[next]; seen {
				continue
			}
			came[next] = queue[0]
			if matches(next, pattern) {
				return trace(came, next)
			}
			queue = append(queue, next)
		}
	}
	return nil
}

// trace walks back from the end of a chain to its start.
func trace(came map[string]string, end string) []string {
	var chain []string
	for at := end; at != ""; at = came[at] {
		chain = append([]string{at}, chain...)
	}
	return chain
}
