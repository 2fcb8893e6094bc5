package openslo

// annotationSpec is what a document of that kind has below its key spec.
var annotationSpec = &object{fields: []field{allow("description", description)}}

// annotation puts a document of that kind into the set.
func (l *linker) annotation(*home) {}
