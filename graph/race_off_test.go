//go:build !race

package graph

// slowdown is 1 without the race detector.
const slowdown = 1
