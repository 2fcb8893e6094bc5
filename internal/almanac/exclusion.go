package almanac

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

// ExclusionDraft is an exclusion that somebody asks for.
type ExclusionDraft struct {
	Change        bool // the exclusion of that name, instead of a new one
	Name          string
	Etag          string // of the exclusion that is changed, as it was read; "" for whichever there is
	Title, Reason string
	Kind          slo.ExclusionKind
	Scope         slo.Scope
	Start         time.Time
	Length        time.Duration
	Rule, Zone    string // of the recurrence, "" for once
	Except        []time.Time
	By            string
}

// ProposeExclusion returns the exclusion that saving the draft would make, or why
// it would not.
func (a *Almanac) ProposeExclusion(d ExclusionDraft) (slo.Exclusion, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x, _, err := a.proposeExclusion(d)
	return x, err
}

// SaveExclusion makes or changes an exclusion. One that moves time that has begun
// in or out waits for an approval.
func (a *Almanac) SaveExclusion(ctx context.Context, d ExclusionDraft) (slo.Exclusion, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x, was, err := a.proposeExclusion(d)
	if err != nil {
		return x, err
	}
	action := "CREATED"
	if d.Change {
		action = "CHANGED"
	}
	return x, a.keepExclusion(ctx, x, was, a.change(d.By, action, KindExclusion, x.Name, exclusionWords(was.value, x)))
}

// Decision is what somebody says about an exclusion that waits.
type Decision struct {
	Name     string
	Approve  bool
	By, Note string
	// CreatedAt is that of the exclusion that was looked at, zero for whichever
	// there is: what is excluded may be chosen anew while somebody thinks.
	CreatedAt time.Time
}

// DecideExclusion approves or rejects an exclusion that waits.
func (a *Almanac) DecideExclusion(ctx context.Context, d Decision) (slo.Exclusion, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	was, err := a.pageExclusion(d.Name)
	if err != nil {
		return was.value, err
	}
	x := was.value
	switch {
	case need("by", d.By, whoActs) != nil:
		return x, need("by", d.By, whoActs)
	case x.Approval.State != slo.ApprovalPending:
		return x, fault.Conflictf("exclusion %q does not wait for an approval, it is %s", d.Name, stateWords(x.Approval))
	case !d.CreatedAt.IsZero() && !d.CreatedAt.Equal(x.CreatedAt):
		return x, fault.Conflictf("exclusion %q was changed at %s: look at it again", d.Name, timeWords(x.CreatedAt))
	case samePerson(d.By, x.Author):
		return x, fault.At("by", fault.Forbiddenf("exclusion %q was made by %s: somebody else has to decide, because it reaches back", d.Name, x.Author))
	}
	x.Approval = slo.Approval{State: slo.Rejected, By: strings.TrimSpace(d.By), At: a.instant(), Note: strings.TrimSpace(d.Note)}
	if d.Approve {
		x.Approval.State = slo.Approved
	}
	return x, a.keepExclusion(ctx, x, was, a.change(d.By, string(x.Approval.State), KindExclusion, d.Name, decisionWords(x)))
}

// DeleteExclusion removes an exclusion that was made in the page.
func (a *Almanac) DeleteExclusion(ctx context.Context, name, by string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	was, err := a.pageExclusion(name)
	if err != nil {
		return err
	}
	if err := need("by", by, whoActs); err != nil {
		return err
	}
	if err := a.Store.DropObject(ctx, KindExclusion, name, a.change(by, "DELETED", KindExclusion, name, "it excluded "+extentWords(was.value))); err != nil {
		return err
	}
	delete(a.exclusions.page, name)
	a.publishExclusion(was.value.Scope)
	return nil
}

// keepExclusion writes an exclusion and puts it in force. a.mu is held.
func (a *Almanac) keepExclusion(ctx context.Context, x slo.Exclusion, was kept[slo.Exclusion], c store.Change) error {
	text := exclusionJSON(x)
	o := store.Object{Kind: KindExclusion, Name: x.Name, Definition: text, SavedAt: c.At, SavedBy: c.Actor}
	if err := a.Store.ReplaceObject(ctx, was.text, o, c); err != nil {
		return err
	}
	if a.exclusions.page == nil {
		a.exclusions.page = map[string]kept[slo.Exclusion]{}
	}
	a.exclusions.page[x.Name] = kept[slo.Exclusion]{x, text}
	a.publishExclusion(scopesOf(was.text != nil, was.value.Scope, x.Scope)...)
	return nil
}

// change says who does what now.
func (a *Almanac) change(by, action, kind, name, summary string) store.Change {
	return store.Change{At: a.instant(), Actor: strings.TrimSpace(by), Action: action, Kind: kind, Name: name, Summary: summary}
}

// pageExclusion returns an exclusion that can be changed here.
func (a *Almanac) pageExclusion(name string) (kept[slo.Exclusion], error) {
	was, ok := a.exclusions.page[name]
	if ok {
		return was, nil
	}
	if i := slices.IndexFunc(a.exclusions.files, func(x slo.Exclusion) bool { return x.Name == name }); i >= 0 {
		at := a.exclusions.files[i].Origin
		return was, fault.Conflictf("exclusion %q is defined in %s:%d: change it there", name, at.File, at.Line)
	}
	return was, fault.NotFoundf("there is no exclusion %q", name)
}

// proposeExclusion returns what a draft makes, and what was there. a.mu is held.
func (a *Almanac) proposeExclusion(d ExclusionDraft) (x slo.Exclusion, was kept[slo.Exclusion], err error) {
	if d.Change {
		if was, err = a.pageExclusion(d.Name); err != nil {
			return x, was, err
		}
		if err = store.CheckEtag(KindExclusion, d.Name, d.Etag, exclusionJSON(was.value)); err != nil {
			return x, was, err
		}
	}
	if x, err = a.readDraft(d, was.value); err != nil {
		return x, was, err
	}
	if x.Name, err = a.nameExclusion(d); err != nil {
		return x, was, fault.At("name", err)
	}
	a.approve(&x, was.value, strings.TrimSpace(d.By))
	return x, was, nil
}

// nameExclusion returns the name that a draft gets.
func (a *Almanac) nameExclusion(d ExclusionDraft) (string, error) {
	if d.Change {
		return d.Name, nil
	}
	if len(a.exclusions.page) >= maxExclusions {
		return "", fault.Conflictf("there are %d exclusions already: delete what is over", len(a.exclusions.page))
	}
	origin := func(name string) (string, bool) {
		if _, ok := a.exclusions.page[name]; ok {
			return "from the page", true
		}
		x, ok := a.Exclusions.ByName(name)
		return "from " + x.Origin.File, ok
	}
	name, err := nameFor(d.Name, d.Title, "exclusion", func(name string) bool { _, ok := origin(name); return ok })
	if err != nil {
		return "", err
	}
	if from, ok := origin(name); ok {
		return "", fault.Conflictf("exclusion %q is there already, %s: choose another name", name, from)
	}
	return name, nil
}

// readDraft checks a draft and returns its exclusion, without its name and
// approval.
func (a *Almanac) readDraft(d ExclusionDraft, was slo.Exclusion) (slo.Exclusion, error) {
	x := slo.Exclusion{
		Title: strings.TrimSpace(d.Title), Reason: strings.TrimSpace(d.Reason), Kind: d.Kind, Scope: tidy(d.Scope),
		Start: d.Start.UTC(), Length: d.Length,
	}
	for _, err := range []error{
		need("title", d.Title, "say in a few words what it is"), need("reason", d.Reason, "say why this time does not count"),
		need("by", d.By, whoActs), fault.At("kind", checkKind(d.Kind, slo.ExclusionKinds)), fault.At("scope", a.checkScope(x.Scope, was.Scope)),
	} {
		if err != nil {
			return x, err
		}
	}
	var err error
	if x.Recurrence, err = recurrence(d); err != nil {
		return x, err
	}
	if err := x.Check(); err != nil {
		return x, err
	}
	return x, fault.At("rrule", x.CheckTimes())
}

// recurrence returns the recurrence of a draft.
func recurrence(d ExclusionDraft) (r slo.Recurrence, err error) {
	if d.Rule == "" {
		switch {
		case len(d.Except) > 0:
			return r, fault.At("exceptDates", fault.Invalidf("there is no occurrence to leave out of what takes place once: write a rule, or no dates"))
		case d.Zone != "":
			return r, fault.At("timeZone", fault.Invalidf("time zone %.60q has no meaning for what takes place once: write a rule, or leave it out", d.Zone))
		}
		return r, nil
	}
	if _, err := slo.ParseRecurrence("FREQ=DAILY", d.Zone); err != nil {
		return r, fault.At("timeZone", err)
	}
	if r, err = slo.ParseRecurrence(d.Rule, d.Zone); err != nil {
		return r, fault.At("rrule", err)
	}
	for _, at := range d.Except {
		r.Except = append(r.Except, at.UTC())
	}
	slices.SortFunc(r.Except, time.Time.Compare)
	return r, nil
}

// scopesOf returns whom a change is about: what was there, if anything was, and
// what is.
func scopesOf(there bool, was, is slo.Scope) []slo.Scope {
	if there {
		return []slo.Scope{is, was}
	}
	return []slo.Scope{is}
}
