// Package elasticsearch measures indicators on documents that Elasticsearch
// keeps, one document for each event or for a sum of events.
//
// It guarantees that a figure is what the cluster holds at one moment, or no
// figure: good and total of a span come from one request; an answer counts only
// if every shard gave it whole (see accept); anything else is an error that
// names the cause and the remedy, never a zero. A minute without documents is
// zero traffic only where later documents show that documents were arriving;
// see Empty. Conditions on numbers are exact filters, never percentiles.
//
// Documents may arrive late: Pace says for how long a minute is left to settle
// and for how long it is read again, and Measure tells with Reopen when a pause
// that was told as gaps filled up.
//
// Package elasticsearch imports slo, internal/fault and the request types of
// Elastic's client (esapi), not its transport: connections, secrets, limits and
// retries belong to the http.RoundTripper that is handed in.
package elasticsearch
