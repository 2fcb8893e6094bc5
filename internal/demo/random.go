package demo

import (
	"math"
	"math/rand/v2"
)

// exactBelow is the expected count from which the normal distribution stands in
// for the exact one: at 30 their difference cannot be seen in a plot, and the
// history would take minutes if every event were drawn.
const exactBelow = 30

// poisson draws a number of events whose expectation is lambda; 0 for a lambda
// that is not positive. Below exactBelow by Knuth's product of uniforms, above
// by the rounded normal distribution N(λ, √λ).
func poisson(rng *rand.Rand, lambda float64) uint64 {
	if !(lambda > 0) {
		return 0
	}
	if lambda >= exactBelow {
		return uint64(max(0, math.Round(lambda+math.Sqrt(lambda)*rng.NormFloat64())))
	}
	var n uint64
	for p, limit := rng.Float64(), math.Exp(-lambda); p > limit; p *= rng.Float64() {
		n++
	}
	return n
}

// binomial draws how many of n events are of a kind with probability p. Small n
// are drawn one by one; rare kinds by poisson, capped at n; the rest by the
// normal distribution N(np, √(np(1−p))), clamped to 0 … n.
func binomial(rng *rand.Rand, n uint64, p float64) uint64 {
	switch {
	case n == 0 || !(p > 0):
		return 0
	case p >= 1:
		return n
	case p > 0.5:
		return n - binomial(rng, n, 1-p)
	}
	mean := float64(n) * p
	if n <= 64 && p > 0.1 {
		return trials(rng, n, p)
	}
	if mean < exactBelow {
		return min(n, poisson(rng, mean))
	}
	x := math.Round(mean + math.Sqrt(mean*(1-p))*rng.NormFloat64())
	return uint64(min(max(0, x), float64(n)))
}

// trials counts the successes of n draws.
func trials(rng *rand.Rand, n uint64, p float64) uint64 {
	var hits uint64
	for range n {
		if rng.Float64() < p {
			hits++
		}
	}
	return hits
}

// conditional turns probabilities of exclusive kinds into those of each kind
// given that none before it occurred; the last becomes 1, so that a split by
// them leaves nothing over.
func conditional(probabilities []float64) []float64 {
	var rest float64
	for _, p := range probabilities {
		rest += p
	}
	out := make([]float64, len(probabilities))
	for i, p := range probabilities {
		if rest > 0 {
			out[i] = min(1, p/rest)
		}
		rest -= p
	}
	if len(out) > 0 {
		out[len(out)-1] = 1
	}
	return out
}

// split shares n events out among kinds by conditional probabilities; into is
// overwritten and adds up to n.
func split(rng *rand.Rand, n uint64, conditional []float64, into []uint64) {
	for i, p := range conditional {
		c := binomial(rng, n, p)
		into[i] = c
		n -= c
	}
}
