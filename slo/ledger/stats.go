package ledger

// Stats says how much a ledger holds.
type Stats struct {
	Streams     int
	OpenDays    int // days of streams that are not sealed, and are held in memory
	JournalRows int
	Problems    int // see Problems
}

// Stats returns how much the ledger holds.
func (l *Ledger) Stats() Stats {
	l.mu.RLock()
	defer l.mu.RUnlock()
	s := Stats{Streams: len(l.streams), JournalRows: len(l.journal), Problems: len(l.problems)}
	for _, st := range l.streams {
		s.OpenDays += len(st.open)
	}
	return s
}

// Version moves whenever a figure may change. What was computed after Version
// returned a number is still right while it returns the same.
func (l *Ledger) Version() uint64 { return l.moves.Load() }
