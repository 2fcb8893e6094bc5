//go:build race

package tsdb

// raceEnabled says that the race detector multiplies the time of everything.
const raceEnabled = true
