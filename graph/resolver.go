package graph

// resolver is the root of the resolvers: what they may ask, and their limits.
type resolver struct {
	Options
	limits Limits
}
