//go:build race

package graph

// slowdown is what the race detector costs at most.
const slowdown = 12
