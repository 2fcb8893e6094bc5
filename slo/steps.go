package slo

import "context"

// chunk is how many slots are read at once, so that a window of years needs no
// more memory than one of a week.
const chunk = 7 * MinutesPerDay

// each visits the events of span in pieces cut at multiples of step minutes
// since 1970; the first and the last piece may be shorter. Whole days are asked
// of the meter, which knows their sums; finer pieces are summed from the slots,
// each of which is read once.
func (a account) each(ctx context.Context, span Span, step int, visit func(Span, Tally)) error {
	if step%MinutesPerDay == 0 {
		return a.eachSum(ctx, span, step, visit)
	}
	piece := Span{From: span.From}
	var sum Tally
	for from := span.From; from <= span.To; from += chunk {
		slots, err := a.meter.Slots(ctx, a.key, Span{From: from, To: min(from+chunk-1, span.To)})
		if err != nil {
			return err
		}
		for i, slot := range slots {
			sum.Add(slot)
			piece.To = from + Minute(i)
			if piece.To == span.To || cutAfter(piece.To, step) == piece.To {
				visit(piece, sum)
				piece.From, sum = piece.To+1, Tally{}
			}
		}
	}
	return nil
}

// eachSum visits span as each does, asking the meter for each piece.
func (a account) eachSum(ctx context.Context, span Span, step int, visit func(Span, Tally)) error {
	for piece := range pieces(span, step) {
		sum, err := a.meter.Tally(ctx, a.key, piece)
		if err != nil {
			return err
		}
		visit(piece, sum)
	}
	return nil
}

// count visits span as each does, with what the account counts instead of
// events. For slices, span and step must be multiples of a slice.
func (a account) count(ctx context.Context, span Span, step int, visit func(Span, Tally)) error {
	if a.method == Occurrences {
		return a.each(ctx, span, step, visit)
	}
	piece := Span{From: span.From}
	var sum Tally
	return a.each(ctx, span, a.slice, func(slice Span, events Tally) {
		sum = sum.Plus(a.judge(events))
		piece.To = slice.To
		if piece.To == span.To || cutAfter(piece.To, step) == piece.To {
			visit(piece, sum)
			piece.From, sum = piece.To+1, Tally{}
		}
	})
}

// pieces yields the pieces of span cut at multiples of step minutes since 1970.
func pieces(span Span, step int) func(yield func(Span) bool) {
	return func(yield func(Span) bool) {
		for from := span.From; from <= span.To; {
			to := min(cutAfter(from, step), span.To)
			if !yield(Span{From: from, To: to}) {
				return
			}
			from = to + 1
		}
	}
}

// cutAfter returns the last slot of the step that m lies in.
func cutAfter(m Minute, step int) Minute {
	return (Minute(floorDiv(int64(m), int64(step)))+1)*Minute(step) - 1
}
