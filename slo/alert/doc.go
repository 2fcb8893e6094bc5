// Package alert watches the alert policies of all objectives and keeps what they
// said: an episode begins when a policy fires and ends when it no longer does.
//
// It guarantees that an episode is durable before anybody is told of it, that a
// restart or another replica goes on with the episodes that are open, and that
// nothing begins or ends while too little is known to judge: the alarm is frozen.
// What is pending is worked out anew from the ledger after a restart, so that only
// episodes need to be kept. Episodes carry what has to be said about them, so
// that they can end after their policy is gone.
//
// Package alert imports slo and internal/fault. It decides; internal/notify
// tells, internal/store keeps, internal/server lets the one replica that collects
// run it.
package alert
