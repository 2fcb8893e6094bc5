// Package tsdb is the metrics store inside Hindcast: a Prometheus TSDB with its
// PromQL engine, its scraper and the read-only part of its HTTP API.
//
// It answers two kinds of question. Raw samples, for those who fold counters
// into slots, go out in batches that are decoded straight from the chunks
// (DB.Select, see package sample). PromQL is evaluated by Prometheus' own engine
// (DB.Eval, DB.Handler). Samples come in by scraping (DB.Scrape), by remote write
// (DB.WriteHandler), by DB.Append, and as finished blocks (History). DB.Late tells
// which of them came after their time.
//
// What it guarantees:
//
//   - Samples are handed out exactly as stored, staleness markers included.
//   - A corrupt block never keeps the rest from being read. Found when the store
//     is opened, it is moved aside; found later, it fails one question, is left
//     out of the next ones and moved aside by the next Open. DB.Damage tells of
//     both. A torn write-ahead log is cut at the tear, as Prometheus does; one
//     that had been on disk further than it can be read is kept aside before.
//   - OpenReadOnly never writes into the directory that it reads.
//   - A DB is safe for concurrent use; Close waits for the questions that are
//     still being answered.
//   - What was appended survives a power cut once DB.Sync has returned nil, and a
//     remote write once it was answered with 204. A write or a forced write that
//     failed is the last one: nothing is appended or acknowledged from then on,
//     questions are answered, and DB.Trouble tells why.
//
// In the import graph it stands at the bottom, beside internal/fault, and is the
// only package that imports Prometheus' tsdb, promql, storage, scrape, discovery
// and web/api packages.
package tsdb
