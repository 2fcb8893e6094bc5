package openslo

// exclusionSpec is what a document of that kind has below its key spec.
var exclusionSpec = &object{fields: []field{allow("description", description)}}

// exclusion puts a document of that kind into the set.
func (l *linker) exclusion(*home) {}
