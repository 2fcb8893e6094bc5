// Command cost measures what it takes to keep the budgets of many objectives up
// to date on one real Prometheus: with Sloth's rules, with Pyrra's in both modes,
// and with Hindcast collecting from the same server over HTTP. It prints
// processor seconds per hour of both processes, how many series each writes into
// the server, and how long an event takes to reach the budget;
// `make bench-cost` runs it.
//
// The server has thirty days of history, of the services and of what the rules
// of five minutes would have recorded, and goes on scraping them from this
// program. Every way is measured for minutes on a server started afresh over the
// same data, less what the server takes for scraping alone.
//
// Nothing imports it.
package main
