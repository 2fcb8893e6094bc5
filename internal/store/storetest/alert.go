package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo/alert"
)

// episode is one of an SLO that fired so many minutes after at.
func episode(name string, minutes int) alert.Episode {
	return alert.Episode{
		Key: alert.Key{SLO: name, Objective: "Zoë’s", Policy: "page"}, FiredAt: at.Add(time.Duration(minutes) * time.Minute).UTC(), Reason: "burn rate 20",
		Burn: new(20.5), Service: "shop", Severity: "page", Condition: "above 14.4", Labels: map[string]string{"team": "web"}, Targets: []string{"am"}, TellEnd: true,
	}
}

func episodes(t *testing.T, db Database) {
	s := db.Open(t)
	old, open, again := episode("api", 0), episode("db", 5), episode("api", 10)
	require.NoError(t, s.SaveEpisodes(t.Context(), []alert.Episode{old, open, again}))
	old.ResolvedAt = at.Add(2 * time.Minute).UTC()
	require.NoError(t, s.SaveEpisodes(t.Context(), []alert.Episode{old}))
	told := alert.Told{Episode: open.ID(), Target: "am", State: "FIRING", At: at.Add(6 * time.Minute).UTC()}
	later := told
	later.At = told.At.Add(time.Hour)
	ended := alert.Told{Episode: old.ID(), Target: "am", State: "RESOLVED", At: at.Add(3 * time.Minute).UTC()}
	require.NoError(t, s.SaveTold(t.Context(), []alert.Told{told, ended}))
	require.NoError(t, s.SaveTold(t.Context(), []alert.Told{later}), "told twice is told once")
	require.NoError(t, s.SaveEpisodes(t.Context(), nil))
	require.NoError(t, s.SaveTold(t.Context(), nil))
	require.NoError(t, s.Close())

	s = db.Open(t)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	got, err := s.Episodes(t.Context(), at)
	require.NoError(t, err)
	require.Equal(t, []alert.Episode{again, open, old}, got)
	got, err = s.Episodes(t.Context(), at.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, []alert.Episode{again, open}, got, "what is open is never too old")
	all, err := s.ToldSince(t.Context(), at)
	require.NoError(t, err)
	require.Equal(t, []alert.Told{ended, told}, all)
	all, err = s.ToldSince(t.Context(), at.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, []alert.Told{told}, all, "of what is open it is known for ever")

	require.NoError(t, s.DropEpisodes(t.Context(), at.Add(time.Hour)))
	got, err = s.Episodes(t.Context(), at)
	require.NoError(t, err)
	require.Equal(t, []alert.Episode{again, open}, got)
	all, err = s.ToldSince(t.Context(), at)
	require.NoError(t, err)
	require.Equal(t, []alert.Told{told}, all)
}
