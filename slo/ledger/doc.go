// Package ledger keeps what was measured: good and total per stream and UTC
// minute.
//
// A journal row is the commit point of every write, whether it comes from live
// collection, late data or backfill; once Write returns, the slots survive a
// kill and a power cut as far as the Store keeps its word. Closed days are
// sealed into one compressed chunk per stream and day, and the journal rows that
// they make redundant are dropped. The totals of sealed days stay in memory as
// prefix sums, so that the sum over a window reads at most two days whatever its
// length. Slots that are written again with other figures leave a revision.
//
// Package ledger imports slo and internal/fault; internal/store implements its
// Store on SQL, and slo's Evaluator reads it as a slo.Meter.
package ledger
