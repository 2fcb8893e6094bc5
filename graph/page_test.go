package graph

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
)

// numbers is a list of numbers in the order of their text.
func numbers(n ...int) listing[int] {
	return listing[int]{kind: sloList, items: n, place: func(i int) place { return place{Sort: "s", ID: fmt.Sprintf("%03d", i)} }}
}

// TestPagesPartitionAList reads lists page by page, whatever the sizes.
func TestPagesPartitionAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfNDistinct(rapid.IntRange(0, 999), 0, 60, rapid.ID[int]).Draw(t, "items")
		list := numbers(want...)
		odd := rapid.Bool().Draw(t, "odd only")
		asked := 0
		if odd {
			list.keep = func(_ context.Context, items []int) ([]bool, error) {
				asked += len(items)
				keep := make([]bool, len(items))
				for i, n := range items {
					keep[i] = n%2 == 1
				}
				return keep, nil
			}
			want = slices.DeleteFunc(slices.Clone(want), func(n int) bool { return n%2 == 0 })
		}
		slices.Sort(want)
		var got []int
		var after *string
		for {
			p, err := list.page(context.Background(), rapid.IntRange(1, 10).Draw(t, "first"), after)
			require.NoError(t, err)
			got, after = append(got, p.Nodes...), p.PageInfo.EndCursor
			if !p.PageInfo.HasNextPage {
				break
			}
		}
		require.Equal(t, append([]int{}, want...), append([]int{}, got...))
	})
}

func TestAPageGoesOnWhereItsLastItemWasRemoved(t *testing.T) {
	p, err := numbers(1, 2, 3, 4).page(t.Context(), 2, nil)
	require.NoError(t, err)
	q, err := numbers(1, 3, 4).page(t.Context(), 2, p.PageInfo.EndCursor)
	require.NoError(t, err)
	require.Equal(t, []int{3, 4}, q.Nodes)
	require.False(t, q.PageInfo.HasNextPage)
}

func TestAPageOfNothingHasNoEnd(t *testing.T) {
	p, err := numbers().page(t.Context(), 5, nil)
	require.NoError(t, err)
	require.Nil(t, p.PageInfo.EndCursor)
	require.False(t, p.PageInfo.HasNextPage)
	require.Empty(t, p.Nodes)
	_, err = numbers(1).page(t.Context(), 0, nil)
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}

func TestAPageFailsWithItsFilter(t *testing.T) {
	list := numbers(1, 2)
	list.keep = func(context.Context, []int) ([]bool, error) { return nil, errPanic }
	_, err := list.page(t.Context(), 1, nil)
	require.True(t, errors.Is(err, errPanic))
}

func TestCursorsLeadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := place{Sort: rapid.String().Draw(t, "sort"), ID: rapid.String().Draw(t, "id")}
		got, err := placeOf(groupList, cursor(groupList, p))
		require.NoError(t, err)
		require.Equal(t, p, got)
		_, err = placeOf(sloList, cursor(groupList, p))
		require.Equal(t, fault.Invalid, fault.KindOf(err))
	})
}

// forge writes a cursor with a good check sum around any text.
func forge(text string) string {
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text)))
	return base64.RawURLEncoding.EncodeToString(append(sum, text...))
}

func TestForgedCursorsAreInvalid(t *testing.T) {
	good := cursor(sloList, place{Sort: "shop", ID: "api"})
	tests := map[string]string{
		"nothing":                    "",
		"no base64":                  "???",
		"too short for a check sum":  "AAA",
		"another check sum":          "A" + good[1:],
		"cut off":                    good[:len(good)-3],
		"padded":                     good + "=",
		"a list of another kind":     cursor(groupList, place{Sort: "shop", ID: "api"}),
		"two parts":                  forge(`["slo","shop"]`),
		"four parts":                 forge(`["slo","shop","api","x"]`),
		"an object":                  forge(`{"kind":"slo"}`),
		"numbers":                    forge(`["slo",1,2]`),
		"another spelling":           forge(`["slo", "shop", "api"]`),
		"text that is not UTF-8":     forge("[\"slo\",\"\xff\",\"api\"]"),
		"lists without end":          forge(strings.Repeat("[", 5_000)),
		"longer than any":            strings.Repeat("A", maxCursor+1),
		"trailing bits of the coder": good[:len(good)-1] + "_",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := placeOf(sloList, text)
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			require.Less(t, len(err.Error()), 300)
		})
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(cursor(sloList, place{Sort: "shop", ID: "api"}))
	f.Add(forge(`["slo","a","b"]`))
	f.Add(forge(`["slo","a"]`))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := placeOf(sloList, text)
		if err == nil {
			require.Equal(t, text, cursor(sloList, p), "a place has one cursor")
			return
		}
		require.Equal(t, fault.Invalid, fault.KindOf(err))
	})
}

func TestNumbersSortAsTexts(t *testing.T) {
	value := rapid.OneOf(
		rapid.Float64(),
		rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64, -math.MaxFloat64}),
	)
	rapid.Check(t, func(t *rapid.T) {
		a, b := value.Draw(t, "a"), value.Draw(t, "b")
		require.Equal(t, a < b, sortable(&a) < sortable(&b), "%v %v", a, b)
		require.Less(t, sortable(&a), sortable(nil), "what is absent comes last")
	})
	require.Equal(t, sortable(nil), sortable(new(math.NaN())))
}

func TestIDsLeadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(1, 60, 250).Draw(t, "name")
		got, err := nameOf(sloID, idOf(sloID, name))
		require.NoError(t, err)
		require.Equal(t, name, got)
		_, err = nameOf(serviceID, idOf(sloID, name))
		require.Equal(t, fault.Invalid, fault.KindOf(err))
	})
	for _, id := range []string{"", "?", idOf(sloID, ""), strings.Repeat("A", maxID+4), idOf(sloID, "a") + "="} {
		_, err := nameOf(sloID, id)
		require.Equal(t, fault.Invalid, fault.KindOf(err), id)
	}
}
