// Package collector keeps the ledger up to date: once a minute it asks each
// source about the minute that just ended, and in the background it reads the
// history of indicators that are new, newest day first.
//
// It holds no state that matters: how far it got is written with the slots
// themselves (ledger.Cursor), and a measurement is a function of the data, so
// that a collector killed at any moment goes on where it was, and one that was
// away for a day catches up. Every slot, live, late or from history, takes the
// same way: Source.Measure, then Ledger.WriteMany.
//
// Each source has a lane: it is asked for a few indicators at a time, those that
// waited longest first, within a time limit; what it answered is committed
// without waiting for other sources; its history waits while its newest minute
// is read. Results pass an unbuffered channel to the commit, so that the disk
// sets the pace and memory is bounded by what is being committed.
//
// Of several processes on one store, a Replica collects while it holds the lease
// and otherwise keeps its ledger up to date with what the holder writes.
//
// Package collector imports slo, slo/ledger and internal/fault. It reads no
// clock but the one that it is given.
package collector
