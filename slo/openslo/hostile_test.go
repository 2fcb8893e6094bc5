package openslo

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// aliasBomb nests lists of width aliases, levels deep.
func aliasBomb(levels, width int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "a0: &a0 [%sx]\n", strings.Repeat("x,", width))
	for i := 1; i < levels; i++ {
		alias := fmt.Sprintf("*a%d", i-1)
		fmt.Fprintf(&b, "a%d: &a%d [%s%s]\n", i, i, strings.Repeat(alias+",", width), alias)
	}
	return b.String()
}

// mergeChain doubles the keys that are merged at each level.
func mergeChain(levels int) string {
	var b strings.Builder
	b.WriteString("m0: &m0 {x: 1}\n")
	for i := 1; i < levels; i++ {
		fmt.Fprintf(&b, "m%d: &m%d {<<: [*m%[3]d, *m%[3]d]}\n", i, i, i-1)
	}
	return b.String()
}

// fill repeats a unit up to just below MaxFile, or below the limit on marks.
func fill(before, unit, after string) string {
	n := (MaxFile - len(before) - len(after)) / len(unit)
	if per := marks([]byte(unit)); per > 0 {
		n = min(n, (maxMarks-100-marks([]byte(before+after)))/per)
	}
	return before + strings.Repeat(unit, n) + after
}

// inSpec puts hostile content where a document may hold anything.
func inSpec(content string) string {
	return "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: a}\nspec:\n  type: x\n  connectionDetails:\n    " +
		strings.ReplaceAll(strings.TrimRight(content, "\n"), "\n", "\n    ") + "\n"
}

var hostile = map[string]string{
	"an alias bomb":                          aliasBomb(7, 8),
	"an alias bomb in free content":          inSpec(aliasBomb(7, 8)),
	"many small alias bombs":                 strings.Repeat("---\n"+inSpec(aliasBomb(3, 10)), 300),
	"a chain of merges":                      mergeChain(25),
	"a chain of merges in free content":      inSpec(mergeChain(15)),
	"200,000 brackets":                       strings.Repeat("[", 200_000),
	"100,000 braces":                         strings.Repeat("{a: ", 100_000),
	"as many brackets as are read":           strings.Repeat("[", maxMarks-1),
	"500,000 list items":                     strings.Repeat("- a\n", 500_000),
	"as many list items as are read":         fill("", "- a\n", ""),
	"as many flow items as are read":         fill("[", "a,", "a]"),
	"as many keys as are read":               fill("{", "a,", "b}"),
	"commented items":                        fill("", "- a #x\n", ""),
	"comments between dashes":                fill("", "-\n#\n", ""),
	"commented keys":                         fill("", "a:\n #x\n", ""),
	"comments":                               fill("", "#\n", ""),
	"a huge integer":                         "a: !!int " + strings.Repeat("9", 200_000),
	"a huge number in free content":          inSpec("a: " + strings.Repeat("9", 200_000)),
	"dashes in one line":                     strings.Repeat("- ", 9_000),
	"lines of dashes":                        strings.Repeat(strings.Repeat("- ", 2_000)+"x\n", 19),
	"question marks":                         strings.Repeat("? ", 30_000),
	"a folded line":                          fill("a: b\n", " b\n", ""),
	"a huge key":                             strings.Repeat("k", MaxFile-10) + ": 1",
	"documents":                              fill("", "---\na: b\n", ""),
	"documents of one flow line":             fill("", "---\n{"+strings.Repeat("a: b,", 30)+"}\n", ""),
	"documents of nested flow lines":         fill("", "---\n"+strings.Repeat("{a: ", 30)+strings.Repeat("}", 30)+"\n", ""),
	"documents of flow maps":                 fill("", "---\n["+strings.Repeat("{a: b},", 50)+"]\n", ""),
	"empty documents":                        fill("", "---\n", ""),
	"unknown keys":                           unknownKeys(),
	"free content":                           inSpec(unknownKeys()),
	"a key that is nearly known, many times": fill("apiVersion: openslo/v1\nkind: SLO\nspec: {", "objectivess: 1, ", "a: 1}"),
	"a file of blanks":                       strings.Repeat(" ", MaxFile),
	"a file of zeros":                        strings.Repeat("\x00", MaxFile),
	"no UTF-8":                               strings.Repeat("\xff\xfe", 1000),
	"more than a mebibyte":                   strings.Repeat("a", MaxFile+1),
	"targets of many digits":                 fill("apiVersion: openslo/v1\nkind: SLO\nspec:\n objectives:\n", " - {target: 0.9999999999999999999999999}\n", ""),
	"tags":                                   fill("[", "!a b,", "]"),
	"anchors":                                fill("", "- &a x\n", ""),
	"quoted keys":                            fill("{", "\"a\" ,", "}"),
	"exclusions of every hour":               fill(ratioSLO+"\n", exclusionOf("FREQ=HOURLY;COUNT=9999", ""), ""),
	"exclusions of every hour for long":      fill("", exclusionOf("FREQ=HOURLY;UNTIL=20990101T000000Z", ""), ""),
	"exclusions of a day that never comes":   fill("", exclusionOf("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9", ""), ""),
	"exceptions of every hour":               fill("", exclusionOf("FREQ=HOURLY;COUNT=9999", "2027-02-15T01:00:00Z"), ""),
	"exceptions of a day that never comes":   fill("", exclusionOf("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9", "9999-02-15T01:00:00Z"), ""),
	"exceptions one by one":                  fill("", exclusionOf("FREQ=HOURLY;COUNT=9999", strings.Repeat("2026-05-01T01:00:00Z,", maxExcept)), ""),
	"scopes of nothing":                      fill("", strings.Replace(exclusionOf("FREQ=YEARLY", ""), "slos: [checkout-availability]", "slos: ["+strings.Repeat("a,", maxScope)+"]", 1), ""),
}

// exclusionOf is an exclusion that recurs, but at some times.
func exclusionOf(rule, except string) string {
	return "---\napiVersion: hindcast/v1\nkind: Exclusion\nmetadata:\n  name: a\nspec:\n  reason: r\n  kind: OTHER\n  scope:\n    slos: [checkout-availability]\n" +
		"  start: 2026-01-01T01:00:00Z\n  length: 1h\n  recurrence:\n    rrule: " + rule + "\n    timeZone: UTC\n    except: [" + except + "]\n"
}

func unknownKeys() string {
	var b strings.Builder
	b.WriteString("apiVersion: openslo/v1\nkind: Service\n")
	for i := range maxMarks/2 - 100 {
		fmt.Fprintf(&b, "metadatas%d: 1\n", i)
	}
	return b.String()
}

// TestHostileFilesAreAnsweredQuickly holds every file to 250 ms of CPU and to
// 64 MiB of memory allocated in total, which bounds what is held at once.
func TestHostileFilesAreAnsweredQuickly(t *testing.T) {
	if raced {
		t.Skip("the race detector multiplies time and memory; run without -race")
	}
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			file := File{Path: "x.yaml", Text: []byte(text)}
			runtime.GC()
			defer debug.SetGCPercent(debug.SetGCPercent(400)) // less noise from what other tests left
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			cpu := cpuTime()
			docs, problems := Parse(file, stubs)
			Link(docs)
			cpu = cpuTime() - cpu
			runtime.ReadMemStats(&after)
			allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
			t.Logf("%7d bytes: %v CPU, %d MiB allocated, %d problems", len(text), cpu.Round(time.Millisecond), allocated, len(problems))
			require.LessOrEqual(t, len(problems), maxProblems)
			require.LessOrEqual(t, allocated, uint64(64))
			require.LessOrEqual(t, cpu, 250*time.Millisecond)
		})
	}
}

// cpuTime returns the processor time that this process has used.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// TestALargeHonestFileIsRead reads the largest file that the limits are made for.
func TestALargeHonestFileIsRead(t *testing.T) {
	var b strings.Builder
	per := marks([]byte(ratioSLO)) + 10
	for i := range maxMarks / per {
		b.WriteString("---" + strings.Replace(ratioSLO, "name: checkout-availability", fmt.Sprintf("name: slo-%d", i), 1))
		b.WriteString("  # what is below explains at some length why the target is what it is, as people do\n")
	}
	docs, problems := Parse(File{Path: "large.yaml", Text: []byte(b.String())}, stubs)
	require.Empty(t, problems)
	set, problems := Link(docs)
	require.Empty(t, problems)
	require.Greater(t, len(set.SLOs), 450)
}

// linesOf counts the lines of a text as YAML does.
func linesOf(text string) int {
	lines := 1
	for _, brk := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
		lines += strings.Count(text, brk)
	}
	return lines
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(ratioSLO))
	f.Add([]byte("\r\rs"))
	for _, name := range []string{"an alias bomb in free content", "a chain of merges in free content"} {
		f.Add([]byte(hostile[name]))
	}
	for _, text := range goldenTexts(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		docs, problems := Parse(File{Path: "x.yaml", Text: text}, stubs)
		_, more := Link(docs)
		lines := linesOf(string(text))
		for _, p := range append(problems, more...) {
			require.Equal(t, "x.yaml", p.File)
			require.NotEmpty(t, p.Text)
			require.True(t, p.Line >= 1 && p.Line <= lines+1 && p.Column >= 1, "%v in %d lines", p, lines)
		}
	})
}
