// Package graph answers GraphQL over HTTP and WebSocket: POST /graphql for
// queries, graphql-transport-ws on the same path for subscriptions.
//
// It is transport only. Resolvers ask the domain through the small interfaces
// of Options and decide nothing themselves. What comes in is hostile until it
// passed, in this order: the edge (host, origin, content type, CSRF header,
// bytes), the toll (points per principal), the guard (size and shape of the
// document, before gqlgen parses it) and the price (complexity and nodes, before
// anything is resolved). Every limit is a field of Limits and has a test that
// shows what it keeps out.
//
// An error leaves the package in one way, through the presenter: faults keep
// their text and carry their kind in extensions.code, everything else becomes
// "internal error" with a request id and is logged once.
//
// Package graph imports slo, internal/catalog and internal/fault of ours; only
// internal/server imports graph. The generated executor lies in
// graph/internal/exec, closed to everybody else; `go generate ./graph` makes it
// and graph/schema.graphql, the schema that clients build against.
package graph

//go:generate go -C .. tool gqlgen generate --config gqlgen.yml
//go:generate go run ./internal/publish schema.graphql
