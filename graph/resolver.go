package graph

import "sync/atomic"

// resolver is the root of the resolvers: what they may ask, and their limits.
type resolver struct {
	Options
	limits  Limits
	testing atomic.Int32 // tests of sources under way
}
