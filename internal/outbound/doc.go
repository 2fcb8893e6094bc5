// Package outbound is the one way in which Hindcast speaks HTTP to the outside:
// a client of one server, made from Options.
//
// It guarantees that a client
//   - connects only to addresses that its Policy permits, judged on the IP address
//     that is dialled and not on the text of the URL, and never to our own
//     listeners;
//   - sends credentials and headers to the origin of its URL only, whatever
//     redirects say, reads them when they are used, and never writes them into an
//     error;
//   - takes no more memory, time and connections than its Options say: an answer
//     is capped before and after decompression, a request ends with its timeout
//     even in the middle of an answer, and so many run at a time;
//   - repeats what may be repeated, waits as long as it is told to, and leaves a
//     server alone that fails again and again;
//   - fails with errors for those who set the server up, made by Explain: what is
//     wrong, the value, and the remedy.
//
// It keeps no cookies and takes no proxy from the environment.
//
// It imports fault, and libraries for TLS files, backoff and the circuit breaker.
// Sources import it through http.RoundTripper.
package outbound
