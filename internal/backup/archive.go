package backup

import (
	"regexp"
	"strings"
	"time"
)

// Format is the version of the archives that Writer makes, and the newest that
// Reader reads. It changes when an older hindcast would misread an archive.
const Format = 1

const (
	headerName   = "hindcast-backup.json"
	manifestName = "manifest.json"
	databaseDir  = "database/"
	samplesDir   = "samples/"
)

// Header says what an archive is. It comes first, so that an archive of a newer
// format is refused before anything of it is believed.
type Header struct {
	Format    int       `json:"format"`
	Program   string    `json:"program"`   // version of the hindcast that wrote it
	Schema    int64     `json:"schema"`    // version of the database's schema
	Engine    string    `json:"engine"`    // that the rows came from, for people
	CreatedAt time.Time `json:"createdAt"` // when the database was read
	Samples   bool      `json:"samples"`   // whether the metrics store is in it
}

// Manifest lists the members of an archive in their order.
type Manifest struct {
	Members []Member `json:"members"`
}

// Member is one file of an archive.
type Member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	Rows   int64  `json:"rows,omitempty"` // of a part of a table
	SHA256 string `json:"sha256"`
}

// Table returns the table that the member is a part of, "" if it is none.
func (m Member) Table() string {
	rest, ok := strings.CutPrefix(m.Name, databaseDir)
	if !ok {
		return ""
	}
	table, _, _ := strings.Cut(rest, "/")
	return table
}

// SampleFile returns the path within the metrics store, "" if the member is no
// file of it.
func (m Member) SampleFile() string {
	path, ok := strings.CutPrefix(m.Name, samplesDir)
	if !ok {
		return ""
	}
	return path
}

// Totals sums up a manifest: rows and bytes before compression.
func (m Manifest) Totals() (rows, bytes int64) {
	for _, v := range m.Members {
		rows += v.Rows
		bytes += v.Size
	}
	return rows, bytes
}

// Limits of an archive. They bound what is read before it can be checked.
const (
	// maxMembers is far above a year of blocks (about 400 files) and a ledger of
	// 10,000 objectives (about 2,000 parts).
	maxMembers = 200_000
	// maxText bounds the header and the manifest, which are read whole; a member
	// takes about 150 bytes of the manifest.
	maxText = 64 << 20
	// partSize is the size at which a part of a table ends; maxPart is what
	// a reader takes, for a last row that is large.
	partSize = 4 << 20
	maxPart  = 64 << 20
	// maxRatio bounds how many bytes one byte of the archive may unfold to, on
	// average so far, beyond ratioFree. Chunks and samples are compressed already
	// and gain a factor of 1 to 5, indexes up to 10; zstd itself reaches 10,000.
	maxRatio  = 250
	ratioFree = 64 << 20
)

// memberName is what members may be called: no dots that climb, no absolute
// paths, nothing that a terminal or a file system would interpret.
var memberName = regexp.MustCompile(`^(database/[a-z][a-z0-9_]{0,62}/[0-9]{6}|samples(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,100}){1,4})$`)
