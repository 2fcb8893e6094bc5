//go:build faults

package faults

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/e2e/faults/disk"
)

// decider makes the decisions of one kind one after the other.
type decider struct {
	decision
	acked int               // decisions
	ids   map[string]string // of objects that are there, by name
}

func newDeciders() (all []*decider) {
	for _, d := range decisions {
		all = append(all, &decider{decision: d, ids: map[string]string{}})
	}
	return all
}

// patience is how many refusals in a row a decider takes.
const patience = 300

// decide makes decisions until n more are acknowledged or the program is gone.
func (d *decider) decide(ctx context.Context, url string, n int, acked func()) error {
	for until, refused := d.acked+n, 0; d.acked < until; {
		name := d.object(d.acked)
		id, err := d.write(ctx, url, d.acked, d.ids[name])
		if errors.Is(err, errRefused) && refused < patience {
			refused++
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		refused, d.ids[name] = 0, id
		d.acked++
		acked()
	}
	return nil
}

// object is the name of the object of decision i.
func (d *decider) object(i int) string {
	if d.kind == "deploy" {
		return fmt.Sprint("decision ", i)
	}
	return fmt.Sprintf("%s-%d", d.kind, i%objects)
}

// decideAll lets all deciders work side by side until each has n more
// acknowledgements, or the program is gone, which is the error of each.
func decideAll(ctx context.Context, p *program, all []*decider, n int, acked func(i int)) error {
	errs := make([]error, len(all))
	var group sync.WaitGroup
	for i, d := range all {
		group.Go(func() { errs[i] = d.decide(ctx, p.url, n, func() { acked(i) }) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// node is an object as the program shows it.
type node struct {
	ID, Name, Text string
	Approval       struct{ State string }
}

// nodes asks for all objects of the kind.
func (d *decider) nodes(ctx context.Context, p *program) (map[string]node, error) {
	var answer struct {
		Data   struct{ Held struct{ Nodes []node } }
		Errors []struct{ Message string }
	}
	err := post(ctx, p.url+"/graphql", map[string]any{"query": d.held}, &answer)
	if err == nil && len(answer.Errors) > 0 {
		err = errors.New(answer.Errors[0].Message)
	}
	all := map[string]node{}
	for _, n := range answer.Data.Held.Nodes {
		all[n.Name] = n
	}
	return all, err
}

// compare looks whether the newest acknowledged decision about each object is
// in force, whole. The one that was under way may be, or not, or its first half.
// The decider goes on from there.
func (d *decider) compare(ctx context.Context, p *program, acked int) (problem string) {
	nodes, err := d.nodes(ctx, p)
	if err != nil {
		return fmt.Sprintf("%s: no answer: %v", d.kind, err)
	}
	clear(d.ids)
	for name, n := range nodes {
		d.ids[name] = n.ID
	}
	under := acked
	for i := acked - 1; i >= max(0, acked-objects); i-- {
		n, ok := nodes[d.object(i)]
		whole := n.Text == fmt.Sprint("decision ", i) && (!d.approved || n.Approval.State == "APPROVED")
		started := n.Text == fmt.Sprint("decision ", under) && d.object(i) == d.object(under)
		if !ok || !whole && !started {
			return fmt.Sprintf("%s %s is %+v, acknowledged were %d decisions", d.kind, d.object(i), n, acked)
		}
	}
	return ""
}

// compareDecisions compares those of all deciders.
func compareDecisions(ctx context.Context, p *program, all []*decider, acked func(i int) int) (problems []string) {
	for i, d := range all {
		if problem := d.compare(ctx, p, acked(i)); problem != "" {
			problems = append(problems, problem)
		}
	}
	return problems
}

// total is how many decisions were acknowledged.
func total(all []*decider) (n int) {
	for _, d := range all {
		n += d.acked
	}
	return n
}

// promised brings in the objective that agreements promise.
func promised(t *testing.T, p *program) {
	t.Helper()
	require.NoError(t, importDocument(t.Context(), p.url, "promised", 0))
}

// fewest is how many decisions of one kind were acknowledged at least.
func fewest(all []*decider) int {
	return slices.MinFunc(all, func(a, b *decider) int { return cmp.Compare(a.acked, b.acked) }).acked
}

// TestKillDecisions kills the program while people decide, until they came to
// change what they had made, however slow the machine is.
func TestKillDecisions(t *testing.T) {
	random, began := randomOf(t), time.Now()
	kills, dir, deciders := size(50, 5), t.TempDir(), newDeciders()
	mine := func(i int) int { return deciders[i].acked }
	n := 0
	for ; n < kills || fewest(deciders) <= objects; n++ {
		require.Less(t, n, 10*kills, "of one kind there are only %d decisions", fewest(deciders))
		p := start(t, dir)
		if n == 0 {
			promised(t, p)
		}
		require.Empty(t, compareDecisions(t.Context(), p, deciders, mine), "kill %d, seed %d", n, seed)
		time.AfterFunc(time.Duration(random.IntN(600_000))*time.Microsecond, p.kill)
		err := decideAll(t.Context(), p, deciders, 1<<20, func(int) {})
		<-p.ended
		require.NotErrorIs(t, err, errRefused)
	}
	p := start(t, dir)
	require.Empty(t, compareDecisions(t.Context(), p, deciders, mine), "kill %d, seed %d", n, seed)
	report(t, "%d kills of the program, %d decisions of %d kinds acknowledged, 0 lost, in %.0f s",
		n, total(deciders), len(deciders), time.Since(began).Seconds())
}

// TestPowerDecisions records the program while people decide, cuts the power,
// and asks the program for what they decided.
func TestPowerDecisions(t *testing.T) {
	needs(t, "power")
	random, dir, began := randomOf(t), t.TempDir(), time.Now()
	cuts, deciders := size(50, 4), newDeciders()
	r, err := disk.Record(dir, deviceSize)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	p := start(t, filepath.Join(r.Mount, "data"))
	promised(t, p)
	first, err := r.Position()
	require.NoError(t, err)
	positions := make([][]disk.Place, len(deciders)) // of each acknowledgement, or a little later
	require.NoError(t, decideAll(t.Context(), p, deciders, 5*cuts, func(i int) {
		if at, err := r.Position(); err == nil {
			positions[i] = append(positions[i], at)
		}
	}))
	p.kill()
	replay, err := r.Stop()
	require.NoError(t, err)
	defer replay.Close()
	for i, d := range deciders {
		require.Len(t, positions[i], d.acked, d.kind)
	}
	for i, n := range moments(random, replay, replay.Before(first), cuts) {
		_, _, err := replay.Cut(n, random, filepath.Join(dir, "cut"))
		require.NoError(t, err)
		var problems []string
		afterCut(t, dir, func(data string) {
			p := start(t, data)
			problems = compareDecisions(t.Context(), p, deciders, func(i int) int { return promisedTo(replay, positions[i], n) })
			p.kill()
		})
		require.Empty(t, problems, "cut %d, after %d of %d requests, seed %d", i+1, n, replay.Entries(), seed)
	}
	report(t, "%d power cuts of the program in %d requests with %d acknowledged decisions of %d kinds, 0 lost, in %.0f s",
		cuts, replay.Entries(), total(deciders), len(deciders), time.Since(began).Seconds())
}
