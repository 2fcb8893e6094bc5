package graph

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/hindcast/hindcast/internal/fault"
)

// guard refuses documents that would be expensive to parse, to validate or to
// price. It runs before gqlgen reads the document: gqlgen validates in quadratic
// time and expands fragments without a memo, so 1 kB can cost it minutes.
type guard struct {
	limits Limits
	// known reports whether a document passed before; what is checked depends
	// on its text alone.
	known func(query string) bool
	// introspection lets __schema and __type in.
	introspection bool
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = guard{}

// ExtensionName implements graphql.HandlerExtension.
func (guard) ExtensionName() string { return "Guard" }

// Validate implements graphql.HandlerExtension.
func (guard) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters refuses an operation; it changes none.
func (g guard) MutateOperationParameters(_ context.Context, p *graphql.RawParams) *gqlerror.Error {
	if over(len(p.Query), g.limits.QueryText) {
		return exceeds("QueryText", g.limits.QueryText, "the query is longer than %d bytes", g.limits.QueryText)
	}
	if err := g.variables(p); err != nil {
		return err
	}
	if g.known(p.Query) {
		return nil
	}
	if err := g.tokens(p.Query); err != nil {
		return err
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: p.Query}, g.limits.Tokens)
	if err != nil {
		return nil //nolint:nilerr // gqlgen parses the same text next and reports this error
	}
	return newSurvey(g, doc).document(doc)
}

// tokens counts tokens as the parser does. What cannot be read is left to it.
func (g guard) tokens(query string) *gqlerror.Error {
	lex := lexer.New(&ast.Source{Input: query})
	for n := 1; ; n++ {
		token, err := lex.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return nil //nolint:nilerr // the parser reports it with its position
		}
		if over(n, g.limits.Tokens) {
			return exceeds("Tokens", g.limits.Tokens, "the query has more than %d tokens", g.limits.Tokens)
		}
	}
}

// variables bounds the values that come beside the document.
func (g guard) variables(p *graphql.RawParams) *gqlerror.Error {
	var bytes, values int
	var walk func(path string, v any, depth int) *gqlerror.Error
	walk = func(path string, v any, depth int) *gqlerror.Error {
		values++
		text := textOf(v)
		bytes += len(text)
		switch {
		case strings.Contains(text, "\x00"):
			return presentable(fault.Invalidf("the variable %.80q has a NUL in it: leave it out", strings.TrimPrefix(path, ".")))
		case over(values, g.limits.VariableValues):
			return exceeds("VariableValues", g.limits.VariableValues, "the variables hold more than %d values", g.limits.VariableValues)
		case over(bytes, g.limits.VariableBytes):
			return exceeds("VariableBytes", g.limits.VariableBytes, "the variables hold %d bytes, %d are the most of a request: split a specification that is larger, or write it into the specification folder with hindcast convert",
				textBytes(p.Variables), g.limits.VariableBytes)
		case over(depth, g.limits.VariableDepth):
			return exceeds("VariableDepth", g.limits.VariableDepth, "the variables nest deeper than %d levels", g.limits.VariableDepth)
		}
		return eachChild(v, func(name string, child any) *gqlerror.Error {
			bytes += len(name)
			at := path
			if name != "" { // no entry of a list
				at += "." + name
			}
			return walk(at, child, depth+1)
		})
	}
	return walk("", p.Variables, 0)
}

// textBytes counts the bytes of all texts in a decoded JSON value, for a message:
// its body was bounded before it was decoded.
func textBytes(v any) int {
	n := len(textOf(v))
	_ = eachChild(v, func(name string, child any) *gqlerror.Error {
		n += len(name) + textBytes(child)
		return nil
	})
	return n
}

// textOf returns the text of a value that has one; a number is kept as text.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		return ""
	}
}

// eachChild visits the members of a decoded JSON value until one is refused.
func eachChild(v any, visit func(name string, child any) *gqlerror.Error) *gqlerror.Error {
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			if err := visit(name, child); err != nil {
				return err
			}
		}
	case []any:
		for _, child := range v {
			if err := visit("", child); err != nil {
				return err
			}
		}
	}
	return nil
}

// survey measures one document.
type survey struct {
	guard
	fragments  map[string]*ast.FragmentDefinition
	measured   map[string]extent // of a fragment, so that each is walked once
	walking    map[string]bool   // fragments that are being walked: a cycle comes back to one
	aliases    int
	directives int
}

// extent is how large a selection set is with its fragments expanded.
type extent struct {
	fields, depth int
	keys          map[string]int // selections by response key
	roots         int            // fields directly in the set
}

func newSurvey(g guard, doc *ast.QueryDocument) *survey {
	s := &survey{
		guard:     g,
		fragments: make(map[string]*ast.FragmentDefinition, len(doc.Fragments)),
		measured:  make(map[string]extent),
		walking:   make(map[string]bool),
	}
	for _, f := range doc.Fragments {
		s.fragments[f.Name] = f
	}
	return s
}

// document walks everything that validation will walk: each operation, and each
// fragment whether it is used or not.
func (s *survey) document(doc *ast.QueryDocument) *gqlerror.Error {
	fields := 0
	for _, op := range doc.Operations {
		if err := s.header(op); err != nil {
			return err
		}
		e, err := s.set(op.SelectionSet)
		if err != nil {
			return err
		}
		if op.Operation == ast.Subscription && len(e.keys) > 1 {
			return invalidDocument("a subscription selects one field")
		}
		if over(e.roots, s.limits.RootFields) {
			return exceeds("RootFields", s.limits.RootFields, "an operation has more than %d root fields", s.limits.RootFields)
		}
		if fields += e.fields; over(fields, s.limits.Fields) {
			return s.tooManyFields()
		}
	}
	for _, f := range doc.Fragments {
		if _, err := s.fragment(f.Name); err != nil {
			return err
		}
	}
	return nil
}

// header walks the directives and the default values of an operation.
func (s *survey) header(op *ast.OperationDefinition) *gqlerror.Error {
	if err := s.uses(op.Directives); err != nil {
		return err
	}
	for _, v := range op.VariableDefinitions {
		if err := s.uses(v.Directives); err != nil {
			return err
		}
		if err := literals(v.DefaultValue); err != nil {
			return err
		}
	}
	return nil
}

// set measures a selection set and stops at the first limit.
func (s *survey) set(set ast.SelectionSet) (extent, *gqlerror.Error) {
	total := extent{keys: make(map[string]int)}
	written := make(map[string]int, len(set))
	for _, selection := range set {
		key, e, err := s.selection(selection)
		if err != nil {
			return extent{}, err
		}
		if written[key]++; over(written[key], s.limits.SameKey) {
			return extent{}, exceeds("SameKey", s.limits.SameKey, "%.100q is selected more than %d times in one place", key, s.limits.SameKey)
		}
		if err := s.add(&total, e); err != nil {
			return extent{}, err
		}
	}
	return total, nil
}

// add counts e into total.
func (s *survey) add(total *extent, e extent) *gqlerror.Error {
	total.roots += e.roots
	total.depth = max(total.depth, e.depth)
	if over(total.depth, s.limits.Depth) {
		return exceeds("Depth", s.limits.Depth, "the query is deeper than %d levels", s.limits.Depth)
	}
	if total.fields += e.fields; over(total.fields, s.limits.Fields) {
		return s.tooManyFields()
	}
	for key, n := range e.keys {
		if total.keys[key] += n; over(total.keys[key], s.limits.MergedKey) {
			return exceeds("MergedKey", s.limits.MergedKey, "%.100q is selected more than %d times through fragments", key, s.limits.MergedKey)
		}
	}
	return nil
}

// selection measures one selection. The key is what it may be repeated by.
func (s *survey) selection(selection ast.Selection) (key string, e extent, err *gqlerror.Error) {
	switch x := selection.(type) {
	case *ast.Field:
		e, err = s.field(x)
		return x.Alias, e, err
	case *ast.InlineFragment:
		if err = s.uses(x.Directives); err == nil {
			e, err = s.set(x.SelectionSet)
		}
		e.fields++
		return "... on " + x.TypeCondition, e, err
	case *ast.FragmentSpread:
		if err = s.uses(x.Directives); err == nil {
			e, err = s.fragment(x.Name)
		}
		e.fields++
		return "..." + x.Name, e, err
	default:
		return "", extent{}, nil
	}
}

// field measures a field and what it selects.
func (s *survey) field(f *ast.Field) (extent, *gqlerror.Error) {
	if f.Alias != f.Name {
		if s.aliases++; over(s.aliases, s.limits.Aliases) {
			return extent{}, exceeds("Aliases", s.limits.Aliases, "the query has more than %d aliases", s.limits.Aliases)
		}
	}
	if !s.introspection && (f.Name == "__schema" || f.Name == "__type") {
		return extent{}, invalidDocument("%s is not served; the schema is published as the file graph/schema.graphql", f.Name)
	}
	if err := s.uses(f.Directives); err != nil {
		return extent{}, err
	}
	if err := arguments(f.Arguments); err != nil {
		return extent{}, err
	}
	inner, err := s.set(f.SelectionSet)
	return extent{fields: inner.fields + 1, depth: inner.depth + 1, roots: 1, keys: map[string]int{f.Alias: 1}}, err
}

// fragment measures a fragment once, however often it is used.
func (s *survey) fragment(name string) (extent, *gqlerror.Error) {
	if e, ok := s.measured[name]; ok {
		return e, nil
	}
	f := s.fragments[name]
	if f == nil {
		return extent{}, nil // validation reports it
	}
	if s.walking[name] {
		return extent{}, invalidDocument("fragment %.100q contains itself", name)
	}
	s.walking[name] = true
	if err := s.uses(f.Directives); err != nil {
		return extent{}, err
	}
	e, err := s.set(f.SelectionSet)
	delete(s.walking, name)
	s.measured[name] = e
	return e, err
}

// uses counts directives. Only the two that are harmless are let in: gqlgen
// would start a goroutine for each @defer and this transport never reads them.
func (s *survey) uses(list ast.DirectiveList) *gqlerror.Error {
	for _, d := range list {
		if s.directives++; over(s.directives, s.limits.Directives) {
			return exceeds("Directives", s.limits.Directives, "the query has more than %d directives", s.limits.Directives)
		}
		if d.Name != "include" && d.Name != "skip" {
			return invalidDocument("directive %.100q is not served", "@"+d.Name)
		}
		if err := arguments(d.Arguments); err != nil {
			return err
		}
	}
	return nil
}

// arguments checks the values of an argument list.
func arguments(list ast.ArgumentList) *gqlerror.Error {
	for _, a := range list {
		if err := literals(a.Value); err != nil {
			return err
		}
	}
	return nil
}

// literals refuses whole numbers that do not fit GraphQL's 32 bits, because gqlgen
// panics on those that do not fit 64, and texts with a NUL, which databases cut.
func literals(v *ast.Value) *gqlerror.Error {
	if v == nil {
		return nil
	}
	if v.Kind == ast.IntValue {
		if n, err := strconv.ParseInt(v.Raw, 10, 64); err != nil || n < math.MinInt32 || n > math.MaxInt32 {
			return invalidDocument("the number %.40s does not fit 32 bits", v.Raw)
		}
	}
	if strings.Contains(v.Raw, "\x00") {
		return invalidDocument("a text has a NUL in it")
	}
	for _, child := range v.Children {
		if err := literals(child.Value); err != nil {
			return err
		}
	}
	return nil
}

func (s *survey) tooManyFields() *gqlerror.Error {
	return exceeds("Fields", s.limits.Fields, "the query has more than %d fields with its fragments expanded", s.limits.Fields)
}

// invalidDocument returns an error as validation would.
func invalidDocument(format string, args ...any) *gqlerror.Error {
	err := gqlerror.Errorf(format, args...)
	errcode.Set(err, errcode.ValidationFailed)
	return err
}
