package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// recordSize is how long a record of an index is.
const recordSize = 32

// record says of an event when it was, when it arrived, and where its text lies.
type record struct {
	at, ingested, offset int64
	length, stream       uint32
}

func (r *record) append(to []byte) []byte {
	to = binary.LittleEndian.AppendUint64(to, uint64(r.at))
	to = binary.LittleEndian.AppendUint64(to, uint64(r.ingested))
	to = binary.LittleEndian.AppendUint64(to, uint64(r.offset))
	to = binary.LittleEndian.AppendUint32(to, r.length)
	return binary.LittleEndian.AppendUint32(to, r.stream)
}

// scan reads an index to its end, and returns how many records it has.
func scan(from io.Reader, see func(record)) (count int64, err error) {
	reader := bufio.NewReaderSize(from, 64<<10)
	var raw [recordSize]byte
	for {
		if _, err := io.ReadFull(reader, raw[:]); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return count, nil
			}
			return count, err
		}
		see(record{
			at:       int64(binary.LittleEndian.Uint64(raw[0:])),
			ingested: int64(binary.LittleEndian.Uint64(raw[8:])),
			offset:   int64(binary.LittleEndian.Uint64(raw[16:])),
			length:   binary.LittleEndian.Uint32(raw[24:]),
			stream:   binary.LittleEndian.Uint32(raw[28:]),
		})
		count++
	}
}
