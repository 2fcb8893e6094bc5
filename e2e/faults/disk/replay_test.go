package disk

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// written is a log in the making: writes of one sector, each filled with its
// own number, and flushes.
type written struct {
	bytes.Buffer
	n uint64
}

func (w *written) entry(sector, sectors, flags uint64, data []byte) {
	head := make([]byte, SectorSize)
	for i, v := range []uint64{sector, sectors, flags, uint64(len(data))} {
		binary.LittleEndian.PutUint64(head[8*i:], v)
	}
	w.Write(head)
	w.Write(data)
	w.n++
}

// log returns what was written as a log with its head.
func (w *written) log() *Log {
	head := make([]byte, SectorSize)
	binary.LittleEndian.PutUint64(head, logMagic)
	binary.LittleEndian.PutUint64(head[8:], 1)
	binary.LittleEndian.PutUint64(head[16:], w.n)
	binary.LittleEndian.PutUint32(head[24:], SectorSize)
	return newLog(bytes.NewReader(append(head, w.Bytes()...)))
}

const testSectors = 8

// TestACutKeepsWhatWasFlushed compares a cut with a model: a sector holds what
// was last written before the flush, or something that was written since.
func TestACutKeepsWhatWasFlushed(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		var w written
		cut := 0
		allowed := [testSectors]map[byte]bool{}
		for i := range allowed {
			allowed[i] = map[byte]bool{0: true}
		}
		last := [testSectors]byte{}
		n := rapid.IntRange(1, 40).Draw(t, "entries")
		until := rapid.IntRange(1, n).Draw(t, "cut")
		for i := range n {
			sector := rapid.IntRange(0, testSectors-1).Draw(t, "sector")
			length := rapid.IntRange(1, testSectors-sector).Draw(t, "length")
			flush := rapid.IntRange(0, 3).Draw(t, "kind") == 0
			if flush {
				w.entry(0, 0, flagFlush, nil)
			} else {
				w.entry(uint64(sector), uint64(length), 0, bytes.Repeat([]byte{byte(i + 1)}, length*SectorSize))
			}
			if i >= until {
				continue
			}
			cut++
			for s := range testSectors {
				switch {
				case flush:
					allowed[s] = map[byte]bool{last[s]: true}
				case s >= sector && s < sector+length:
					last[s] = byte(i + 1)
					allowed[s][last[s]] = true
				}
			}
		}
		l := w.log()
		require.NoError(t, l.advance())
		require.NoError(t, l.check())
		r, err := newReplay(l, filepath.Join(dir, "base"), testSectors*SectorSize)
		require.NoError(t, err)
		defer r.Close()
		image := filepath.Join(dir, "image")
		_, _, err = r.Cut(cut, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), image)
		require.NoError(t, err)
		got, err := os.ReadFile(image)
		require.NoError(t, err)
		for s := range testSectors {
			sector := got[s*SectorSize : (s+1)*SectorSize]
			require.True(t, allowed[s][sector[0]], "sector %d holds %d, allowed %v", s, sector[0], allowed[s])
			require.Equal(t, bytes.Repeat(sector[:1], SectorSize), sector, "a sector is torn")
		}
	})
}

// TestCutsForget makes sure that the simulated disk loses what it may lose: one
// that kept everything would find no defect.
func TestCutsForget(t *testing.T) {
	dir := t.TempDir()
	var w written
	for i := range 100 {
		w.entry(uint64(i), 4, 0, bytes.Repeat([]byte{1}, 4*SectorSize))
	}
	l := w.log()
	require.NoError(t, l.advance())
	r, err := newReplay(l, filepath.Join(dir, "base"), 200*SectorSize)
	require.NoError(t, err)
	defer r.Close()
	outstanding, lost, err := r.Cut(100, rand.New(rand.NewPCG(1, 2)), filepath.Join(dir, "image"))
	require.NoError(t, err)
	require.Equal(t, 100, outstanding)
	require.Greater(t, lost, 30)
	require.Less(t, lost, 90)
}

func TestALogThatIsNoneIsRefused(t *testing.T) {
	require.Error(t, newLog(bytes.NewReader(make([]byte, 4096))).check())
	var w written
	w.entry(0, 0, flagFlush, nil)
	require.ErrorContains(t, w.log().check(), "1 entries, of which 0 were read")
}

// TestAPlaceLiesBehindAllThatWasWritten makes a log as requests side by side do:
// the second has its room, and the third is there before it.
func TestAPlaceLiesBehindAllThatWasWritten(t *testing.T) {
	var w written
	w.entry(0, 1, 0, bytes.Repeat([]byte{1}, SectorSize))
	w.entry(1, 40, 0, bytes.Repeat([]byte{2}, 40*SectorSize))
	flushAt := int64(SectorSize + w.Len())
	w.entry(0, 0, flagFlush, nil)
	zerosAt := int64(SectorSize + w.Len())
	w.entry(2, 1, 0, make([]byte, SectorSize)) // zeros count by their header
	whole := w.log()
	require.NoError(t, whole.advance())

	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Truncate(1<<20))
	underWay := newLog(f)
	copied := func(from, to int64) Place {
		b := make([]byte, to-from)
		_, err := whole.r.ReadAt(b, from)
		require.NoError(t, err)
		_, err = f.WriteAt(b, from)
		require.NoError(t, err)
		require.NoError(t, underWay.advance())
		p, err := newest(f, underWay.next)
		require.NoError(t, err)
		return p
	}
	r := &Replay{log: whole}
	require.Equal(t, 0, r.Before(copied(0, SectorSize)), "a head")
	require.Equal(t, 1, r.Before(copied(SectorSize, 3*SectorSize)), "one request")
	require.Equal(t, 3, r.Before(copied(flushAt, zerosAt)), "a flush behind a write that is under way")
	require.Len(t, underWay.entries, 1)
	require.Equal(t, 4, r.Before(copied(zerosAt, zerosAt+2*SectorSize)), "a write of zeros")
}
