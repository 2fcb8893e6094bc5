package graph

import "github.com/vektah/gqlparser/v2/validator/rules"

// rulesFor returns the validation rules. Without introspection the variants are
// taken that do not suggest names: 3,000 misspelt fields would otherwise spell
// out the schema and cost a comparison with every name in it. gqlgen itself
// exchanges two more of them, see SetDisableSuggestion.
func rulesFor(introspection bool) func() *rules.Rules {
	return func() *rules.Rules {
		r := rules.NewDefaultRules()
		if introspection {
			return r
		}
		r.ReplaceRule(rules.KnownArgumentNamesRule.Name, rules.KnownArgumentNamesRuleWithoutSuggestions.RuleFunc)
		r.ReplaceRule(rules.KnownTypeNamesRule.Name, rules.KnownTypeNamesRuleWithoutSuggestions.RuleFunc)
		r.ReplaceRule(rules.ValuesOfCorrectTypeRule.Name, rules.ValuesOfCorrectTypeRuleWithoutSuggestions.RuleFunc)
		return r
	}
}
