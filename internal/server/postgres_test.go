package server

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/slo"
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

// The database server is a part of ours that can be away: the page goes on with
// what it has, readiness says what is missing, and nobody has to do anything.
func TestRealADatabaseServerThatIsAwayMakesUnready(t *testing.T) {
	postgres, sqlite := realtest.NewPostgres(t), database
	database = func(t testing.TB) string { return postgres.Database(t) }
	t.Cleanup(func() { database = sqlite })
	specs := t.TempDir()
	s := running(t, specs)
	writeSpec(t, scenario.All()[0], specs)
	require.Eventually(t, func() bool { return len(s.slos.All()) == 1 }, time.Minute, 10*time.Millisecond)
	postgres.Crash(t)
	writeSpec(t, scenario.All()[1], specs) // its text cannot be kept
	require.Eventually(t, func() bool { return s.store.Trouble() != nil }, time.Minute, 10*time.Millisecond)
	res, body := fetch(t, s, "/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode, body)
	require.Contains(t, body, "nothing is written")
	require.NotContains(t, body, postgres.Password())
	res, _ = fetch(t, s, "/healthz", "")
	require.Equal(t, http.StatusOK, res.StatusCode)

	postgres.Start(t)
	require.Eventually(t, func() bool {
		writeSpec(t, scenario.All()[2], specs)
		res, _ := fetch(t, s, "/readyz", "")
		return res.StatusCode == http.StatusOK
	}, time.Minute, time.Second)
}

// What is decided on one server holds on the others in a few seconds, and whoever
// watches there is told.
func TestRealADecisionReachesTheOtherServers(t *testing.T) {
	url, specs := realtest.NewPostgres(t).Database(t), t.TempDir()
	writeSpec(t, scenario.All()[0], specs)
	start := func() *Server {
		s := runningWith(t, Options{
			Listen: "127.0.0.1:0", Data: t.TempDir(), Database: url, Specs: specs, Now: func() time.Time { return scenario.End }, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		})
		require.Eventually(t, func() bool { return len(s.slos.All()) == 1 }, time.Minute, 10*time.Millisecond)
		return s
	}
	here, there := start(), start()
	changed, take, stop := there.changes.Watch()
	defer stop()
	_, err := calendar{here}.SaveExclusion(t.Context(), excluding(here, nil))
	require.NoError(t, err)
	version := there.version()
	require.Eventually(t, func() bool { return len(there.exclusions.All()) == 1 }, 5*followEvery, 10*time.Millisecond)
	require.Greater(t, there.version(), version)
	<-changed
	require.Contains(t, take().Decided, there.slos.All()[0].Objectives[0].Indicator.Key())
	require.NoError(t, calendar{there}.DeleteExclusion(t.Context(), "move", "Ada"))
	require.Eventually(t, func() bool { return len(here.exclusions.All()) == 0 }, 5*followEvery, 10*time.Millisecond)

	_, err = contracts{here}.SaveSLA(t.Context(), model.SlaInput{
		Name: "gold", TargetPercent: "99.9", Window: model.WindowInput{Duration: "1M", Calendar: true, TimeZone: "UTC"}, Combination: slo.Worst,
		Streams: []model.SlaStreamInput{{Slo: here.slos.All()[0].Name}}, Customers: []model.SlaCustomerInput{{Name: "acme"}}, By: "Ada",
	})
	require.NoError(t, err)
	_, err = here.connections.Save(t.Context(), model.SourceInput{Name: "main", Type: model.SourceTypePrometheus, URL: "http://127.0.0.1:1"}, "Ann")
	require.NoError(t, err)
	_, err = here.imports.ApplyImport(t.Context(), model.ImportInput{Path: "made.yaml", Text: "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: made}\n", Window: "30d", By: "Ada"})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, source := there.sources.Entry("main")
		_, document := there.services.ByName("made")
		return there.agreements.ByName("gold") != nil && source && document
	}, 5*loadEvery, 10*time.Millisecond)
}

// Who opened a form on one server does not overwrite what was saved on another a
// moment ago, which has not been told yet.
func TestRealAStaleChangeOfASourceIsRefusedOnTheOtherServer(t *testing.T) {
	url, specs := realtest.NewPostgres(t).Database(t), t.TempDir()
	writeSpec(t, scenario.All()[0], specs)
	start := func() *Server {
		return runningWith(t, Options{
			Listen: "127.0.0.1:0", Data: t.TempDir(), Database: url, Specs: specs, Now: func() time.Time { return scenario.End }, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		})
	}
	here, there := start(), start()
	in := model.SourceInput{Name: "main", Type: model.SourceTypePrometheus, URL: "http://127.0.0.1:1"}
	made, err := here.connections.Save(t.Context(), in, "Ann")
	require.NoError(t, err)
	in.ID, in.Etag, in.Tenant = new("main"), made.Etag, new("ann")
	_, err = here.connections.Save(t.Context(), in, "Ann")
	require.NoError(t, err)
	in.Tenant = new("ben")
	_, err = there.connections.Save(t.Context(), in, "Ben")
	require.Equal(t, "etag", fault.FieldOf(err), "%v", err)
	in.ID, in.Etag = nil, nil
	_, err = there.connections.Save(t.Context(), in, "Ben")
	require.Equal(t, "name", fault.FieldOf(err), "%v", err)
}
