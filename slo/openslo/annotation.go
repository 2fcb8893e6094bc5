package openslo

import "github.com/hindcast/hindcast/slo"

// annotationSpec is what a document of that kind has below its key spec.
var annotationSpec = &object{
	fields: []field{
		allow("description", description),
		need("kind", kindChoice(slo.AnnotationKinds)),
		need("title", text{max: maxTitle}),
		allow("url", text{max: 2048, valid: slo.CheckLink}),
		need("scope", scopeSpec),
		need("from", written(checkInstant)),
		allow("to", written(checkInstant)),
		allow("labels", mapping{key: checkLabel, of: text{max: maxTitle}}),
		allow("author", text{max: maxTitle}),
		allow("createdAt", written(checkInstant)),
	},
	rules: []rule{endsAfterStart},
}

// endsAfterStart refuses intervals that contain nothing.
func endsAfterStart(c *checker, v value) {
	from, to := v.get("from"), v.get("to")
	if c.clean(from) && c.clean(to) && !instantOf(from).Before(instantOf(to)) {
		c.at(to, "to %s is not after from %s", quote(to.text()), quote(from.text()))
	}
}

// annotation puts a document of that kind into the set.
func (l *linker) annotation(h *home) {
	if !l.scoped(h) || h.file.refused {
		return
	}
	spec := h.spec()
	a := slo.Annotation{
		Name: h.key.name, Kind: slo.AnnotationKind(spec.get("kind").text()), Title: spec.get("title").text(), URL: spec.get("url").text(),
		Scope: scopeOf(spec.get("scope")), From: instantOf(spec.get("from")), To: instantOf(spec.get("to")),
		Author: spec.get("author").text(), CreatedAt: instantOf(spec.get("createdAt")), Origin: h.origin(),
	}
	for k, item := range spec.get("labels").pairs() {
		if a.Labels == nil {
			a.Labels = map[string]string{}
		}
		a.Labels[k.node.Value] = item.text()
	}
	l.set.Annotations = append(l.set.Annotations, a)
}
