package remote

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// maxFrame is the longest frame that is taken. Servers split at 1 MiB unless told
// otherwise.
const maxFrame = 16 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errChecksum says that a frame is not what was sent. A server that fails in the
// middle of an answer writes the reason behind the frames, which ends here too.
var errChecksum = errors.New("a frame of the answer has a wrong checksum")

// frameReader splits an answer of streamed remote read into its frames: the
// length as a varint, the CRC-32 (Castagnoli) in four bytes, the message.
type frameReader struct {
	r   *bufio.Reader
	buf []byte
}

// next returns the next message, valid until the next call; io.EOF is the proper
// end.
func (f *frameReader) next() ([]byte, error) {
	size, err := binary.ReadUvarint(f.r)
	if err != nil {
		return nil, err
	}
	if size > maxFrame {
		return nil, fmt.Errorf("a frame of the answer has %d bytes, more than %d", size, maxFrame)
	}
	var sum [4]byte
	if _, err := io.ReadFull(f.r, sum[:]); err != nil {
		return nil, torn(err)
	}
	if uint64(cap(f.buf)) < size {
		f.buf = make([]byte, size)
	}
	f.buf = f.buf[:size]
	if _, err := io.ReadFull(f.r, f.buf); err != nil {
		return nil, torn(err)
	}
	if crc32.Checksum(f.buf, castagnoli) != binary.BigEndian.Uint32(sum[:]) {
		return nil, errChecksum
	}
	return f.buf, nil
}

// torn tells an end inside of a frame from one between frames.
func torn(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
