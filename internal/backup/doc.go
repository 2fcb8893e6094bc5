// Package backup is the file format of a backup: a tar archive, compressed with
// zstd, that holds the rows of a database by table and the files of a metrics
// store.
//
//	hindcast-backup.json      Header: format, schema, who wrote it and when
//	database/TABLE/000001 …   rows, encoded by rows.go
//	samples/…                 files of the metrics store as they were
//	manifest.json             Manifest: name, size, rows and SHA-256 of each
//
// The manifest comes last because a backup may go to a pipe, and because an
// archive without its end is then told from a whole one. Rows are written value
// by value and not as a copy of the database's file, so that what one engine
// wrote another can read.
//
// Guarantees: Reader returns io.EOF only after every member was read and agrees
// with the manifest; whatever the archive says, it holds at most a part of a
// table (64 MiB) in memory, and refuses names that could leave a directory,
// members that are no plain files, and archives that unfold out of proportion
// before anybody writes what they hold. Errors of the input are fault.Invalid.
//
// Package backup imports internal/fault and knows neither databases nor metrics
// stores; internal/server connects it to both.
package backup
