package graph

// calendarVariables are what the page's operations about exclusions, annotations
// and statements are asked with.
func calendarVariables() map[string]any {
	scope := map[string]any{"slos": []any{"api"}}
	return map[string]any{
		"from": "2026-06-01T00:00:00Z", "to": "2026-06-30T00:00:00Z", "approve": true, "exclusions": true,
		"exclusion":  map[string]any{"title": "Move", "reason": "announced", "scope": scope, "start": "2026-06-01T00:00:00Z", "length": "1h", "by": "Ann"},
		"annotation": map[string]any{"kind": "DEPLOY", "title": "v2", "scope": scope, "from": "2026-06-01T00:00:00Z", "by": "Ann"},
	}
}
