package graph

// agreementVariables are what the page's operations about agreements and imports
// are asked with.
func agreementVariables() map[string]any {
	return map[string]any{
		"by": "Ann", "sla": "s0", "customer": "acme", "period": "2026-06", "path": "shop.yaml",
		"issue": map[string]any{"sla": "s0", "customer": "acme", "period": "2026-06", "by": "Ann"},
		"agreement": map[string]any{
			"name": "s0", "targetPercent": "99.9", "window": map[string]any{"duration": "1M", "calendar": true, "timeZone": "UTC"},
			"streams": []any{map[string]any{"slo": "api"}}, "customers": []any{map[string]any{"name": "acme"}}, "by": "Ann",
		},
		"document": map[string]any{"path": "shop.yaml", "text": "version: prometheus/v1", "by": "Ann"},
	}
}
