// Package scenario rebuilds the five constructions on which error-budget
// engines are known to be wrong, with the truth about each: a peak outage, a
// night outage, churn with errors that nobody initialised, an outage of the
// scraper, and a quiet service. Tests hold Hindcast to them; benches compare
// other engines on the same samples.
//
// Package scenario imports the standard library only.
package scenario
