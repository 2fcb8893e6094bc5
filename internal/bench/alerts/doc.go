// Command alerts measures how soon burn alerts tell of the outages in the past
// of the demonstration (internal/demo), and how often they ring without one:
// Hindcast's, Sloth's and Pyrra's, each with its own defaults, on the same
// samples. It also measures how far ahead Hindcast's forecast tells that a budget
// will be spent. It prints the tables of docs/alerts-bench.md and writes them
// there; `make bench-alerts` runs it.
//
// Nobody knows more than he could know then. Hindcast's collector and alert
// engine run as they do live, minute by minute, on a store that ends at their
// clock; nothing is replayed from a ledger that knows what came later. The rules
// of Sloth and Pyrra (internal/bench/peer) are evaluated by Prometheus' engine at
// every minute, what they record is kept with the staleness markers that a ruler
// writes, and the expressions of their alerts are evaluated on that.
//
// What went wrong, and when, is what the demonstration says of itself
// (Fleet.Happenings); no alert had a part in it.
//
// Nothing imports it.
package main
