//go:build !race

package openslo

// raced says that the race detector multiplies all times.
const raced = false
