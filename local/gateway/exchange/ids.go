package exchange

import (
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"

	"github.com/google/uuid"
)

// NewRequestID returns an id as REST APIs make them: a random UUID. It names a call and guards
// nothing, so its randomness is the fast one.
func NewRequestID() string {
	var id uuid.UUID
	binary.LittleEndian.PutUint64(id[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(id[8:], rand.Uint64())
	id[6] = id[6]&0x0f | 0x40 // version 4
	id[8] = id[8]&0x3f | 0x80 // variant 10
	return id.String()
}

// NewExtendedID returns an id as HTTP and WebSocket APIs make them, and REST APIs their extended
// one: 15 characters of URL-safe base64 and "=". It does not begin with "-", so that it can be typed
// as a command's argument.
func NewExtendedID() string {
	var raw [12]byte
	a, b := rand.Uint64(), rand.Uint32()
	for i := range 8 {
		raw[i] = byte(a >> (8 * i))
	}
	for i := range 4 {
		raw[8+i] = byte(b >> (8 * i))
	}
	id := make([]byte, 16)
	base64.URLEncoding.Encode(id, raw[:])
	id[15] = '='
	if id[0] == '-' {
		id[0] = 'A'
	}
	return string(id)
}
