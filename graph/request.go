package graph

import (
	"context"
	"crypto/rand"
	"encoding/hex"
)

// request is what is known about one HTTP request or one socket.
type request struct {
	id        string
	principal string
}

type requestKey struct{}

// withRequest returns a context that carries req.
func withRequest(ctx context.Context, req *request) context.Context {
	return context.WithValue(ctx, requestKey{}, req)
}

// requestOf returns the request behind ctx, an empty one if there is none.
func requestOf(ctx context.Context) *request {
	if req, ok := ctx.Value(requestKey{}).(*request); ok {
		return req
	}
	return &request{}
}

// newRequestID returns an opaque id that leads from an answer to the log.
func newRequestID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}
