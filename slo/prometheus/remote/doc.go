// Package remote reads raw samples from any server that speaks Prometheus' HTTP
// API: it is the sample.Sampler under a prometheus.Source whose samples are not
// in the embedded store.
//
// Where a server has streamed remote read, samples come from there, series by
// series, staleness markers and native histograms included, bit for bit what the
// server stores. Elsewhere they come from instant queries of range vectors, which
// hold the same samples without staleness markers. Selections that several
// indicators make of one metric within a moment share one fetch of it.
//
// What is handed out is complete and in order, or Select ends with an error: an
// answer that breaks off, repeats a series, goes back in time, has a wrong
// checksum or holds what was not asked for is refused; one that the server calls
// partial ends with *sample.Incomplete; one beyond the limits with
// *sample.TooWide. Memory is bounded by Options, whatever a server sends.
//
// Package remote knows HTTP only as a Doer that is handed in; who connects, how
// and with which credentials is decided there. It imports slo, internal/fault,
// internal/tsdb/sample and internal/tsdb/chunk and, of Prometheus, the PromQL
// parser, the label and histogram models and the chunk encodings.
package remote
