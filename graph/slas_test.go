package graph

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/slo"
)

func TestAgreementsAndStatementsAreReadPageByPage(t *testing.T) {
	f := newFixture(t, nil)
	for _, n := range []int{1, 2, 5, 100} {
		require.Equal(t, []string{"s0", "s1", "s2", "s3", "s4"}, walk(t, f, "slas", "", "name", n))
	}
	var revisions []string
	for after := ""; ; {
		r := decode(t, f.post(fmt.Sprintf(`{ sla(name: "s0") { statements(first: 2%s) { pageInfo { hasNextPage endCursor } nodes { revision } } } }`, after), nil))
		require.Empty(t, r.Errors)
		page := r.Data["sla"].(map[string]any)["statements"].(map[string]any)
		for _, node := range page["nodes"].([]any) {
			revisions = append(revisions, fmt.Sprint(node.(map[string]any)["revision"]))
		}
		info := page["pageInfo"].(map[string]any)
		if !info["hasNextPage"].(bool) {
			break
		}
		after = fmt.Sprintf(", after: %q", info["endCursor"])
	}
	require.Equal(t, []string{"5", "3", "4", "1", "2"}, revisions, "newest first, and then by revision")
	other := cursor(sloList, place{ID: "1"})
	for _, args := range []string{"first: 0", fmt.Sprintf("first: 1, after: %q", other), `first: 1, after: "x"`} {
		require.Equal(t, "INVALID", decode(t, f.post(fmt.Sprintf("{slas(%s) { nodes { name } }}", args), nil)).code(), args)
		require.Equal(t, "INVALID", decode(t, f.post(fmt.Sprintf(`{sla(name: "s0") { statements(%s) { nodes { revision } } }}`, args), nil)).code(), args)
	}
	require.Equal(t, "LIMIT_EXCEEDED First", decode(t, f.post("{slas(first: 101) { nodes { name } }}", nil)).code())
}

func TestAnAgreementIsShownWhole(t *testing.T) {
	f := newFixture(t, nil)
	r := decode(t, f.post(`{ sla(name: "s1") {
		id displayName description service target targetPercent window { duration isRolling timeZone title } combination
		streams { slo { name } sloName objective } customers { name displayName fee currency } credits { belowPercent creditPercent }
		terms { exclusions kinds notice most } origin { file line } editable periods { name settled }
		figures(period: "2026-06") { period settled achievedPercent budget { state sli } streams { sloName exclusions { from } } credit { creditPercent } due { customer percent amount currency } warnings }
	} none: sla(name: "x") { name } slo(name: "api") { slas { name } } }`, nil))
	require.Empty(t, r.Errors)
	require.Equal(t, map[string]any{
		"none": nil,
		"slo":  map[string]any{"slas": []any{map[string]any{"name": "s1"}}},
		"sla": map[string]any{
			"id": idOf(slaID, "s1"), "displayName": "Gold", "description": "d", "service": "shop", "target": "0.999", "targetPercent": "99.9", "combination": "WORST",
			"window":    map[string]any{"duration": "1M", "isRolling": false, "timeZone": "UTC", "title": "calendar month (UTC)"},
			"streams":   []any{map[string]any{"slo": map[string]any{"name": "api"}, "sloName": "api", "objective": ""}, map[string]any{"slo": nil, "sloName": "gone", "objective": "x"}},
			"customers": []any{map[string]any{"name": "acme", "displayName": "ACME", "fee": "10.00", "currency": "EUR"}, map[string]any{"name": "umbrella", "displayName": "umbrella", "fee": nil, "currency": nil}},
			"credits":   []any{map[string]any{"belowPercent": "99.9", "creditPercent": "10"}},
			"terms":     map[string]any{"exclusions": true, "kinds": []any{"OTHER"}, "notice": "3d", "most": nil},
			"origin":    map[string]any{"file": "a.yaml", "line": 3.0}, "editable": false,
			"periods": []any{map[string]any{"name": "2026-07", "settled": false}, map[string]any{"name": "2026-06", "settled": true}},
			"figures": map[string]any{
				"period": "2026-06", "settled": false, "achievedPercent": nil, "budget": map[string]any{"state": "NO_DATA", "sli": nil},
				"streams": []any{map[string]any{"sloName": "api", "exclusions": []any{}}}, "credit": map[string]any{"creditPercent": "10"},
				"due": []any{map[string]any{"customer": "acme", "percent": "10", "amount": "1.00", "currency": "EUR"}}, "warnings": []any{"partial"},
			},
		},
	}, r.Data)
	require.Equal(t, "INVALID", decode(t, f.post(fmt.Sprintf(`{ sla(name: "s1") { figures(period: %q) { period } } }`, strings.Repeat("2", 64)), nil)).code())
	require.Equal(t, []string{"2026-06"}, f.slas.periods, "what is too long is not asked for")
}

func TestAStatementIsShownAsItWasIssued(t *testing.T) {
	f := newFixture(t, nil)
	r := decode(t, f.post(`{ slaStatement(sla: "s0", customer: "acme", period: "2026-06", revision: 2) {
		id sla slaTitle customer { name } period { name settled } revision issuedAt issuedBy note targetPercent achievedPercent state coverage good total excludedMinutes
		creditPercent creditAmount currency lines { sloName achievedPercent evidence } exclusions { name kind slos } corrections { what was is } latest digest links { format url }
	} newest: slaStatement(sla: "s0", customer: "acme", period: "2026-06") { revision latest }
	none: slaStatement(sla: "s1", customer: "acme", period: "2026-06") { revision } }`, nil))
	require.Empty(t, r.Errors)
	st := r.Data["slaStatement"].(map[string]any)
	require.Equal(t, idOf(statementID, "s0/acme/2026-06/2"), st["id"])
	require.Equal(t, [3]any{2.0, "99.5", false}, [3]any{st["revision"], st["achievedPercent"], st["latest"]})
	require.Equal(t, []any{map[string]any{"what": "good", "was": "996", "is": "995"}}, st["corrections"])
	require.Equal(t, map[string]any{"revision": 5.0, "latest": true}, r.Data["newest"])
	require.Nil(t, r.Data["none"])
	require.Zero(t, f.slas.drifted, "what differs now is reckoned when it is asked for")
	r = decode(t, f.post(`{ slaStatement(sla: "s0", customer: "acme", period: "2026-06") { drift { what was is } } }`, nil))
	require.Equal(t, map[string]any{"drift": []any{map[string]any{"what": "good", "was": "995", "is": "994"}}}, r.Data["slaStatement"])
	r = decode(t, f.post(`{ slaStatement(sla: "damaged", customer: "acme", period: "2026-06") { revision } }`, nil))
	require.Equal(t, "UNAVAILABLE", r.code())
	require.Contains(t, r.Errors[0].Message, "is damaged and not shown")
}

func slaInput(changes map[string]any) map[string]any {
	in := map[string]any{
		"name": "gold", "targetPercent": "99.9", "window": map[string]any{"duration": "1M", "calendar": true, "timeZone": "UTC"},
		"streams": []any{map[string]any{"slo": "api"}}, "customers": []any{map[string]any{"name": "acme"}}, "by": "Ada",
	}
	maps.Copy(in, changes)
	return in
}

func TestAgreementsAreSavedIssuedAndDeleted(t *testing.T) {
	f := newFixture(t, nil)
	const save = `mutation($in: SlaInput!) { saveSla(input: $in) { name } }`
	require.Empty(t, decode(t, f.post(save, map[string]any{"in": slaInput(nil)})).Errors)
	require.Equal(t, []model.SlaInput{{
		Name: "gold", TargetPercent: "99.9", Window: model.WindowInput{Duration: "1M", Calendar: true, TimeZone: "UTC"}, Combination: slo.Worst,
		Streams: []model.SlaStreamInput{{Slo: "api"}}, Customers: []model.SlaCustomerInput{{Name: "acme"}}, Credits: []model.SlaCreditInput{}, By: "Ada",
	}}, f.slas.saved)
	r := decode(t, f.post(save, map[string]any{"in": slaInput(map[string]any{"targetPercent": "100"})}))
	require.Equal(t, [2]any{"INVALID", "targetPercent"}, [2]any{r.code(), r.Errors[0].Extensions["field"]})

	const issue = `mutation($in: IssueInput!) { issueStatement(input: $in) { revision } }`
	in := map[string]any{"sla": "s0", "customer": "acme", "period": "2026-06", "by": "Ada"}
	require.Empty(t, decode(t, f.post(issue, map[string]any{"in": in})).Errors)
	require.Equal(t, []model.IssueInput{{Sla: "s0", Customer: "acme", Period: "2026-06", By: "Ada"}}, f.slas.issued)
	in["note"] = "again"
	require.Equal(t, "CONFLICT", decode(t, f.post(issue, map[string]any{"in": in})).code())

	r = decode(t, f.post(`mutation { deleteSla(name: "s0", by: "Ada") }`, nil))
	require.Equal(t, idOf(slaID, "s0"), r.Data["deleteSla"])
	require.Equal(t, []string{"s0 by Ada"}, f.slas.dropped)
}

func TestAgreementsBeyondTheirBoundsAreNotPassedOn(t *testing.T) {
	long, many := strings.Repeat("a", 64), make([]any, maxParts+1)
	for i := range many {
		many[i] = map[string]any{"slo": "api"}
	}
	f := newFixture(t, nil)
	for name, c := range map[string]struct {
		changes map[string]any
		field   string
	}{
		"a long name":        {map[string]any{"name": long}, "name"},
		"a long target":      {map[string]any{"targetPercent": long}, "targetPercent"},
		"a long zone":        {map[string]any{"window": map[string]any{"duration": "1M", "calendar": true, "timeZone": long + "a"}}, "window.timeZone"},
		"many streams":       {map[string]any{"streams": many}, "streams"},
		"a long SLO":         {map[string]any{"streams": []any{map[string]any{"slo": long}}}, "streams"},
		"a long service":     {map[string]any{"service": long}, "service"},
		"a long fee":         {map[string]any{"customers": []any{map[string]any{"name": "a", "fee": long}}}, "customers"},
		"a long band":        {map[string]any{"credits": []any{map[string]any{"belowPercent": long, "creditPercent": "1"}}}, "credits"},
		"another one's id":   {map[string]any{"id": idOf(sloID, "gold")}, "id"},
		"another one's name": {map[string]any{"id": idOf(slaID, "silver")}, "name"},
	} {
		r := decode(t, f.post(`mutation($in: SlaInput!) { saveSla(input: $in) { name } }`, map[string]any{"in": slaInput(c.changes)}))
		require.Equal(t, "INVALID", r.code(), name)
		require.Equal(t, c.field, r.Errors[0].Extensions["field"], name)
	}
	require.Empty(t, f.slas.saved)
	r := decode(t, f.post(`mutation($in: IssueInput!) { issueStatement(input: $in) { revision } }`, map[string]any{"in": map[string]any{
		"sla": "s0", "customer": "acme", "period": "2026-06", "by": "Ada", "note": strings.Repeat("a", 2001),
	}}))
	require.Equal(t, "note", r.Errors[0].Extensions["field"])
	require.Equal(t, "INVALID", decode(t, f.post(fmt.Sprintf(`mutation { deleteSla(name: %q, by: "Ada") }`, long), nil)).code())
	require.Empty(t, f.slas.issued)
	require.Empty(t, f.slas.dropped)
}

// TestFiguresHaveTheirPrice asks for more agreements than one operation may reckon.
func TestFiguresHaveTheirPrice(t *testing.T) {
	f := newFixture(t, nil)
	r := decode(t, f.post(`{ slas(first: 100) { nodes { figures { period } statements(first: 100) { nodes { drift { what } } } } } }`, nil))
	require.Contains(t, r.code(), "LIMIT_EXCEEDED")
	require.Empty(t, f.slas.periods)
	require.Empty(t, decode(t, f.post(`{ slas(first: 10) { nodes { name figures { period } } } }`, nil)).Errors)
	require.Len(t, f.slas.periods, 5)
}

func TestFiguresThatTakeTooLongEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, func(_ *Options, l *Limits) { l.Wall = time.Second })
		f.slas.block = make(chan struct{})
		require.Equal(t, "UNAVAILABLE", decode(t, f.post(`{ sla(name: "s0") { figures { period } } }`, nil)).code())
	})
}
