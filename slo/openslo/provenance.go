package openslo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Annotations of objects that an Importer made: what of, and the digest of what
// the object was then. They travel with the object through files and edits, so that
// a later import knows whether the specification changed, or the object here.
const (
	AnnotationSource = "hindcast.dev/imported-from"
	AnnotationDigest = "hindcast.dev/imported-digest"
)

// Provenance tells what an object was made of.
type Provenance struct {
	Source string // e.g. "Sloth shop/requests"
	Digest string // of the object as it was made
}

// Provenance returns what the document was made of; ok is false if it was not
// imported.
func (d Document) Provenance() (p Provenance, ok bool) {
	p = Provenance{Source: d.Metadata.Annotations[AnnotationSource], Digest: d.Metadata.Annotations[AnnotationDigest]}
	return p, p.Source != "" && p.Digest != ""
}

// Digest returns 128 bits of the SHA-256 of all fields but the provenance, in hex.
// How a document is laid out plays no part.
func (d Document) Digest() (string, error) {
	fields, err := d.Fields()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(fields)) {
		_, _ = io.WriteString(h, fmt.Sprintf("%q=%q\n", path, fields[path]))
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// mark notes in a document what it was made of.
func (r *reading) mark(d *Document, name string) error {
	digest, err := d.Digest()
	if err != nil {
		return err
	}
	d.Metadata.Annotations = maps.Clone(d.Metadata.Annotations) // objectives of one document share them
	annotate(&d.Metadata, AnnotationSource, fmt.Sprintf("%s %.200s", r.format, name))
	annotate(&d.Metadata, AnnotationDigest, digest)
	return nil
}
