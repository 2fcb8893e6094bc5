package openslo

// annotationSpace is where an object was in Kubernetes, which names are unique in.
const annotationSpace = "hindcast.dev/namespace"

// spaces are the namespaces in which a name is used, of all files of a conversion.
type spaces map[string]map[string]bool

// add takes in the names of the SLOs that a Kubernetes object makes.
func (s spaces) add(format Format, v value) {
	meta, spec := v.get("metadata"), v.get("spec")
	put := func(name string) {
		name = slug(name)
		if s[name] == nil {
			s[name] = make(map[string]bool)
		}
		s[name][meta.get("namespace").text()] = true
	}
	switch format {
	case FormatPyrra:
		put(meta.get("name").text())
	case FormatSlothKube:
		for _, item := range spec.get("slos").items() {
			put(spec.get("service").text() + "-" + item.get("name").text())
		}
	}
}

// namedIn returns the name of an SLO as named does, with its namespace in front
// where others have an SLO of that name.
func (r *reading) namedIn(space string, v value, text string) string {
	if space == "" || len(r.spaces[slug(text)]) < 2 {
		return r.named(v, text, kindSLO)
	}
	name := slug(space + "-" + text)
	r.warn(v, "SLO %s is in several namespaces: this one is kept as %s", quote(text), name)
	return name
}
