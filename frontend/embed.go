// Package frontend holds the built web page.
//
// It guarantees that a fresh clone compiles: dist always exists, with nothing
// but .gitkeep in it until `make build` (or `npm run build` here) has put the
// page there. Who serves the files decides what to show when index.html is
// absent. Package frontend imports the standard library only; internal/server
// imports it.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var files embed.FS

// Dist returns the built page: index.html, the files it refers to under
// assets/ (their names hold a hash of their content, so that they may be cached
// for ever) and a few with fixed names beside it.
func Dist() fs.FS {
	dist, err := fs.Sub(files, "dist")
	if err != nil { // "dist" is a valid path and was embedded above
		panic(err)
	}
	return dist
}
