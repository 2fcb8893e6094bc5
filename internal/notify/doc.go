// Package notify tells Alertmanagers and webhooks of alert episodes.
//
// It guarantees that what is durable is told until the target has taken it, also
// after a restart, and that what a target has taken is not told again: a webhook
// gets each beginning and each end once, or again with the same Idempotency-Key if
// nobody knows whether it arrived. An Alertmanager is told of what fires every
// minute, as Prometheus does, and makes one notification of it. No target delays
// another.
//
// Package notify imports slo/alert and internal/fault. Its HTTP clients are made by internal/outbound elsewhere.
package notify
