package openslo

// slaSpec is what a document of that kind has below its key spec.
var slaSpec = &object{fields: []field{allow("description", description)}}

// sla puts a document of that kind into the set.
func (l *linker) sla(*home) {}
