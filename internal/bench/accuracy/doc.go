// Command accuracy measures how right the remaining error budget of Hindcast is,
// and that of its peers, on the same samples in a real Prometheus: the five
// constructions of internal/scenario, and twelve of its own, which are simulated
// from a log of events, so that the truth about each is a sum over events that
// no counter, scrape or query had a part in. It prints the table of
// docs/accuracy.md and writes it there; `make bench-accuracy` runs it.
//
// Sloth's and Pyrra's rules (internal/bench/peer) are evaluated by the real
// server's engine at every interval of the whole month, what they record is
// written back for the rules that build on it, and their own queries of the
// remaining budget are asked at the end.
//
// Nothing imports it.
package main
