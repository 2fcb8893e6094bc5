//go:build race

package openslo

// raced says that the race detector multiplies time and memory.
const raced = true
