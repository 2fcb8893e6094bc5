package slo

import (
	"math/big"
	"regexp"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
)

// ParseCredit reads a band: the achieved percentage below which it applies, and
// the percentage of the fee that is due, both plain decimals.
func ParseCredit(belowPercent, percent string) (Credit, error) {
	below, err := ParseTargetPercent(belowPercent)
	if err != nil {
		return Credit{}, fault.Invalidf("below %w", err)
	}
	due, err := parseExact(percent)
	if err != nil {
		return Credit{}, fault.Invalidf("credit %w", err)
	}
	if due.Sign() <= 0 || due.Cmp(hundred) > 0 {
		return Credit{}, fault.Invalidf("credit of %s %% is not above 0 and at most 100", percent)
	}
	return Credit{Below: below, Percent: percent}, nil
}

var hundred = big.NewRat(100, 1)

// CheckCredits refuses bands that do not say one thing: they come with the highest
// Below first, none begins above the target, and whoever achieves less is due
// more. The index of the band to blame comes with the error.
func CheckCredits(target Target, credits []Credit) (int, error) {
	for i, c := range credits {
		if i == 0 {
			if target.compare(c.Below) < 0 {
				return i, fault.Invalidf("a credit below %s %% would be due while the target of %s %% is reached: begin at the target or under it", c.Below.Percent(), target.Percent())
			}
			continue
		}
		above := credits[i-1]
		if above.Below.compare(c.Below) <= 0 {
			return i, fault.Invalidf("the band below %s %% overlaps the one below %s %% before it: write the highest first, each once", c.Below.Percent(), above.Below.Percent())
		}
		if c.exact().Cmp(above.exact()) <= 0 {
			return i, fault.Invalidf("a credit of %s %% below %s %% is not more than the %s %% below %s %%: who achieves less is due more", c.Percent, c.Below.Percent(), above.Percent, above.Below.Percent())
		}
	}
	return 0, nil
}

// creditFor returns the lowest band whose Below was not reached, nil if none.
func creditFor(credits []Credit, b Budget) *Credit {
	var due *Credit
	for i := range credits {
		if b.SLI != nil && !credits[i].Below.Reached(*b.Good, *b.Total) {
			due = &credits[i]
		}
	}
	return due
}

// exact returns the percentage of the fee as a rational.
func (c Credit) exact() *big.Rat {
	r, err := parseExact(c.Percent)
	if err != nil { // ParseCredit has read it
		return new(big.Rat)
	}
	return r
}

// Amount returns what a customer is due in a band,
//
//	fee · percent / 100
//
// in exact arithmetic, rounded half to even to the minor unit of the currency;
// "" where no fee is known.
func (c Credit) Amount(of Customer) string {
	fee, err := parseExact(of.Fee)
	if of.Fee == "" || err != nil {
		return ""
	}
	due := fee.Mul(fee, c.exact())
	return halfEven(due.Quo(due, hundred), minorUnits(of.Currency))
}

// halfEven writes a rational that is not negative with so many decimals.
func halfEven(r *big.Rat, digits int) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	units, rest := new(big.Int).QuoRem(new(big.Int).Mul(r.Num(), scale), r.Denom(), new(big.Int))
	half := rest.Lsh(rest, 1).Cmp(r.Denom())
	if half > 0 || half == 0 && units.Bit(0) == 1 {
		units.Add(units, big.NewInt(1))
	}
	text := units.String()
	if digits == 0 {
		return text
	}
	text = strings.Repeat("0", max(0, digits+1-len(text))) + text
	return text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// minorUnits returns how many decimals amounts of a currency have. ISO 4217 lists
// the few that do not have two.
func minorUnits(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	case "CLF", "UYW":
		return 4
	default:
		return 2
	}
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// CheckFee refuses fees that are no amounts of a currency. Both may be missing.
// The error is at fee or at currency: see fault.At.
func CheckFee(fee, currency string) error {
	_, err := parseExact(fee)
	_, frac, _ := strings.Cut(fee, ".")
	switch {
	case fee == "" && currency == "":
		return nil
	case fee == "":
		return fault.At("currency", fault.Invalidf("currency %.20q belongs to a fee, which is missing", currency))
	case err != nil:
		return fault.At("fee", fault.Invalidf("fee %w", err))
	case !currencyCode.MatchString(currency):
		return fault.At("currency", fault.Invalidf("currency %.20q of the fee is not a code of ISO 4217 such as EUR", currency))
	case len(frac) > minorUnits(currency):
		return fault.At("fee", fault.Invalidf("fee %q has more decimals than amounts in %s have", fee, currency))
	default:
		return nil
	}
}

// maxExactDigits bounds decimals; no fee has as many.
const maxExactDigits = 18

// parseExact reads a plain decimal that is not negative.
func parseExact(text string) (*big.Rat, error) {
	whole, frac, point := strings.Cut(text, ".")
	if !isDecimal(whole, frac) || whole == "" || point && frac == "" {
		return nil, fault.Invalidf("%.40q is not a plain decimal number such as 12.5", text)
	}
	if len(whole)+len(frac) > maxExactDigits {
		return nil, fault.Invalidf("%.40q has more than %d digits", text, maxExactDigits)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, fault.Invalidf("%.40q is not a plain decimal number such as 12.5", text)
	}
	return r, nil
}
