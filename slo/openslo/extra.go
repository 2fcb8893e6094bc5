package openslo

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// scan returns the files of the folder and those that are kept elsewhere. A path
// belongs to those that are kept elsewhere first: a file of the folder that takes
// it is a problem.
func (f *Folder) scan() ([]scanned, error) {
	var found []scanned
	if f.Dir != "" {
		var err error
		if found, err = scan(f.Dir); err != nil {
			return nil, err
		}
	}
	f.taken = nil
	own := make(map[string]bool, len(f.extra))
	for _, file := range f.extra {
		own[file.Path] = true
	}
	found = slices.DeleteFunc(found, func(file scanned) bool {
		if own[file.Path] {
			f.taken = append(f.taken, slo.Problem{File: file.Path, Line: 1, Column: 1, Text: "this file is not in force: a document was imported under its path; rename the file, or delete the document"})
		}
		return own[file.Path]
	})
	return append(found, f.extra...), nil
}

// readExtra reads the files that are kept elsewhere. Where that is not possible
// they stay as they were.
func (f *Folder) readExtra(ctx context.Context) {
	if f.Extra == nil {
		return
	}
	files, err := f.Extra(ctx)
	if err != nil {
		if ctx.Err() == nil {
			f.log().WarnContext(ctx, "the imported specifications cannot be read; they stay as they were", "err", err)
		}
		return
	}
	f.extra = f.extra[:0:0]
	for _, file := range files {
		f.extra = append(f.extra, scanned{File: file, extra: true})
	}
	slices.SortFunc(f.extra, func(a, b scanned) int { return strings.Compare(a.Path, b.Path) })
}

func (f *Folder) version(file scanned) *version {
	v := f.parse(file.File)
	v.extra = file.extra
	return v
}

// Edit is a change of a file that is kept elsewhere than in the folder.
type Edit struct {
	File File // without Text: the file is removed
	// From is what the text was made of, so that problems have its positions; nil
	// if nothing.
	From *Conversion
	// Keep makes the change durable; nil: the edit is only tried.
	Keep func(ctx context.Context) error
}

// Outcome is what an edit comes to.
type Outcome struct {
	Set      Set           // what would be, or is, in force
	Problems []slo.Problem // why it cannot be
	Objects  []string      // the objects in which they show, such as "SLO checkout"
}

// Edit tries a change against what is in force, and puts it in force if it is
// free of problems and Keep succeeds: when it returns, Apply has been called. It
// changes everything or nothing.
func (f *Folder) Edit(ctx context.Context, e Edit) (Outcome, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if old := f.seen[e.File.Path]; old != nil && !old.extra {
		return Outcome{}, fault.At("path", fault.Conflictf("%s is a file of the specification folder: choose another path, or change the file", e.File.Path))
	}
	if f.chosen == nil {
		return Outcome{}, fault.Unavailablef("the specifications have not been read yet: try again in a moment")
	}
	next := maps.Clone(f.chosen)
	delete(next, e.File.Path)
	var v *version
	if e.File.Text != nil {
		if v = f.version(scanned{File: e.File, extra: true}); len(v.problems) > 0 {
			return Outcome{Problems: v.problems}, nil
		}
		next[e.File.Path] = v
	}
	set, troubles := link(documentsOf(next))
	if len(troubles) > 0 {
		if out := f.judge(e, next, troubles); len(out.Problems) > 0 {
			return out, nil
		}
	}
	if e.Keep == nil {
		return Outcome{Set: set}, nil
	}
	if err := e.Keep(ctx); err != nil {
		return Outcome{}, err
	}
	f.putInForce(ctx, e.File, v, next, set)
	return Outcome{Set: set}, nil
}

// judge returns the troubles that an edit makes, with the positions of what its
// text was made of.
func (f *Folder) judge(e Edit, next map[string]*version, troubles []trouble) Outcome {
	if e.From != nil && e.File.Text != nil {
		next = maps.Clone(next)
		next[e.File.Path] = &version{file: e.File, docs: e.From.docs}
		_, troubles = link(documentsOf(next))
	}
	before := make(map[slo.Problem]bool)
	_, old := link(documentsOf(f.chosen))
	for _, t := range old {
		before[t.Problem] = true
	}
	troubles = slices.DeleteFunc(troubles, func(t trouble) bool { return before[t.Problem] })
	out := Outcome{Problems: problemsOf(troubles)}
	for _, t := range troubles {
		if name := fmt.Sprintf("%s %s", t.of.kind, t.of.name); !slices.Contains(out.Objects, name) {
			out.Objects = append(out.Objects, name)
		}
	}
	return out
}

// putInForce makes an edit the state of the folder.
func (f *Folder) putInForce(ctx context.Context, file File, v *version, next map[string]*version, set Set) {
	f.extra = slices.DeleteFunc(slices.Clone(f.extra), func(s scanned) bool { return s.Path == file.Path })
	if f.seen = maps.Clone(f.seen); f.seen == nil { // the folder has never been readable
		f.seen = make(map[string]*version)
	}
	delete(f.seen, file.Path)
	delete(f.good, file.Path)
	if v != nil {
		f.good[file.Path] = v // it fits what is in force: a file that waits has to fit it
		f.extra = append(f.extra, scanned{File: file, extra: true})
		slices.SortFunc(f.extra, func(a, b scanned) int { return strings.Compare(a.Path, b.Path) })
		f.seen[file.Path] = v
	}
	problems := f.last
	if len(problems) > 0 { // a file that waits may fit now
		set, problems, next = f.decide()
	}
	f.keep(ctx, next)
	f.apply(set, problems, next)
}

// InForce returns the documents that a file has in force, nil if there is none.
func (f *Folder) InForce(path string) ([]Document, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.chosen[path]
	if v == nil {
		return nil, nil
	}
	return v.docs.Objects()
}

// same reports whether a version is of this file.
func (v *version) same(file scanned) bool {
	return v != nil && !v.unread && v.extra == file.extra && bytes.Equal(v.file.Text, file.Text)
}

// Follow takes in what changed in the files that are kept elsewhere, which is
// cheap where nothing did: the folder is not looked at.
func (f *Folder) Follow(ctx context.Context) error {
	f.mu.Lock()
	before := f.extra
	f.readExtra(ctx)
	changed := !slices.EqualFunc(before, f.extra, func(a, b scanned) bool { return a.Path == b.Path && bytes.Equal(a.Text, b.Text) })
	f.mu.Unlock()
	if !changed {
		return ctx.Err()
	}
	return f.Step(ctx)
}
