// Package openslo reads OpenSLO v1 documents, from one file or from a folder
// that is watched, and turns them into the types of package slo.
//
// It is strict: an unknown key, a wrong type or a broken reference is an error
// with file, line and column, and all errors of all files are reported at once.
// Targets are read from the text that the author wrote, never through a float.
// It is safe with untrusted input: size, structure, depth and the expansion of
// aliases are bounded before memory is spent; see limits.go for the figures.
// A broken file never removes what it defined before; see Folder.
//
// The stages are: split a file into documents, parse each into yaml nodes, check
// the nodes against the tables of schema.go, turn them into definitions, and
// Link all files into one Set. An Importer turns Sloth, Pyrra and OpenSLO v1alpha
// into documents for the same checks; Write writes documents. What a query means is decided by the slo.Builder
// of its kind of source. See docs/decisions/0004-openslo-reader.md
// and 0027-imports-become-openslo.md.
//
// Package openslo imports slo, internal/fault, a YAML parser and a file watcher.
package openslo
