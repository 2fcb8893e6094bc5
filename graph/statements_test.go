package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheAmountsOfAStatementAreExact(t *testing.T) {
	f := newFixture(t, nil)
	body := f.post(`{ slo(name: "api") { statement { unit opening spent closing waived lines { kind name title url minutes spent waived share } } } }`, nil).Body.String()
	require.Contains(t, body, `"opening":10,"spent":3.333334,"closing":6.666666,"waived":0`)
	require.Contains(t, body, `"kind":"INCIDENT","name":"fire","title":"Fire","url":"https://example.com","minutes":60,"spent":3.333334,"waived":null,"share":null`)
}

func TestAStatementThatEndsBeforeItBeginsIsRefused(t *testing.T) {
	f := newFixture(t, nil)
	for _, of := range []string{`statement`, `objective { statement`} {
		query := `{ slo(name: "api") { ` + of + `(from: "2026-06-02T00:00:00Z", to: "2026-06-01T00:00:00Z") { unit } }`
		if of != "statement" {
			query += " }"
		}
		r := decode(t, f.post(query+" }", nil))
		require.Equal(t, "INVALID", r.Errors[0].Extensions["code"])
	}
	r := decode(t, f.post(`{ slo(name: "api") { statement(group: {pod: "never"}) { unit } } }`, nil))
	require.Equal(t, "NOT_FOUND", r.Errors[0].Extensions["code"])
}
