package server

import (
	"context"
	"slices"
	"sync"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/internal/store"
)

// connections shows, tests and keeps sources for the API.
type connections struct {
	*Server

	saving sync.Mutex // serialises reading what is there and writing it back

	mu    sync.Mutex
	tests map[string]kept   // by source name
	uses  map[string]*useOf // by source label
}

// kept is a test and what was tested; of another definition it says nothing.
type kept struct {
	definition source.Definition
	test       model.SourceTest
}

// useOf is what a source cost.
type useOf struct {
	cost             outbound.Cost // at the end of the last cycle
	reading          int64         // samples since then
	cycled           bool
	last, sinceStart model.SourceUse
}

var _ graph.Sources = (*connections)(nil)

func newConnections(s *Server) *connections {
	return &connections{Server: s, tests: map[string]kept{}, uses: map[string]*useOf{}}
}

// use returns the count of a source; c.mu is held.
func (c *connections) use(label string) *useOf {
	if c.uses[label] == nil {
		c.uses[label] = &useOf{}
	}
	return c.uses[label]
}

// read counts samples.
func (c *connections) read(label string, samples int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.use(label).reading += samples
}

// cycled counts what the sources of a lane cost since the last cycle on them
// ended, reading history included.
func (c *connections) cycled(lane string) {
	for _, name := range source.Split(lane) {
		c.count(name)
	}
}

func (c *connections) count(name string) {
	cost, label := c.sources.Cost(name), sourceLabel(name)
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.use(label)
	if cost.Requests < u.cost.Requests { // it was opened anew
		u.cost = outbound.Cost{}
	}
	u.last = model.SourceUse{
		Requests: float64(cost.Requests - u.cost.Requests), Bytes: float64(cost.Bytes - u.cost.Bytes), Samples: float64(u.reading),
	}
	u.sinceStart.Requests += u.last.Requests
	u.sinceStart.Bytes += u.last.Bytes
	u.sinceStart.Samples += u.last.Samples
	u.cost, u.reading, u.cycled = cost, 0, true
	c.metrics.asked.WithLabelValues(label).Add(u.last.Requests)
	c.metrics.received.WithLabelValues(label).Add(u.last.Bytes)
}

// Sources implements graph.Sources.
func (c *connections) Sources(context.Context) ([]model.Source, error) {
	all := []model.Source{c.show(source.Entry{
		Definition: source.Definition{Name: source.EmbeddedName, Type: source.Prometheus},
		Origin:     source.Origin{Kind: source.Embedded},
	})}
	for _, e := range c.sources.Entries() {
		all = append(all, c.show(e))
	}
	return all, nil
}

// Source implements graph.Sources.
func (c *connections) Source(ctx context.Context, name string) (*model.Source, error) {
	all, err := c.Sources(ctx)
	if i := slices.IndexFunc(all, func(s model.Source) bool { return s.Name == name }); i >= 0 {
		return &all[i], nil
	}
	return nil, err
}

// Test implements graph.Sources.
func (c *connections) Test(ctx context.Context, in model.SourceInput) (*model.SourceTest, error) {
	d, err := c.define(in)
	if err != nil {
		return nil, err
	}
	p, err := source.Probe(ctx, c.opener, source.Entry{Definition: d, Origin: source.Origin{Kind: source.Page}})
	t := c.testOf(p, err)
	t.Field = given(blamedField(in, fault.FieldOf(err)))
	if saved, ok := c.sources.Entry(d.Name); ok && saved.Definition.Equal(d) {
		c.keep(d, t)
	}
	return &t, nil
}

// Probe implements graph.Sources.
func (c *connections) Probe(ctx context.Context, name string) (*model.Source, error) {
	e, ok := c.sources.Entry(name)
	if !ok && name != source.EmbeddedName {
		return nil, fault.NotFoundf("there is no source %q", name)
	}
	e.Definition.Name = name
	p, err := c.sources.Probe(ctx, name)
	if trouble := c.tsdb.Trouble(); name == source.EmbeddedName && trouble != nil {
		err = trouble
	}
	c.keep(e.Definition, c.testOf(p, err))
	return c.Source(ctx, name)
}

func (c *connections) keep(d source.Definition, t model.SourceTest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tests[d.Name] = kept{d, t}
}

// Save implements graph.Sources.
func (c *connections) Save(ctx context.Context, in model.SourceInput, by string) (*model.Source, error) {
	c.saving.Lock()
	defer c.saving.Unlock()
	if err := c.loadSources(ctx); err != nil { // another replica may have saved since
		return nil, err
	}
	d, err := c.define(in)
	if err != nil {
		return nil, err
	}
	change, err := c.change(by, "CREATED", d.Name, "it is "+addressWords(d))
	if err != nil {
		return nil, err
	}
	if was, ok := c.sources.Entry(d.Name); ok && in.ID != nil {
		change.Action, change.Summary = "CHANGED", changedWords(was.Definition, d)
	}
	if err := c.store.SaveSource(ctx, store.Source{Name: d.Name, Definition: d.JSON(), SavedAt: change.At}, change); err != nil {
		return nil, err
	}
	if err := c.loadSources(ctx); err != nil {
		return nil, err
	}
	c.o.Logger.InfoContext(ctx, "source saved", "source", d.Name, "type", d.Type, "by", by)
	return c.Source(ctx, d.Name)
}

// Delete implements graph.Sources.
func (c *connections) Delete(ctx context.Context, name, by string) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	e, ok := c.sources.Entry(name)
	switch {
	case name == source.EmbeddedName:
		return fault.Conflictf("source %q is a part of Hindcast and stays", name)
	case !ok:
		return fault.NotFoundf("there is no source %q", name)
	case e.Origin.Kind != source.Page:
		return fault.Conflictf("source %q is defined in %s: remove it there", name, e.Origin)
	}
	if slos, _, _ := c.measuring(name); len(slos) > 0 {
		return fault.Conflictf("%s on source %q: %s; change or remove them first", measure(len(slos)), name, listed(slos))
	}
	change, err := c.change(by, "DELETED", name, "it was "+addressWords(e.Definition))
	if err != nil {
		return err
	}
	if err := c.store.DropSource(ctx, name, change); err != nil {
		return err
	}
	if err := c.loadSources(ctx); err != nil {
		return err
	}
	c.o.Logger.InfoContext(ctx, "source deleted", "source", name, "by", by)
	return nil
}

func measure(n int) string {
	if n == 1 {
		return "1 objective measures"
	}
	return count(n, "objective") + " measure"
}

// define returns the definition that an input describes. A source that is there
// already lends its secret, see SourceInput.
func (c *connections) define(in model.SourceInput) (source.Definition, error) {
	had, ok := c.sources.Entry(in.Name)
	var saved *source.Definition
	switch {
	case in.ID == nil && ok:
		return source.Definition{}, fault.At("name", fault.Conflictf("source %q is there already, from %s: choose another name", in.Name, had.Origin))
	case in.ID != nil && !ok:
		return source.Definition{}, fault.NotFoundf("there is no source %q any more: connect it anew", in.Name)
	case in.ID != nil && had.Origin.Kind != source.Page:
		return source.Definition{}, fault.Conflictf("source %q is defined in %s: change it there", in.Name, had.Origin)
	case in.ID != nil:
		saved = &had.Definition
		if err := store.CheckEtag("source", in.Name, textOf(in.Etag), had.Definition.JSON()); err != nil {
			return source.Definition{}, err
		}
	}
	return definitionOf(in, saved)
}
