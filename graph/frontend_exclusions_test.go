package graph

// exclusionVariables are what the page's operations about exclusions and
// annotations are asked with.
func exclusionVariables() map[string]any {
	scope := map[string]any{"slos": []any{"api"}}
	return map[string]any{
		"approve": true, "exclusions": true, "from": "2026-06-01T00:00:00Z", "to": "2026-07-01T00:00:00Z",
		"exclusion": map[string]any{
			"title": "Move", "reason": "announced", "scope": scope, "start": "2026-06-01T02:00:00Z", "length": "2h", "by": "Ann",
		},
		"annotation": map[string]any{
			"kind": "DEPLOY", "title": "v2", "scope": scope, "from": "2026-06-01T02:00:00Z", "by": "Ann",
		},
	}
}
