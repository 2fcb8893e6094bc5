package doctest

import (
	"go/ast"
	"go/token"
	"strings"
)

// names checks that each exported name of a file has a comment. Methods count
// if their receiver's type is exported; the names of a grouped declaration may
// share the comment of the group or have one at the end of their line; fields
// and methods of interfaces are left to judgement. Package main exports nothing,
// and gqlgen writes the methods of Resolver anew each time.
func (r *Report) names(set *token.FileSet, f *ast.File) {
	if f.Name.Name == "main" {
		return
	}
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && receiverExported(d) && !writtenByGqlgen(set, d) {
				r.name(set, d.Name, hasText(d.Doc), true, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				r.spec(set, d, spec)
			}
		}
	}
}

// spec checks the names of one type, constant or variable declaration.
func (r *Report) spec(set *token.FileSet, d *ast.GenDecl, spec ast.Spec) {
	grouped := d.Lparen.IsValid()
	switch s := spec.(type) {
	case *ast.TypeSpec:
		doc := s.Doc
		if doc == nil && !grouped {
			doc = d.Doc
		}
		if s.Name.IsExported() {
			r.name(set, s.Name, hasText(doc) || grouped && hasText(d.Doc), hasText(doc), doc)
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() {
				r.name(set, name, hasText(d.Doc) || hasText(s.Doc) || hasText(s.Comment), false, nil)
			}
		}
	}
}

// name records one exported name; where the comment is the name's own, it must
// begin with the name, after an article at most.
func (r *Report) name(set *token.FileSet, name *ast.Ident, commented, own bool, doc *ast.CommentGroup) {
	r.Exported++
	switch {
	case !commented:
		r.addf("%s: exported %s has no comment", set.Position(name.Pos()), name.Name)
	case own && !beginsWith(doc.Text(), name.Name):
		r.addf("%s: the comment of %s does not begin with its name", set.Position(name.Pos()), name.Name)
	}
}

func beginsWith(text, name string) bool {
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	rest, ok := strings.CutPrefix(text, name)
	return ok && (rest == "" || strings.ContainsAny(rest[:1], " \n,:.'(’")) || strings.HasPrefix(text, "Deprecated:")
}

func hasText(c *ast.CommentGroup) bool { return c != nil && strings.TrimSpace(c.Text()) != "" }

// receiverExported reports whether a function is no method, or a method of an
// exported type.
func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// writtenByGqlgen reports whether gqlgen writes the function with every
// generation, so that a comment on it would not last.
func writtenByGqlgen(set *token.FileSet, d *ast.FuncDecl) bool {
	if d.Recv == nil || !strings.HasSuffix(set.Position(d.Pos()).Filename, ".resolvers.go") {
		return false
	}
	star, ok := d.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	t, ok := star.X.(*ast.Ident)
	return ok && t.Name == "Resolver"
}
