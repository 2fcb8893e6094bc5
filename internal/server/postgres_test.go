package server

import (
	"testing"

	"github.com/hindcast/hindcast/internal/realtest"
)

// database names the database of the servers that tests start; "" is SQLite.
var database = func(testing.TB) string { return "" }

// Everything that a server does with what it keeps, once more on PostgreSQL.
func TestRealTheServerOnPostgres(t *testing.T) {
	postgres, sqlite := realtest.NewPostgres(t), database
	database = func(t testing.TB) string { return postgres.Database(t) }
	t.Cleanup(func() { database = sqlite })
	for name, test := range map[string]func(*testing.T){
		"eval and server agree on the scenarios": TestEvalAndServerAgreeOnTheScenarios,
		"routes answer":                          TestRoutesAnswerOnlyThisMachine,
		"a broken specification":                 TestABrokenSpecificationKeepsWhatWasDefined,
		"a directory has one server":             TestTwoServersDoNotShareADirectory,
		"a source that is down":                  TestASourceThatIsDownIsShownAndDoesNotMakeTheServerUnready,
		"progress of backfills":                  TestBackfillProgressKeepsAbsentTimesAbsent,
	} {
		t.Run(name, test)
	}
}
