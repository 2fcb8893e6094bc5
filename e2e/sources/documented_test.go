package sources

// state is what becomes of a lie.
type state string

const (
	refused   state = "refused"
	missing   state = "missing"
	right     state = "right"
	estimated state = "estimated"
	wrong     state = "WRONG"
)
