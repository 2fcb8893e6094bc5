package server

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// frequencies are those of RFC 5545 that exclusions have, as one and as several.
var frequencies = map[string][2]string{
	"HOURLY": {"every hour", "hours"}, "DAILY": {"every day", "days"}, "WEEKLY": {"every week", "weeks"},
	"MONTHLY": {"every month", "months"}, "YEARLY": {"every year", "years"},
}

var weekdays = map[string]string{
	"MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday", "SA": "Saturday", "SU": "Sunday",
}

// ruleWords says a recurrence rule in words: "every week on Sunday at 02:00,
// Europe/Vienna". Parts that it has no words for are quoted as they are written.
func ruleWords(rule string, start time.Time) string {
	parts := map[string]string{}
	var others []string
	for part := range strings.SplitSeq(strings.TrimPrefix(rule, "RRULE:"), ";") {
		key, value, _ := strings.Cut(part, "=")
		switch key = strings.ToUpper(key); key {
		case "FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL":
			parts[key] = value
		case "", "WKST": // says nothing by itself
		default:
			others = append(others, part)
		}
	}
	words := []string{everyWords(parts["FREQ"], parts["INTERVAL"])}
	if days := parts["BYDAY"]; days != "" {
		words = append(words, "on "+dayWords(days))
	}
	if days := parts["BYMONTHDAY"]; days != "" {
		words = append(words, "on day "+strings.ReplaceAll(days, ",", ", ")+" of the month")
	}
	words = append(words, fmt.Sprintf("at %s, %s", start.Format("15:04"), start.Location()))
	if n := parts["COUNT"]; n != "" {
		words = append(words, n+" times")
	}
	if until := parts["UNTIL"]; until != "" {
		words = append(words, "until "+untilWords(until))
	}
	if len(others) > 0 {
		words = append(words, "("+strings.Join(others, "; ")+")")
	}
	return strings.Join(words, " ")
}

func everyWords(freq, interval string) string {
	names, ok := frequencies[strings.ToUpper(freq)]
	n, err := strconv.Atoi(interval)
	switch {
	case !ok:
		return freq
	case err == nil && n > 1:
		return fmt.Sprintf("every %d %s", n, names[1])
	default:
		return names[0]
	}
}

// dayWords writes days of the week with their place in the month, if they have
// one: "1SU" is the first Sunday.
func dayWords(list string) string {
	var days []string
	for day := range strings.SplitSeq(strings.ToUpper(list), ",") {
		name := weekdays[day[max(0, len(day)-2):]]
		place := strings.TrimPrefix(day[:max(0, len(day)-2)], "+")
		if ordinal, ok := map[string]string{"1": "the first ", "2": "the second ", "3": "the third ", "4": "the fourth ", "5": "the fifth ", "-1": "the last ", "": ""}[place]; ok && name != "" {
			day = ordinal + name
		}
		days = append(days, day)
	}
	if n := len(days); n > 1 {
		return strings.Join(days[:n-1], ", ") + " and " + days[n-1]
	}
	return days[0]
}

func untilWords(until string) string {
	for _, form := range []string{"20060102T150405Z", "20060102T150405", "20060102"} {
		if t, err := time.Parse(form, until); err == nil {
			return t.Format("2006-01-02")
		}
	}
	return until
}
