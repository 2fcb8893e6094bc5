package openslo

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Folder is a folder of specifications that is followed: what it holds is put in
// force at the start and whenever a file changes.
//
// A file is in force as a whole or not at all, and a broken file never removes
// what it defined before: the last version of each file that was in force is
// kept by a Keeper and stays so until a later one is free of errors, also with
// what the other files say. A deleted file removes its objects, unless others
// still refer to them. All errors of the files as they are now are listed.
//
// Beside the folder there can be files that are kept elsewhere, such as those that
// were imported in the page; the same holds for them.
//
// The fields are set before the first use and not changed afterwards. The methods
// are safe for concurrent use.
type Folder struct {
	Dir      string                                // "": there are only those of Extra
	Extra    func(context.Context) ([]File, error) // nil: there are only those of Dir
	Builders Builders
	Keeper   Keeper                   // nil: a restart forgets the last good versions
	Apply    func(Set, []slo.Problem) // called at the start and after each change
	Log      *slog.Logger             // nil: nothing is logged
	Poll     time.Duration            // how often to look without being told; 0 means DefaultPoll
	Settle   time.Duration            // how long to wait for a change to be complete; 0 means DefaultSettle

	mu       sync.Mutex          // guards what follows
	extra    []scanned           // the files of Extra as they were last read
	taken    []slo.Problem       // files of Dir whose path is that of one of Extra
	recalled bool                // good has been read from Keeper
	good     map[string]*version // the files as they were last in force
	seen     map[string]*version // the files as they are now
	chosen   map[string]*version // the versions that Apply was called with, nil before
	last     []slo.Problem       // that Apply was called with
	failed   bool                // the last look did not succeed
}

// Keeper keeps the last good version of each file over a restart.
type Keeper interface {
	// Good returns the files that were kept.
	Good(ctx context.Context) ([]File, error)
	// Keep stores a file in place of the version of the same path.
	Keep(ctx context.Context, file File) error
	// Drop forgets the file of a path; it is no error if there is none.
	Drop(ctx context.Context, path string) error
}

// DefaultPoll is the safety net below change notifications, which network file
// systems do not send and which the kernel drops when too many wait.
const DefaultPoll = 30 * time.Second

// DefaultSettle lets an editor or a Git checkout finish writing.
const DefaultSettle = 200 * time.Millisecond

// version is one version of a file.
type version struct {
	file     File
	docs     Documents
	problems []slo.Problem
	unread   bool // it could not be read
	extra    bool // it is kept elsewhere, and needs no Keeper
}

// ok reports whether the file is free of errors of its own.
func (v *version) ok() bool { return len(v.problems) == 0 }

// defines reports whether the file has an object of that name.
func (v *version) defines(k key) bool {
	return v != nil && slices.ContainsFunc(v.docs.entries, func(e *entry) bool { return e.key == k })
}

// Step looks at the folder once and calls Apply if anything changed, or if it is
// the first time. Errors of the folder are problems for Apply; the error is only
// that of ctx.
func (f *Folder) Step(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readExtra(ctx)
	f.recall(ctx)
	found, err := f.scan()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		f.unreadable(err)
		return nil
	}
	if !f.look(found) && f.chosen != nil && !f.failed {
		return nil
	}
	f.failed = false
	set, problems, chosen := f.decide()
	f.keep(ctx, chosen)
	f.apply(set, problems, chosen)
	return ctx.Err()
}

func (f *Folder) apply(set Set, problems []slo.Problem, chosen map[string]*version) {
	f.last, f.chosen = problems, chosen
	f.Apply(set, problems)
}

// recall reads the last good versions once. Without them the folder still works,
// but for files that are broken at the start.
func (f *Folder) recall(ctx context.Context) {
	if f.recalled {
		return
	}
	f.recalled = true
	f.good = make(map[string]*version)
	for _, file := range f.extra { // they were in force when they were kept
		f.good[file.Path] = f.version(file)
	}
	if f.Keeper == nil {
		return
	}
	files, err := f.Keeper.Good(ctx)
	if err != nil {
		f.log().WarnContext(ctx, "the last good versions of specifications cannot be read; files that are broken now define nothing", "err", err)
		return
	}
	for _, file := range files {
		if f.good[file.Path] == nil {
			f.good[file.Path] = f.parse(file)
		}
	}
}

func (f *Folder) log() *slog.Logger {
	if f.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return f.Log
}

func (f *Folder) parse(file File) *version {
	v := &version{file: file}
	v.docs, v.problems = Parse(file, f.Builders)
	return v
}

// unreadable reports a folder that cannot be read as a whole: everything stays.
func (f *Folder) unreadable(err error) {
	f.failed = true
	problems := append([]slo.Problem{{File: f.Dir, Text: err.Error() + "; what was defined before stays in force"}}, f.parseProblems()...)
	if f.chosen != nil && slices.Equal(problems, f.last) {
		return
	}
	chosen := f.chosen
	if chosen == nil {
		chosen = maps.Clone(f.good)
	}
	set, _ := link(documentsOf(chosen))
	f.apply(set, problems, chosen)
}

func (f *Folder) parseProblems() []slo.Problem {
	problems := slices.Clone(f.taken)
	for _, path := range sortedPaths(f.seen) {
		problems = append(problems, f.seen[path].problems...)
	}
	return problems
}

// look takes in the files as they are now and reports whether any changed. Those
// that did not are not parsed again.
func (f *Folder) look(found []scanned) (changed bool) {
	seen := make(map[string]*version, len(found))
	for _, file := range found {
		old, last := f.seen[file.Path], f.good[file.Path]
		switch {
		case file.err != nil:
			seen[file.Path] = unreadableFile(file, old)
		case old.same(file):
			seen[file.Path] = old
		case last.same(file):
			seen[file.Path] = last
		default:
			seen[file.Path] = f.version(file)
		}
	}
	changed = !maps.Equal(seen, f.seen)
	f.seen = seen
	return changed
}

// unreadableFile returns the version of a file that cannot be read: old if that
// is the same.
func unreadableFile(file scanned, old *version) *version {
	problem := slo.Problem{File: file.Path, Text: file.err.Error()}
	if old != nil && old.unread && old.problems[0] == problem {
		return old
	}
	return &version{file: file.File, docs: Documents{Path: file.Path}, problems: []slo.Problem{problem}, unread: true}
}

// keep makes the versions in force the last good ones, and has them kept.
func (f *Folder) keep(ctx context.Context, chosen map[string]*version) {
	for path, v := range chosen {
		if f.good[path] == v {
			continue
		}
		if f.Keeper != nil && !v.extra {
			if err := f.Keeper.Keep(ctx, v.file); err != nil {
				f.log().WarnContext(ctx, "the good version of a specification cannot be kept for a restart", "file", path, "err", err)
			}
		}
		f.good[path] = v
	}
	for path := range f.good {
		if chosen[path] != nil || f.seen[path] != nil {
			continue
		}
		if f.Keeper != nil && !f.good[path].extra {
			if err := f.Keeper.Drop(ctx, path); err != nil {
				f.log().WarnContext(ctx, "a specification that was deleted cannot be forgotten", "file", path, "err", err)
			}
		}
		delete(f.good, path)
	}
}

func sortedPaths(versions map[string]*version) []string {
	return slices.Sorted(maps.Keys(versions))
}

// documentsOf returns the documents of versions.
func documentsOf(versions map[string]*version) []Documents {
	docs := make([]Documents, 0, len(versions))
	for _, path := range sortedPaths(versions) {
		docs = append(docs, versions[path].docs)
	}
	return docs
}
