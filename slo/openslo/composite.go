package openslo

// compositeSpec is what a document of that kind has below its key spec.
var compositeSpec = &object{fields: []field{allow("description", description)}}

// composite puts a document of that kind into the set.
func (l *linker) composite(*home) {}
