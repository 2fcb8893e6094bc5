package disk

import (
	"encoding/binary"
	"fmt"
	"io"
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
