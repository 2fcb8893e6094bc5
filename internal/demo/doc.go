// Package demo is the fleet behind hindcast serve --demo: simulated services
// that really serve Prometheus metrics over HTTP on loopback, each instance on a
// listener of its own, and five weeks of history in which things went wrong.
//
// One model (see workload and probe) drives both: history is the model advanced
// by 30 s at a time and written down, live traffic is the same model advanced by
// 1 s at a time whenever somebody scrapes. A first start writes the history and
// then serves on: every counter continues where its history ended, without a
// reset. A later start does not write history, so the services are new processes
// and their counters start from zero, as after a real reboot.
//
// # What there is to find
//
// Days are UTC days before the day of the first start (D), "start" is that start.
// Fleet.Happenings lists the same with exact times.
//
//	when                       service          what
//	D-6  14:07 to 14:25        checkout         total outage after a deploy: what is well-formed fails until the rollback
//	D-15 17:30 to 18:20        checkout         a payment provider rejects one call in four: route /pay only
//	D-11 06:00 to D-7 18:00    edge             long slow burn in region ap, one request in 200
//	D-5  13:00 to D-4 09:40    search           release 2.31.0 makes answers 2.2 times slower, until the rollback
//	D-12 10:20 to 12:20        search           network split: no scrape gets through while 5 % of requests fail
//	D-3  02:10 to 03:05        status-page      the page is down at night; only the probe notices
//	D-9  03:20 to 03:45        dns-probe        one of three resolvers does not answer
//	D-8  09:05 to 09:17        billing          a third of one invoice run fails
//	D-2  22:00 to D-1 04:00    batch-export     a full disk: two export jobs in five fail
//	start-2h to start+40m      recommendations  a bad canary, one request in twelve; again every six hours
//	start-80h, for good        mailer           the process died; its target answers no more
//	D-17 09:00 to 09:04        all              the monitoring itself is being upgraded: no samples of anything
//	never                      vouchers         scraped for weeks and not one request: launches next month
//
// Deploys restart processes: checkout and search reset their counters, edge and
// recommendations replace pods, whose series are new, and where a series of
// errors exists only from a pod's first error on. The series build_info tells
// the version. The service hindcast is Hindcast itself, scraped like the others.
//
// Alert policies watch some of this (specs/alerting.yaml) and tell a Pager, which
// takes every message and pages nobody. What they told of before the first start is
// not made up: the replay of a policy shows what it would have.
//
// # Guarantees
//
// The same seed and the same interval give the same history, sample by sample.
// Counters are integers. What happened is counted apart from the metrics
// (Fleet.Truth), so that budgets can be checked against it.
//
// Package demo imports Prometheus' label and histogram models and client_golang,
// nothing of the TSDB: it writes history through its own HistoryWriter, which
// internal/server adapts to internal/tsdb.
package demo
