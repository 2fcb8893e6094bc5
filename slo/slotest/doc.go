// Package slotest runs scripts of a small language for testing budget
// mathematics, in the spirit of PromQL's own: an engineer can read, review and
// add a case without knowing Go, and any evaluator can be held to them.
//
//	# One request of 181 fails at 99.9 %.
//	load 1m
//	  good  60 60 60
//	  total 60 61 60
//	objective 99.9% over 1h
//	eval budget at 3m: good 180, spent 1, allowed 0.181, state NO_DATA
//
// A script is read line by line; # begins a comment. Times are offsets from the
// start of the script ("90m", "1d12h", "-5m") or RFC 3339. The statements:
//
//	start 2026-01-01T00:00:00Z      what offset 0 is; this is the default
//	clear                           forget every figure, clock and objective
//	load STEP [from T] [group k=v,…] figures; the indented rows below it give
//	  good  VALUES                  good events, or bad ones, …
//	  total VALUES                  … and all events, of each minute of each step
//	settle T | settle never         up to when the source was asked; by default
//	                                the end of the newest figures
//	clock T                         what time it is; by default as settle
//	revise T..T REASON GOOD TOTAL   a rewrite of slots with its changes
//	floor 80%                       the coverage floor
//	patience 10m                    how late figures may be before they are stale
//	objective T% over WINDOW [METHOD]
//	exclude T..T NAME [every "RULE" [in ZONE]]
//	include NAME                    takes an exclusion back
//	annotate KIND T..T NAME         incident, deploy, maintenance or other; "T.."
//	                                goes on
//	eval WHAT [at T] [over WINDOW] [group k=v,…] …: EXPECTATIONS
//
// VALUES are figures per minute, not counters: "60" is 60 events in every minute
// of one step. "60x5" is five steps of 60; "0+10x5" is 0 10 20 30 40, "9-3x3" is
// 9 6 3: the number after x is how many values there are in all (PromQL writes
// one more). "_" is a step that nobody measured, "_x5" five of them. An e behind
// a value marks its minutes as estimated: "60e", "60ex5". Both rows must be
// equally long and have their gaps in the same places.
//
// WINDOW is "30d" or "calendar 1M Europe/Berlin from 2026-01-01", where the zone
// and the start may be left out. METHOD is "occurrences", "timeslices 95% of 5m"
// or "ratio-timeslices of 5m".
//
// WHAT is budget, burn, series KIND, explain, groups, statement or period (the
// window that an instant belongs to); series and statements also take "from T"
// and "to T", series "points N". "measured" asks as if nothing were excluded.
// Without "at" a question is asked as of now.
// EXPECTATIONS are "field value" pairs, separated by commas or lines; fields that
// are not named are not compared. burn and groups answer with several records:
// one indented line for each, in order. A field of several values is compared
// with a list: "sli 1 0.5 -".
//
// Expected values: "-" is an absent figure, and nothing else equals it. A number
// without a decimal point is compared exactly (to 1e-9 of itself); with one, to
// the places that are written ("0.181" is 0.1805 to 0.1815); a quotient such as
// "1/3" exactly. A quoted text must be contained in the answer. "eval … fails:
// "text"" expects an error that contains the text.
//
// Package slotest is imported by tests alone; it imports slo.
package slotest
