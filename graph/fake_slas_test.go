package graph

// slasFake lets fakeSLAs embed the interface whose method has its name.
type slasFake = SLAs

// fakeSLAs answers nothing yet.
type fakeSLAs struct{ slasFake }
