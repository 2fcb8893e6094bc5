package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/openslo"
)

// Help is what hindcast convert --help adds.
func (*convertCommand) Help() string {
	return `Alerts, windows, grouping and labels are kept. What has no equivalent, or was
chosen, is a warning on standard error as file:line:col: message; an error is
written likewise, its file is left out (with --partial, only what is refused), and
the exit code is 1. Documents that are OpenSLO v1 already pass through.

Examples:
  hindcast convert sloth/ > slos.yaml        all files of a folder, in one
  hindcast convert --window 28d checkout.yml  Sloth with a period of 28 days
  hindcast convert pyrra/ -o specs/          a file for each that is read
  kubectl get slo -A -o yaml | hindcast convert -

Sloth's own alert windows (kind: AlertWindows) count for all files given.`
}

// Run converts files.
func (c *convertCommand) Run(s Streams) error {
	files, failed, err := c.files(s)
	if err != nil {
		return err
	}
	im := importer(c.Window)
	im.Partial = c.Partial
	all, err := im.Convert(files...)
	if err != nil {
		return err
	}
	written := 0
	for _, one := range all {
		for _, p := range one.Warnings {
			_, _ = fmt.Fprintln(s.Err, plain(positioned(p, "warning: ")))
		}
		for _, p := range one.Problems {
			_, _ = fmt.Fprintln(s.Err, plain(positioned(p, "")))
		}
		failed = failed || len(one.Problems) > 0
		if err := c.write(s.Out, one, written > 0); err != nil {
			return err
		}
		written += len(one.Objects)
	}
	remarkLinks(s.Err, all)
	if failed {
		return errProblems
	}
	if written == 0 {
		return fault.Invalidf("there is nothing to convert in %s: no document defines anything", listed(c.Paths))
	}
	return nil
}

// positioned writes a problem with what kind it is behind its position.
func positioned(p slo.Problem, kind string) string {
	p.Text = kind + p.Text
	return p.String()
}

// remarkLinks warns of what does not fit together: what a document refers to may
// lie elsewhere, so that it is no error here.
func remarkLinks(w io.Writer, all []*openslo.Conversion) {
	for _, p := range openslo.Together(all...) {
		_, _ = fmt.Fprintln(w, plain(positioned(p, "warning: ")))
	}
}

// files reads what is to be converted; failed says that something could not be
// read, which was written.
func (c *convertCommand) files(s Streams) (files []openslo.File, failed bool, err error) {
	var paths []string
	for _, path := range c.Paths {
		if path != "-" {
			paths = append(paths, path)
			continue
		}
		text, err := io.ReadAll(io.LimitReader(os.Stdin, openslo.MaxFile+1))
		if err != nil {
			return nil, false, fault.Unavailablef("read standard input: %w", err)
		}
		files = append(files, openslo.File{Path: "stdin", Text: text})
	}
	read, problems := openslo.Files(paths)
	for _, p := range problems {
		_, _ = fmt.Fprintln(s.Err, plain(p.String()))
	}
	return append(files, read...), len(problems) > 0, nil
}

// write writes what a file came to.
func (c *convertCommand) write(out io.Writer, one *openslo.Conversion, more bool) error {
	if len(one.Objects) == 0 {
		return nil
	}
	if c.Output != "-" {
		return c.writeFile(one)
	}
	if more {
		if _, err := io.WriteString(out, "---\n"); err != nil {
			return err
		}
	}
	return openslo.Write(out, one.Objects)
}

// writeFile writes into the output folder, under the path below the folder that
// was given.
func (c *convertCommand) writeFile(one *openslo.Conversion) error {
	name := filepath.Base(one.Path)
	for _, given := range c.Paths {
		if below, err := filepath.Rel(filepath.Clean(given), one.Path); err == nil && below != "." && filepath.IsLocal(below) {
			name = below
		}
	}
	if ext := filepath.Ext(name); ext != ".yaml" && ext != ".yml" {
		name += ".yaml"
	}
	path := filepath.Join(c.Output, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fault.Invalidf("-o: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if errors.Is(err, fs.ErrExist) {
		return fault.Conflictf("%s is there already: remove it, or choose another folder with -o", path)
	}
	if err != nil {
		return fault.Invalidf("-o: %w", err)
	}
	var text strings.Builder
	if err := openslo.Write(&text, one.Objects); err != nil {
		return errors.Join(err, f.Close())
	}
	_, err = io.WriteString(f, text.String())
	return errors.Join(err, f.Close())
}
