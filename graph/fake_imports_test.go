package graph

// importsFake lets fakeImports embed the interface whose method has its name.
type importsFake = Imports

// fakeImports answers nothing yet.
type fakeImports struct{ importsFake }
