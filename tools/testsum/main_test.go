package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSummary(t *testing.T) {
	tests := map[string]struct {
		lines []string
		want  string // counts
		bad   bool
		shows []string
	}{
		"everything passes": {
			lines: []string{
				`{"Action":"run","Package":"p","Test":"TestA"}`,
				`{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}`,
				`{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}`,
				`{"Action":"pass","Package":"p","Elapsed":0.2}`,
			},
			want: "1 passed, 0 failed, 0 skipped, 1 packages",
		},
		"a failed test shows what it said": {
			lines: []string{
				`{"Action":"output","Package":"p","Test":"TestA","Output":"expected 1\n"}`,
				`{"Action":"fail","Package":"p","Test":"TestA"}`,
				`{"Action":"fail","Package":"p"}`,
			},
			want: "0 passed, 1 failed, 0 skipped, 1 packages", bad: true, shows: []string{"expected 1", "failed:  p TestA"},
		},
		"a package that does not compile is a failure": {
			lines: []string{
				`{"ImportPath":"p [p.test]","Action":"build-output","Output":"x.go:1: undefined: y\n"}`,
				`{"ImportPath":"p [p.test]","Action":"build-fail"}`,
				`{"Action":"output","Package":"p","Output":"FAIL p [build failed]\n"}`,
				`{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}`,
				`{"Action":"pass","Package":"q","Test":"TestB"}`,
				`{"Action":"pass","Package":"q"}`,
			},
			want: "1 passed, 1 failed, 0 skipped, 2 packages", bad: true, shows: []string{"undefined: y", "failed:  p"},
		},
		"a crash shows what it said under the test that ran": {
			lines: []string{
				`{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}`,
				`{"Action":"pass","Package":"p","Test":"TestA"}`,
				`{"Action":"output","Package":"p","Test":"TestB","Output":"fatal error: stack overflow\n"}`,
				`{"Action":"output","Package":"p","Output":"FAIL p 0.1s\n"}`,
				`{"Action":"fail","Package":"p"}`,
			},
			want: "1 passed, 1 failed, 0 skipped, 1 packages", bad: true, shows: []string{"stack overflow", "failed:  p"},
		},
		"a skip is named": {
			lines: []string{
				`{"Action":"pass","Package":"p","Test":"TestA"}`,
				`{"Action":"skip","Package":"p","Test":"TestB"}`,
				`{"Action":"pass","Package":"p"}`,
				`{"Action":"skip","Package":"without/tests"}`,
			},
			want: "1 passed, 0 failed, 1 skipped, 2 packages", shows: []string{"skipped: p TestB"},
		},
		"nothing run is bad": {
			want: "0 passed, 0 failed, 0 skipped, 0 packages", bad: true,
		},
		"what is not JSON is passed on": {
			lines: []string{"go: cannot find main module", `{"Action":"pass","Package":"p","Test":"TestA"}`},
			want:  "1 passed, 0 failed, 0 skipped, 0 packages", shows: []string{"cannot find main module"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var w strings.Builder
			s := newSummary(&w)
			require.NoError(t, s.read(strings.NewReader(strings.Join(tt.lines, "\n"))))
			s.finish()
			require.Equal(t, tt.want, s.counts())
			require.Equal(t, tt.bad, s.bad())
			for _, show := range tt.shows {
				require.Contains(t, w.String(), show)
			}
			require.NotContains(t, w.String(), "chatter")
		})
	}
}
