package openslo

// referenceShape is an object of some kind: its name, or the object itself
// written in place.
type referenceShape struct {
	ref     string // the key of the name
	byName  *object
	inPlace *object
}

// reference returns the shape of an object of a kind that is either named by
// the key ref or written in place.
func reference(ref, kind string, spec shape) *referenceShape {
	return &referenceShape{
		ref:     ref,
		byName:  &object{fields: []field{need(ref, name)}},
		inPlace: &object{fields: []field{need("kind", choice{kind}), need("metadata", metadata), need("spec", spec)}, rules: documentRules[kind]},
	}
}

// check takes for an object in place what has a key of one and no reference.
func (r *referenceShape) check(c *checker, v value) {
	if v.get(r.ref).absent() && len(present(v, r.inPlace.names()...)) > 0 {
		r.inPlace.check(c, v)
		return
	}
	r.byName.check(c, v)
}
