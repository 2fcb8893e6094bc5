package store

import "time"

// micros is an instant as stored: microseconds since 1970, UTC. Database types
// for instants lose zones or digits on one engine or the other.
type micros int64

func microsOf(t time.Time) micros { return micros(t.UnixMicro()) }

func (m micros) time() time.Time { return time.UnixMicro(int64(m)).UTC() }
