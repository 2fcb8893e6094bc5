package openslo

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/hindcast/hindcast/slo"
)

// Stats says how much was validated.
type Stats struct {
	Files   int
	Objects map[string]int // by kind
}

// Validate reads files and folders as if they were one specification folder and
// returns everything that is wrong with them. A path that cannot be read, or a
// folder without specifications, is a problem too.
func Validate(paths []string, b Builders) ([]slo.Problem, Stats) {
	_, problems, stats := Read(paths, b)
	return problems, stats
}

// Read does what Validate does and returns what was defined without problems.
func Read(paths []string, b Builders) (Set, []slo.Problem, Stats) {
	files, problems := collect(paths)
	stats := Stats{Files: len(files), Objects: make(map[string]int)}
	var all []Documents
	for _, file := range files {
		docs, found := Parse(file, b)
		docs.refused = len(found) > 0
		problems = append(problems, found...)
		all = append(all, docs)
		for _, e := range docs.entries {
			stats.Objects[e.key.kind]++
		}
	}
	set, found := Link(all...)
	problems = append(problems, found...)
	slices.SortStableFunc(problems, comparePosition)
	return set, problems, stats
}

// Files reads the files that paths name, and those of the folders that they name,
// each once. What cannot be read is a problem.
func Files(paths []string) ([]File, []slo.Problem) { return collect(paths) }

// collect reads the files that paths name, each once.
func collect(paths []string) ([]File, []slo.Problem) {
	var files []File
	var problems []slo.Problem
	note := func(path string, err error) {
		problems = append(problems, slo.Problem{File: path, Text: err.Error()})
	}
	for _, path := range paths {
		path = filepath.Clean(path)
		info, err := os.Stat(path)
		switch {
		case err != nil:
			note(path, reason(err))
		case info.IsDir():
			found, err := scan(path)
			if err == nil && len(found) == 0 {
				problems = append(problems, slo.Problem{File: path, Text: "the folder has no *.yaml or *.yml files"})
			}
			if err != nil {
				note(path, err)
			}
			for _, f := range found {
				f.Path = filepath.Join(path, filepath.FromSlash(f.Path))
				if f.err != nil {
					note(f.Path, f.err)
					continue
				}
				files = append(files, f.File)
			}
		default:
			text, err := readOne(path)
			if err != nil {
				note(path, err)
				continue
			}
			files = append(files, File{Path: path, Text: text})
		}
	}
	return dedupe(files), problems
}

func readOne(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	return readLimited(f)
}

// dedupe keeps each path once: a folder and a file in it may both be named.
func dedupe(files []File) []File {
	seen := make(map[string]bool, len(files))
	return slices.DeleteFunc(files, func(f File) bool {
		dup := seen[f.Path]
		seen[f.Path] = true
		return dup
	})
}
