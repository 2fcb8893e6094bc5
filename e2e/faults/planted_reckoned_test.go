package faults

// inWhatIsReckoned are bugs in what is made of figures: statements, exclusions,
// composites, agreements, alarms. The tests of package slo look for them.
var inWhatIsReckoned = []bug{
	{
		name: "an interval ends a minute early", tests: []string{"./slo"},
		edits: []edit{{"slo/statement.go", "cuts = append(cuts, spans[i].From, spans[i].To+1)", "cuts = append(cuts, spans[i].From, spans[i].To)"}},
	},
	{
		name: "two incidents at once are put down all of it each", tests: []string{"./slo"},
		edits: []edit{{"slo/statement.go", "lines[owner].spent += spent / float64(len(owners))", "lines[owner].spent += spent"}},
	},
	{
		name: "two exclusions waive the same minute twice", tests: []string{"./slo"},
		edits: []edit{{"slo/statement.go", "		next = max(next, own.To+1)", "		next = x.stretch.From"}},
	},
	{
		name: "the opening balance knows the first minute already", tests: []string{"./slo"},
		edits: []edit{{"slo/statement.go", "Span{From: x.span.From, To: x.stretch.From - 1}", "Span{From: x.span.From, To: x.stretch.From}"}},
	},
	{
		name: "what is left over by rounding is dropped", tests: []string{"./slo"},
		edits: []edit{{"slo/statement.go", "		lines[left[i%len(left)].line].Spent++\n", ""}},
	},
	{
		name: "what was excluded last counts again", tests: []string{"./slo"},
		edits: []edit{{"slo/mask.go", "			from = x.To + 1\n", "			from = x.To\n"}},
	},
	{
		name: "slices keep the events of excluded minutes", tests: []string{"./slo"},
		edits: []edit{{"slo/mask.go", "slots[minute-span.From] = Slot{State: Omitted}", "slots[minute-span.From].State = Measured"}},
	},
	{
		name: "times of an exclusion that was changed stay", tests: []string{"./slo"},
		edits: []edit{{"slo/exclusions.go", "ok && sameTimes(known.exclusion, e)", "ok"}},
	},
	{
		name: "a component that is ignored keeps its weight", tests: []string{"./slo"},
		edits: []edit{{"slo/mix.go", "	case s.State == Gap:\n		return\n", "	case s.State == Gap:\n		x.weights += weight\n		return\n"}},
	},
	{
		name: "worst of takes the best", tests: []string{"./slo"},
		edits: []edit{{"slo/mix.go", "x.worst = min(x.worst, sli)", "x.worst = max(x.worst, sli)"}},
	},
	{
		name: "a component counts as bad before it begins", tests: []string{"./slo"},
		edits: []edit{{"slo/mix.go", "	case !begun:\n", "	case !begun && p.WhenDelayed == CountAsGood:\n"}},
	},
	{
		name: "a composite does not wait for a component that it should wait for", tests: []string{"./slo"},
		edits: []edit{{"slo/mix.go", "			return Slot{}\n		}\n		x.add(", "			continue\n		}\n		x.add("}},
	},
	{
		name: "a credit is due at its band already", tests: []string{"./slo"},
		edits: []edit{{"slo/credit.go", "!credits[i].Below.Reached(*b.Good, *b.Total)", "*b.SLI <= credits[i].Below.Float()"}},
	},
	{
		name: "credits are rounded half up", tests: []string{"./slo"},
		edits: []edit{{"slo/credit.go", "half == 0 && units.Bit(0) == 1", "half == 0"}},
	},
	{
		name: "an agreement excludes more than it allows", tests: []string{"./slo"},
		edits: []edit{{"slo/promise.go", "		t.Per = a.Window\n", "		t.Most = 0\n"}},
	},
	{
		name: "what was missed is rounded up to the target", tests: []string{"./slo"},
		edits: []edit{{"slo/promise.go", "strconv.FormatFloat(*sli, 'f', -1, 64)", "strconv.FormatFloat(*sli, 'f', decimals+2, 64)"}},
	},
	{
		name: "the stream with the highest SLI decides", tests: []string{"./slo"},
		edits: []edit{{"slo/agreement.go", "return cmp.Compare(*a.SLI, *b.SLI)", "return cmp.Compare(*b.SLI, *a.SLI)"}},
	},
	{
		name: "a stream without figures is passed over", tests: []string{"./slo"},
		edits: []edit{{"slo/agreement.go", "	case NoData:\n		return 0\n", "	case NoData:\n		return 3\n"}},
	},
	{
		name: "an idle minute ends what is pending", tests: []string{"./slo"},
		edits: []edit{{"slo/alarm.go", "waits := j.Verdict == Unknown || j.Verdict == Idle", "waits := j.Verdict == Unknown"}},
	},
	{
		name: "a recurrence keeps the length of a day over a change of clocks", tests: []string{"./slo"},
		edits: []edit{{"slo/recurrence.go", "		at := instant(wall, r.Zone)\n", "		at := first.Add(wall.Sub(o.Dtstart))\n"}},
	},
	{
		name: "an exclusion that was not announced in time counts", tests: []string{"./slo"},
		edits: []edit{{"slo/exclusions.go", "o.Span.Start().Sub(made) >= t.Notice", "o.Span.Start().Sub(made) >= 0"}},
	},
	{
		name: "who made an exclusion approves it", tests: []string{"./internal/almanac"},
		edits: []edit{{"internal/almanac/exclusion.go", "	case samePerson(d.By, x.Author):", "	case samePerson(d.By, x.Author) && !d.Approve:"}},
	},
	{
		name: "the past is changed without an approval", tests: []string{"./internal/almanac"},
		edits: []edit{{"internal/almanac/approval.go", "	case began && (same || samePast(*x, was, now)):", "	case began:"}},
	},
	{
		name: "a changed byte of a statement is shown", tests: []string{"./internal/agreement"},
		edits: []edit{{"internal/agreement/document.go", "[]byte(row.Digest)) != 1 {", "[]byte(row.Digest)) == 2 {"}},
	},
	{
		name: "late data reach a minute and not its day", tests: []string{"./slo/ledger"},
		edits: []edit{{"slo/ledger/write.go", "			st.dirty = true\n", "			st.dirty = st.dirty || held.State == slo.Gap\n"}},
	},
	{
		name: "what fires is told again after a restart", tests: []string{"./slo/alert"},
		edits: []edit{{"slo/alert/engine.go", "slo.Alarm{Phase: slo.Firing, Since", "slo.Alarm{Phase: slo.Pending, Since"}},
	},
}
