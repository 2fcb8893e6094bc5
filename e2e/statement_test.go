//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAStatementSurvivesAKill issues a statement of a week that is over and
// kills the program as soon as it has answered.
func TestAStatementSurvivesAKill(t *testing.T) {
	p := start(t)
	awaitHistory(t, p)
	year, week := time.Now().In(berlin(t)).AddDate(0, 0, -14).ISOWeek() // late data have had their time
	about := fmt.Sprintf(`sla: "checkout-weekly", customer: "northwind", period: "%04d-W%02d"`, year, week)
	const fields = `{revision digest issuedBy achievedPercent good total coverage}`
	var was struct{ IssueStatement statement }
	p.query(t, fmt.Sprintf(`mutation {issueStatement(input: {%s, by: "Ann"}) %s}`, about, fields), &was)
	p.kill(t)
	p.launch(t)
	var is struct{ SlaStatement *statement }
	p.query(t, fmt.Sprintf(`{slaStatement(%s) %s}`, about, fields), &is)
	require.NotNil(t, is.SlaStatement, "the statement is gone")
	require.Equal(t, was.IssueStatement, *is.SlaStatement)
	require.Len(t, is.SlaStatement.Digest, 64)
}

// berlin is where the week of the agreement begins and ends.
func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return zone
}

// statement is an issued statement as far as it is compared.
type statement struct {
	Revision         int
	Digest, IssuedBy string
	AchievedPercent  *string
	Good, Total      *float64
	Coverage         float64
}
