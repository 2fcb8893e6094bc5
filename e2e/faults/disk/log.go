package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// SectorSize is what a disk writes as a whole: a torn write is torn here.
const SectorSize = 512

// The flags of an entry, as the block log of the kernel's dm-log-writes has
// them, which qemu's blklogwrites writes too.
const (
	flagFlush = 1 << iota
	flagFUA
	flagDiscard
	flagMark
)

// logMagic begins the first sector of a log.
const logMagic = 0x6a736677736872

// Entry is one request that the device got.
type Entry struct {
	Sector, Sectors uint64
	Flags           uint64
	data            int64 // where its data begins in the log
}

// Flush reports whether everything written before the entry was made to last.
func (e Entry) Flush() bool { return e.Flags&flagFlush != 0 }

// begins is where the header of the entry lies in the log.
func (e Entry) begins() int64 { return e.data - SectorSize }

// writes reports whether the entry changes the device.
func (e Entry) writes() bool { return e.Sectors > 0 && e.Flags&flagMark == 0 }

// Log reads a log while it is being written, in order.
type Log struct {
	r       io.ReaderAt
	next    int64
	entries []Entry
}

// newLog begins to read behind the head, which is written now and then only.
func newLog(r io.ReaderAt) *Log { return &Log{r: r, next: SectorSize} }

// check reads the head, which is there when the recording has ended.
func (l *Log) check() error {
	var head [28]byte
	if _, err := l.r.ReadAt(head[:], 0); err != nil {
		return fmt.Errorf("read the head of the block log: %w", err)
	}
	size, n := binary.LittleEndian.Uint32(head[24:]), binary.LittleEndian.Uint64(head[16:])
	if m := binary.LittleEndian.Uint64(head[:]); m != logMagic || size != SectorSize {
		return fmt.Errorf("block log begins with %#x and sectors of %d bytes; want %#x and %d", m, size, logMagic, SectorSize)
	}
	if n != uint64(len(l.entries)) {
		return fmt.Errorf("block log has %d entries, of which %d were read", n, len(l.entries))
	}
	return nil
}

// advance reads the entries that were added since the last call. The count of
// entries in the head is not used: it is brought up to date now and then only. A
// header of zeros is what follows the last entry.
func (l *Log) advance() error {
	for {
		var h [32]byte
		if _, err := l.r.ReadAt(h[:], l.next); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read entry %d of the block log: %w", len(l.entries), err)
		}
		e := Entry{
			Sector: binary.LittleEndian.Uint64(h[:]), Sectors: binary.LittleEndian.Uint64(h[8:]),
			Flags: binary.LittleEndian.Uint64(h[16:]), data: l.next + SectorSize,
		}
		if e.Sectors == 0 && e.Flags == 0 {
			return nil
		}
		l.next = e.data
		if e.Flags&flagDiscard == 0 {
			l.next += int64(e.Sectors) * SectorSize
		}
		l.entries = append(l.entries, e)
	}
}

// Place is a place in a log: behind the newest thing that was written to it.
type Place int64

// The seeks of sparse files, see lseek(2).
const (
	seekData = 3
	seekHole = 4
)

// newest returns the place behind the last sector that is not of zeros, at or
// behind from. Requests get their room in the log in order and fill it in any,
// so that data may lie behind a header that is not there yet.
func newest(f *os.File, from int64) (Place, error) {
	end := from
	for at := from; ; {
		data, err := f.Seek(at, seekData)
		if errors.Is(err, syscall.ENXIO) {
			break
		}
		if err != nil {
			return 0, fmt.Errorf("look for data behind byte %d of the block log: %w", at, err)
		}
		if at, err = f.Seek(data, seekHole); err != nil {
			return 0, fmt.Errorf("look for the end of data at byte %d of the block log: %w", data, err)
		}
		end = at
	}
	return trim(f, from, end)
}

// trim takes the sectors of zeros off the end of what lies between two places:
// files have data by the page.
func trim(f io.ReaderAt, from, end int64) (Place, error) {
	var sector [SectorSize]byte
	for ; end > from; end -= SectorSize {
		if _, err := f.ReadAt(sector[:], end-SectorSize); err != nil {
			return 0, fmt.Errorf("read sector %d of the block log: %w", end/SectorSize-1, err)
		}
		if sector != [SectorSize]byte{} {
			break
		}
	}
	return Place(end), nil
}
