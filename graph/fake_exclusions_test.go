package graph

// exclusionsFake lets fakeExclusions embed the interface whose method has its name.
type exclusionsFake = Exclusions

// fakeExclusions answers nothing yet.
type fakeExclusions struct{ exclusionsFake }
