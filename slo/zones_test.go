package slo_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A second reader of zone data, for tests: it shares nothing with package time,
// so that a window's boundaries are checked against the database itself.

// stretch is a time with one offset from UTC, from an instant on.
type stretch struct{ from, offset int64 }

// zoneData is the history of a zone from 1999 to 2040.
type zoneData []stretch

// zoneFiles returns the zones that come with Go: name → compiled data.
func zoneFiles(t testing.TB) map[string][]byte {
	t.Helper()
	r, err := zip.OpenReader(filepath.Join(runtime.GOROOT(), "lib", "time", "zoneinfo.zip")) //nolint:staticcheck // the tool chain that runs the test
	require.NoError(t, err, "Go's own zone data")
	defer r.Close()
	files := make(map[string][]byte)
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		open, err := f.Open()
		require.NoError(t, err)
		files[f.Name], err = io.ReadAll(open)
		require.NoError(t, err)
	}
	require.Greater(t, len(files), 400)
	return files
}

// parseZone reads the second, 64-bit part of a TZif file (RFC 9636) and extends
// it by the rule in its footer.
func parseZone(t testing.TB, data []byte) zoneData {
	t.Helper()
	isUTC, isStd, leap, times, types, chars := header(data)
	data = data[44+times*4+times+types*6+chars+leap*8+isStd+isUTC:]
	isUTC, isStd, leap, times, types, chars = header(data)
	body := data[44:]
	index := body[times*8:]
	info := index[times:]
	offset := func(i int) int64 { return int64(int32(binary.BigEndian.Uint32(info[i*6:]))) }
	zone := zoneData{{math.MinInt64, offset(0)}}
	for i := range times {
		zone = append(zone, stretch{int64(binary.BigEndian.Uint64(body[i*8:])), offset(int(index[i]))})
	}
	footer := info[types*6+chars+leap*12+isStd+isUTC:]
	zone = zone.extend(t, string(bytes.Trim(footer, "\n")))
	first, _ := slices.BinarySearchFunc(zone, 915_148_800, func(s stretch, at int64) int { return cmp.Compare(s.from, at) })
	return zone[max(0, first-1):]
}

func header(data []byte) (isUTC, isStd, leap, times, types, chars int) {
	at := func(i int) int { return int(binary.BigEndian.Uint32(data[20+4*i:])) }
	return at(0), at(1), at(2), at(3), at(4), at(5)
}

// extend adds what a POSIX rule such as "CET-1CEST,M3.5.0,M10.5.0/3" says after
// the last explicit change.
func (z zoneData) extend(t testing.TB, rule string) zoneData {
	t.Helper()
	parts := strings.Split(rule, ",")
	standard, rest := posixOffset(parts[0])
	if len(parts) == 1 {
		return append(z, stretch{max(z[len(z)-1].from, math.MinInt64+1), standard})
	}
	summer := standard + 3600
	if own := afterName(rest); own != "" {
		summer = -clock(own)
	}
	last := z[len(z)-1].from
	var more zoneData
	for year := 1990; year <= 2040; year++ {
		more = append(more,
			stretch{posixChange(t, parts[1], year) - standard, summer},
			stretch{posixChange(t, parts[2], year) - summer, standard})
	}
	slices.SortFunc(more, func(a, b stretch) int { return int(a.from - b.from) })
	for _, s := range more {
		if s.from > last {
			z = append(z, s)
		}
	}
	return z
}

// posixOffset reads a zone's name and its offset, which POSIX counts westward,
// and returns the rest.
func posixOffset(text string) (offset int64, rest string) {
	text = afterName(text)
	end := strings.IndexFunc(text, func(c rune) bool { return !strings.ContainsRune("+-:0123456789", c) })
	if end < 0 {
		end = len(text)
	}
	return -clock(text[:end]), text[end:]
}

// afterName returns text behind the name of a zone.
func afterName(text string) string {
	if strings.HasPrefix(text, "<") {
		return text[strings.Index(text, ">")+1:]
	}
	return strings.TrimLeft(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}

// clock reads "[-]h[:m[:s]]" in seconds.
func clock(text string) int64 {
	text, negative := strings.CutPrefix(strings.TrimPrefix(text, "+"), "-")
	var sum, unit int64 = 0, 3600
	for part := range strings.SplitSeq(text, ":") {
		n, _ := strconv.ParseInt(part, 10, 64)
		sum += n * unit
		unit /= 60
	}
	if negative {
		return -sum
	}
	return sum
}

// posixChange returns the civil second, as if UTC, of "Mm.w.d[/time]" in a year.
func posixChange(t testing.TB, rule string, year int) int64 {
	t.Helper()
	date, at, ok := strings.Cut(rule, "/")
	seconds := int64(7200)
	if ok {
		seconds = clock(at)
	}
	var month, week, weekday int
	_, err := fmt.Sscanf(date, "M%d.%d.%d", &month, &week, &weekday)
	require.NoError(t, err, "rule %q", rule)
	first := time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
	d := first.AddDate(0, 0, (weekday-int(first.Weekday())+7)%7+7*(week-1))
	for d.Month() != time.Month(month) {
		d = d.AddDate(0, 0, -7)
	}
	return d.Unix() + seconds
}

// firstShowing returns the least t whose local time is civil or later. It can
// only be the beginning of a stretch or civil − offset of one; all of those near
// civil are tried.
func (z zoneData) firstShowing(civil int64) int64 {
	near, _ := slices.BinarySearchFunc(z, civil-3*86_400, func(s stretch, at int64) int {
		if s.from < at {
			return -1
		}
		return 1
	})
	best := int64(math.MaxInt64)
	for i := max(0, near-1); i < len(z) && z[i].from < civil+3*86_400; i++ {
		end := int64(math.MaxInt64)
		if i+1 < len(z) {
			end = z[i+1].from
		}
		for _, t := range [...]int64{z[i].from, civil - z[i].offset} {
			if z[i].from <= t && t < end && t+z[i].offset >= civil {
				best = min(best, t)
			}
		}
	}
	return best
}
