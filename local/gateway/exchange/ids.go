package exchange

import (
	"encoding/base64"
	"math/rand/v2"

	"github.com/google/uuid"
)

// NewRequestID returns an id as REST APIs make them: a UUID.
func NewRequestID() string { return uuid.NewString() }

// NewExtendedID returns an id as HTTP and WebSocket APIs make them, and REST APIs their extended
// one: 15 characters of URL-safe base64 and "=".
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
	return string(id)
}
