// Package store keeps everything that must survive in one SQL database: the
// ledger and the last good text of each specification file.
//
// The database is SQLite in the data directory, or PostgreSQL. It guarantees that
// what a method acknowledged with nil survives a kill and, on a disk that keeps
// its word, a power cut: SQLite runs with a write-ahead log and synchronous=FULL,
// a PostgreSQL that would not wait for its disk is refused, and Open verifies
// both rather than believes. After a failed fsync nothing is acknowledged until a
// restart. One process at a time serves a data directory. Text with NUL or invalid
// UTF-8 is refused before it reaches a statement. Errors are faults; the password
// of a database URL is in none of them.
//
// It is the only package that imports bun, goose, a driver or database/sql, and
// it imports slo, slo/ledger and internal/fault; internal/server opens it.
// Row structs stay here. storetest holds what every engine must do.
package store
