// Package almanac keeps what people say about time: exclusions and annotations,
// written in files or made in the page, with who made them and who approved them.
//
// It guarantees that what is not in force never counts: time that had begun when
// somebody chose to leave it out waits for the approval of somebody else; that a
// change is durable, and in the audit, before it shows in a figure; and that a row
// which cannot be read is a problem that is shown, and nothing more.
//
// What exclusions do to figures is package slo's. Package almanac imports slo,
// internal/store and internal/fault; internal/server shows it to people.
package almanac
