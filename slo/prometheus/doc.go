// Package prometheus measures indicators on Prometheus data: on any API that is
// compatible with Prometheus, and on the embedded TSDB.
//
// Events are counted by folding raw samples, never by increase(): increase
// extrapolates, loses the first sample of a new series and is blind in a gap
// between two evaluations. Per series the difference to the sample before is
// added to the minute in which the new sample was taken; a reset adds the new
// value; a pause is bridged and its increase spread over the minutes of the
// pause, which are then marked estimated; a series that appears while the
// source was being watched starts from zero.
//
// What Measure returns is a function of the data: measuring a span in pieces,
// in any order, gives the slots of measuring it whole, as long as no piece is
// shorter than the carry limit; a shorter one may lie inside a pause unseen, and
// Measurement.Reopen tells so when the series come back. Collection, backfill
// and one-shot evaluation therefore agree, and a restarted collector needs no
// state.
//
// Package prometheus imports slo, internal/fault, internal/tsdb/sample and, of
// Prometheus, the PromQL parser and the label and histogram models; all PromQL
// is built and rewritten on the parser's syntax tree.
package prometheus
