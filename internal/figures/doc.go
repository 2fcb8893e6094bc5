// Package figures shows what is known of objectives and agreements as Prometheus
// series: budgets, burn rates and states, computed when they are asked for and at
// the instants asked for. Nothing is written, so that a target, an exclusion or
// late data that change the past change every point of it at once.
//
// It guarantees:
//
//   - A value is what slo.Evaluator says as of that minute; after the newest minute
//     that was collected, what it says as of now.
//   - A figure that is absent has no value. It is never 0, NaN or the last one.
//   - A selector that rules an objective out by its labels costs no evaluation of it.
//
// It implements tsdb.Figures. In the import graph it stands between slo and
// internal/server; it knows no store.
package figures
