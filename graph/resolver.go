package graph

// Resolver is the root of the resolvers: what they may ask, and their limits.
type Resolver struct {
	Options
	limits Limits
}
