package openslo

import (
	"maps"
	"slices"

	"github.com/hindcast/hindcast/slo"
)

// decide chooses the version of each file that is in force, and lists what is
// wrong with the files as they are now.
func (f *Folder) decide() (Set, []slo.Problem, map[string]*version) {
	set, problems := f.asTheyAre()
	if len(problems) == 0 {
		return set, nil, maps.Clone(f.seen)
	}
	chosen := f.candidates()
	set, troubles := link(documentsOf(chosen))
	for len(troubles) > 0 {
		culprits := f.culprits(chosen, troubles)
		if len(culprits) == 0 {
			break // what stays in force has an error since this program reads it differently
		}
		for _, path := range culprits {
			f.revert(chosen, path)
		}
		set, troubles = link(documentsOf(chosen))
	}
	problems = append(problems, f.heldBack(chosen)...)
	slices.SortStableFunc(problems, comparePosition)
	return set, problems, chosen
}

// asTheyAre links the files as they are now, broken ones included, so that all
// errors come to light.
func (f *Folder) asTheyAre() (Set, []slo.Problem) {
	problems := f.parseProblems()
	docs := documentsOf(f.seen)
	for i := range docs {
		docs[i].refused = !f.seen[docs[i].Path].ok()
	}
	set, troubles := link(docs)
	problems = append(problems, problemsOf(troubles)...)
	slices.SortStableFunc(problems, comparePosition)
	return set, problems
}

// candidates returns the present version of each file that is free of errors,
// and the last good version of each that is not.
func (f *Folder) candidates() map[string]*version {
	chosen := make(map[string]*version, len(f.seen))
	for path, v := range f.seen {
		if v.ok() {
			chosen[path] = v
		} else if last := f.good[path]; last != nil {
			chosen[path] = last
		}
	}
	return chosen
}

// changed lists the files whose chosen version is not the last good one.
func (f *Folder) changed(chosen map[string]*version) []string {
	var paths []string
	for path, v := range chosen {
		if f.good[path] != v {
			paths = append(paths, path)
		}
	}
	for path := range f.good {
		if chosen[path] == nil {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// culprits returns the changes that troubles come from: of the files in which
// they show, and of the files that define, or defined before, what the troubles
// are about. If it cannot be told, all changes.
func (f *Folder) culprits(chosen map[string]*version, troubles []trouble) []string {
	changed := f.changed(chosen)
	guilty := slices.DeleteFunc(slices.Clone(changed), func(path string) bool {
		return !slices.ContainsFunc(troubles, func(t trouble) bool {
			return t.File == path || slices.ContainsFunc(t.keys, func(k key) bool {
				return chosen[path].defines(k) || f.good[path].defines(k)
			})
		})
	})
	if len(guilty) == 0 {
		return changed
	}
	return guilty
}

// revert puts the last good version of a file back in force.
func (f *Folder) revert(chosen map[string]*version, path string) {
	if last := f.good[path]; last != nil {
		chosen[path] = last
	} else {
		delete(chosen, path)
	}
}

// heldBack lists the files that are free of errors of their own and yet not in
// force as they are.
func (f *Folder) heldBack(chosen map[string]*version) []slo.Problem {
	var problems []slo.Problem
	for path, v := range f.seen {
		if v.ok() && chosen[path] != v {
			problems = append(problems, slo.Problem{File: path, Line: 1, Column: 1, Text: "this version is not in force: together with it the files have the errors that are listed"})
		}
	}
	for path := range chosen {
		if f.seen[path] == nil {
			problems = append(problems, slo.Problem{File: path, Text: "the file was deleted, but what it defined stays in force, since other files refer to it"})
		}
	}
	return problems
}
