// Package postmortem is the room of what is learned from failures: pages,
// incidents, timelines, postmortem documents, action items and the language
// lint that keeps them blameless.
//
// It holds no code yet: budgets come first, because every page and incident will
// say what it cost in budget. The import rules already hold for it: it knows
// internal/fault and the standard library, refers to objectives by name, and
// asks for budgets through an interface of its own.
package postmortem
