// Package slo is the mathematics of reliability: objectives, indicators,
// windows, error budgets, burn rates and forecasts.
//
// It guarantees that a number is exact, explained or absent: missing data is
// never 0 and never 100 %, every figure carries its coverage and its state, and
// nothing here reads a clock, a network or a file. Targets are exact decimals;
// event counts are float64, as sources deliver them; percentages are never
// subtracted from one another, counts are.
//
// Data flows one way: a Source measures an Indicator into Slots, the ledger
// (slo/ledger) keeps them, a Meter sums them, an Evaluator turns the sums into
// Budgets. Package slo imports internal/fault and the standard library only.
// Everything that measures (slo/prometheus), reads specifications
// (slo/openslo), stores (slo/ledger, internal/store) or shows (graph) imports
// slo, never the other way round.
package slo
