package faults

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the root of the repository, seen from here.
const root = "../.."

// bug is a defect that a developer could well have written. It is planted in a
// copy of the tree by replacing texts: unlike a diff that does not rot when
// something near it changes, and TestEveryBugCanBePlanted tells when it does.
type bug struct {
	name    string
	edits   []edit
	harness string   // the tests of this package that look for it, as -run has them
	tests   []string // the packages whose own tests look for it
}

// edit replaces a text that occurs once in a file.
type edit struct{ file, from, to string }

// planted are the bugs.
var planted = slices.Concat(inWhatIsKept, inWhatIsReckoned)

// inWhatIsKept are bugs on the way of figures to the disk and back. The numbers
// are those of our list of defects that a harness has to find.
var inWhatIsKept = []bug{
	{
		name: "1 synchronous=NORMAL", harness: "Power",
		edits: []edit{
			{"internal/store/sqlite.go", `"synchronous(FULL)",`, `"synchronous(NORMAL)",`},
			{"internal/store/sqlite.go", `"synchronous": "2"`, `"synchronous": "1"`},
		},
	},
	{
		name: "2 acknowledged before the commit", harness: "Kill",
		edits: []edit{{
			"internal/store/ledger.go", "	if err := checkCommit(c); err != nil {\n		return err\n	}\n	return s.inTx(ctx,",
			"	if err := checkCommit(c); err != nil {\n		return err\n	}\n	go s.append(context.WithoutCancel(ctx), c)\n	return nil\n}\n\nfunc (s *Store) append(ctx context.Context, c ledger.Commit) error {\n	return s.inTx(ctx,",
		}},
	},
	{
		name: "a decision is acknowledged before the commit", harness: "KillDecisions",
		edits: []edit{
			{"internal/store/object.go", "	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {\n		if s.engine.changing", "	return s.later(ctx, func(ctx context.Context, tx bun.Tx) error {\n		if s.engine.changing"},
			{
				"internal/store/object.go", "func putObject(",
				"func (s *Store) later(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {\n	go s.inTx(context.WithoutCancel(ctx), f)\n	return nil\n}\n\nfunc putObject(",
			},
		},
	},
	{
		name: "33 cursor in a transaction of its own, before the slots", harness: "Kill",
		edits: []edit{{
			"internal/store/ledger.go", "	if err := checkCommit(c); err != nil {\n		return err\n	}\n	return s.inTx(ctx,",
			"	if err := checkCommit(c); err != nil {\n		return err\n	}\n	if err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error { return upsertCursors(ctx, tx, c) }); err != nil {\n		return err\n	}\n	return s.inTx(ctx,",
		}},
	},
	{
		name: "journal rows deleted before their chunks are committed", harness: "Kill",
		edits: []edit{
			{
				"internal/store/ledger.go", "		if err := upsertChunks(ctx, tx, chunks); err != nil {\n			return err\n		}\n		return execMany",
				"		return execMany",
			},
			{
				"internal/store/ledger.go", "redundant []int64) error {\n	return s.inTx(ctx,",
				"redundant []int64) error {\n	if err := s.sealRows(ctx, epoch, redundant); err != nil {\n		return err\n	}\n	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error { return upsertChunks(ctx, tx, chunks) })\n}\n\nfunc (s *Store) sealRows(ctx context.Context, epoch int64, redundant []int64) error {\n	return s.inTx(ctx,",
			},
		},
	},
	{
		name: "3 the log of samples is not synced before the acknowledgement", harness: "PowerProgram",
		edits: []edit{{"internal/tsdb/durable.go", "	if err := d.logs.sync(ctx); err != nil {", "	if err := d.logs.trouble(); err != nil {"}},
	},
	{
		name: "4 a segment closed by rotation is not synced", tests: []string{"./internal/tsdb"},
		edits: []edit{{"internal/tsdb/walsync.go", "		if err := s.sync(force); err != nil {\n			return err\n		}\n		if i ==", "		if i < len(numbers)-1 {\n			s.synced = 0\n		} else if err := s.sync(force); err != nil {\n			return err\n		}\n		if i =="}},
	},
	{
		name: "6 a failed sync of samples is tried again", harness: "FailingSyncProgram",
		edits: []edit{{"internal/tsdb/walsync.go", "			w.fail(err)\n		}\n		round.err = w.failure", "			round.err = err\n		}"}},
	},
	{
		name: "6 a failed sync of slots is tried again", harness: "FailingSync",
		edits: []edit{{"internal/store/trouble.go", "	case isLost(err):", "	case isLost(err) && t.lost:"}},
	},
	{
		name: "slots are committed before their samples are on disk", harness: "Power",
		edits: []edit{{"slo/collector/collector.go", "	if c.o.Barrier != nil {", "	if c.o.Barrier != nil && len(writes) == 0 {"}},
	},
	{
		name: "27 snappy without limit", tests: []string{"./internal/tsdb"},
		edits: []edit{{"internal/tsdb/write.go", "	if n > maxWriteDecoded {", "	if n < 0 {"}},
	},
	{
		name: "collection stops after a clock that was ahead", harness: "ClockJumps",
		edits: []edit{{"slo/collector/live.go", "	cursor.Settled = min(cursor.Settled, last)\n", ""}},
	},
	{
		name: "a row is replayed over the chunk that contains it", tests: []string{"./slo/ledger/..."},
		edits: []edit{{"slo/ledger/load.go", "		if row <= ld.leaf(s, n).chunk {", "		if row < 0 {"}},
	},
	{
		name: "settled minutes are not read again", harness: "Kill",
		edits: []edit{{"slo/collector/collector.go", "const overlap = 2", "const overlap = 0"}},
	},
	{
		name: "10 no data is shown as 0", tests: []string{"./slo"},
		edits: []edit{{"slo/assess.go", "	if sum.Covered() == 0 || !finite(sum) {\n		return\n", "	if sum.Covered() == 0 || !finite(sum) {\n		zero := 0.0\n		b.Good, b.Total, b.Remaining = &zero, &zero, &zero\n		return\n"}},
	},
	{
		name: "11 no traffic is shown as 100 %", tests: []string{"./slo"},
		edits: []edit{{"slo/assess.go", "	if sum.Total <= 0 {\n		return\n", "	if sum.Total <= 0 {\n		whole := 1.0\n		b.SLI, b.Remaining = &whole, &whole\n		return\n"}},
	},
	{
		name: "excluded minutes are only half left out", tests: []string{"./slo"},
		edits: []edit{{"slo/mask.go", "			sum.Excluded += piece.Len()\n			continue\n", "			sum.Excluded += piece.Len()\n"}},
	},
	{
		name: "a deploy comes before an incident", tests: []string{"./slo"},
		edits: []edit{{"slo/annotation.go", "{IncidentAnnotation, DeployAnnotation,", "{DeployAnnotation, IncidentAnnotation,"}},
	},
	{
		name: "an alarm ends while nobody can tell", tests: []string{"./slo", "./slo/alert"},
		edits: []edit{{"slo/alarm.go", "	case waits:\n	case j.Verdict == HoldsNot && a.Phase != Inactive:", "	case j.Verdict != Holds && a.Phase != Inactive:"}},
	},
	{
		name: "15 days of a month by division", tests: []string{"./slo"},
		edits: []edit{{"slo/calendar.go", "		last := first.AddDate(0, 1, -1).Day()", "		last := 30 + 0*first.Day()"}},
	},
	{
		name: "16 windows closed at both ends", tests: []string{"./slo"},
		edits: []edit{{"slo/calendar.go", "		return Span{From: to - Minute(w.rolling/time.Minute) + 1, To: to}", "		return Span{From: to - Minute(w.rolling/time.Minute), To: to}"}},
	},
	{
		name: "17 a reset counts as negative", tests: []string{"./slo/prometheus/..."},
		edits: []edit{{"slo/prometheus/fold.go", "	if b < a {\n		return b\n	}", "	if b != b {\n		return a\n	}"}},
	},
	{
		name: "18 budget as 100 − 99.9 in floats", tests: []string{"./slo"},
		edits: []edit{{"slo/target.go", "	return float64(t.unit-t.good) * total / float64(t.unit)", "	return (100 - 100*t.Float()) / 100 * total"}},
	},
	{
		name: "36 migration without lock", harness: "TwoProcesses", tests: []string{"./internal/store"},
		edits: []edit{{"internal/store/lock.go", "syscall.LOCK_EX|syscall.LOCK_NB", "syscall.LOCK_UN"}},
	},
}

// TestEveryBugCanBePlanted keeps the list from rotting: a text that is not
// there, or there twice, plants nothing.
func TestEveryBugCanBePlanted(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range planted {
		t.Run(b.name, func(t *testing.T) {
			require.False(t, seen[b.name])
			seen[b.name] = true
			require.NotEmpty(t, b.edits)
			require.True(t, b.harness != "" || len(b.tests) > 0, "nothing looks for it")
			for _, e := range b.edits {
				text, err := os.ReadFile(filepath.Join(root, e.file))
				require.NoError(t, err)
				require.NotEqual(t, e.from, e.to)
				require.Equal(t, 1, strings.Count(string(text), e.from), "%s does not hold this text once; write the bug anew:\n%s", e.file, e.from)
			}
		})
	}
}
