//go:build !race

package tsdb

// raceEnabled says that times are what they are.
const raceEnabled = false
