package demo

import (
	"embed"
	"io/fs"
)

//go:embed specs/*.yaml
var specs embed.FS

// Specs returns the specifications of the fleet: OpenSLO v1 documents, one file
// for each service, in the root of the file system.
func Specs() fs.FS {
	sub, err := fs.Sub(specs, "specs")
	if err != nil { // the name is a constant and valid
		panic(err)
	}
	return sub
}
