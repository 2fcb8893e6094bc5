package almanac

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// timeWords writes an instant for the audit.
func timeWords(t time.Time) string {
	if t.IsZero() {
		return "open"
	}
	return t.UTC().Format("2006-01-02 15:04:05 MST")
}

// lengthWords writes a length without the units that are zero: 1h30m.
func lengthWords(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// maxListed is how many names a summary lists; the object itself has all.
const maxListed = 10

// scopeWords says whom something is about.
func scopeWords(c slo.Scope) string {
	var parts []string
	list := func(what string, names []string) {
		if len(names) > maxListed {
			names = append(slices.Clone(names[:maxListed]), fmt.Sprintf("%d more", len(names)-maxListed))
		}
		if len(names) > 0 {
			parts = append(parts, what+" "+strings.Join(names, ", "))
		}
	}
	list("SLO", c.SLOs)
	list("service", c.Services)
	var labels []string
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		labels = append(labels, name+"="+c.Labels[name])
	}
	list("label", labels)
	return strings.Join(parts, "; ")
}

// repeatWords says how an exclusion recurs.
func repeatWords(x slo.Exclusion) string {
	if x.Recurrence.IsZero() {
		return "once"
	}
	text := x.Recurrence.Rule + " in " + zoneOf(x)
	if n := len(x.Recurrence.Except); n > 0 {
		text += fmt.Sprintf(" but %d", n)
	}
	return text
}

// extentWords says what an exclusion leaves out.
func extentWords(x slo.Exclusion) string {
	return fmt.Sprintf("%s from %s, %s, of %s", lengthWords(x.Length), timeWords(x.Start), repeatWords(x), scopeWords(x.Scope))
}

// stateWords says what became of an approval.
func stateWords(a slo.Approval) string {
	switch a.State {
	case slo.ApprovalNotNeeded:
		return "in force and needs none"
	case slo.ApprovalPending:
		return "waiting"
	case slo.Approved:
		return "approved by " + a.By
	default:
		return "rejected by " + a.By
	}
}

// exclusionWords says what a change changed, of nothing if it makes x.
func exclusionWords(was, x slo.Exclusion) string {
	if was.Name == "" {
		return end(fmt.Sprintf("“%s”: %s. Reason: %s", x.Title, extentWords(x), x.Reason), x)
	}
	return end(differences(
		[3]string{"title", was.Title, x.Title}, [3]string{"reason", was.Reason, x.Reason}, [3]string{"kind", string(was.Kind), string(x.Kind)},
		[3]string{"scope", scopeWords(was.Scope), scopeWords(x.Scope)}, [3]string{"start", timeWords(was.Start), timeWords(x.Start)},
		[3]string{"length", lengthWords(was.Length), lengthWords(x.Length)}, [3]string{"recurrence", repeatWords(was), repeatWords(x)},
	), x)
}

// end says that an exclusion waits, if it does.
func end(text string, x slo.Exclusion) string {
	if x.Approval.State == slo.ApprovalPending {
		return strings.TrimSuffix(text, ".") + ". It reaches back and waits for an approval"
	}
	return text
}

func decisionWords(x slo.Exclusion) string {
	text := extentWords(x)
	if x.Approval.Note != "" {
		text += ". Note: " + x.Approval.Note
	}
	return text
}

// annotationWords says what a change of an annotation changed.
func annotationWords(was, a slo.Annotation) string {
	if was.Name == "" {
		return fmt.Sprintf("%s “%s” from %s to %s, of %s", a.Kind, a.Title, timeWords(a.From), timeWords(a.To), scopeWords(a.Scope))
	}
	return differences(
		[3]string{"kind", string(was.Kind), string(a.Kind)}, [3]string{"title", was.Title, a.Title}, [3]string{"url", was.URL, a.URL},
		[3]string{"scope", scopeWords(was.Scope), scopeWords(a.Scope)}, [3]string{"from", timeWords(was.From), timeWords(a.From)},
		[3]string{"to", timeWords(was.To), timeWords(a.To)}, [3]string{"labels", scopeWords(slo.Scope{Labels: was.Labels}), scopeWords(slo.Scope{Labels: a.Labels})},
	)
}

// differences lists what differs of name, before and after.
func differences(fields ...[3]string) string {
	var parts []string
	for _, f := range fields {
		if f[1] != f[2] {
			parts = append(parts, fmt.Sprintf("%s: “%s” → “%s”", f[0], f[1], f[2]))
		}
	}
	if len(parts) == 0 {
		return "nothing that a summary names changed"
	}
	return strings.Join(parts, "; ")
}
