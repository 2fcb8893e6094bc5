// Package review is the room of looking ahead: production-readiness reviews,
// DR tests, the roadmap and the quarterly review.
//
// It holds no code yet. The import rules already hold for it: it knows
// internal/fault and the standard library, and refers to services, objectives
// and incidents by name or ID.
package review
