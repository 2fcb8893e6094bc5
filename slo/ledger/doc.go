// Package ledger keeps what was measured: good and total per stream and UTC
// minute.
//
// A journal row is the commit point of every write, whether it comes from live
// collection, late data or backfill; once Write returns, the slots survive a
// kill and a power cut as far as the Store keeps its word. Closed days are
// sealed into one compressed chunk per stream and day, and the journal rows that
// they make redundant are dropped. The totals of days stay in memory in blocks
// of eight, so that the sum over a window reads at most two days whatever its
// length. Slots that are written again with other figures leave a revision.
//
// Now and then memory as of one version is kept beside the rows as a checkpoint,
// which is redundant: a start reads it and what came since.
//
// Guarantees: memory changes only after the store has committed; readers see a
// write whole or not at all and never wait for the writer's disk; a sum over
// slots that are not negative is exact while integers stay below 2⁵³ and within
// a relative error of 10⁻¹² otherwise, because sums are only ever added and never
// subtracted; a row or chunk that cannot be read counts as a gap, is named by
// Problems and leaves every other stream and day alone.
//
// Several ledgers, also in several processes, may have one store: one of them
// writes, by a Lease whose epoch the store checks in every commit, and the others
// follow it with CatchUp and see each of its commits whole.
//
// Package ledger imports slo and internal/fault; internal/store implements its
// Store on SQL, and slo's Evaluator reads it as a slo.Meter.
package ledger
