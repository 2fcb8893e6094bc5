// Package rules writes recording and alerting rules for a Prometheus that
// evaluates burn rates by itself: the window pairs that slo.Evaluator looks at, or
// the alert policies of an objective, as PromQL over the same indicators.
//
// It guarantees:
//
//   - Every expression is built as a syntax tree and can be parsed again.
//   - A ratio is a quotient of sums over the window, never a mean of ratios; without
//     traffic it is absent and no alert fires.
//   - The same objectives give the same bytes.
//   - What cannot be expressed is told, with its position, and left out whole. What
//     is expressed approximately is told in the rules themselves.
//
// It imports slo, slo/prometheus, and the parser of PromQL; it asks no server.
package rules
