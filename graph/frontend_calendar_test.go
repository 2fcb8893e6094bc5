package graph

// calendarVariables are what the page's operations about exclusions, annotations
// and statements are asked with.
func calendarVariables(operation string) map[string]any {
	scope := map[string]any{"slos": []any{"api"}}
	all := map[string]any{
		"from": "2026-06-01T00:00:00Z", "to": "2026-06-30T00:00:00Z", "approve": true, "exclusions": true,
	}
	switch operation {
	case "PreviewExclusion", "SaveExclusion":
		all["input"] = map[string]any{"title": "Move", "reason": "announced", "scope": scope, "start": "2026-06-01T00:00:00Z", "length": "1h", "by": "Ann"}
	case "SaveAnnotation":
		all["input"] = map[string]any{"kind": "DEPLOY", "title": "v2", "scope": scope, "from": "2026-06-01T00:00:00Z", "by": "Ann"}
	}
	return all
}
