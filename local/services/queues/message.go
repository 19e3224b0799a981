package queues

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// message is one message of a queue.
type message struct {
	id, body   string
	attributes map[string]Attribute
	trace      string // the system attribute AWSTraceHeader
	group      string // FIFO queues, and fair queues
	dedup      string
	sequence   uint64
	sent       time.Time
	visibleAt  time.Time
	first      time.Time // of the first receive
	receives   int
	receipt    string // of the latest receive
	source     string // the queue it failed in, for a dead-letter queue
}

// Attribute is a message attribute as the JSON protocol writes it.
type Attribute struct {
	DataType    string `json:"DataType"              xml:"DataType"`
	StringValue string `json:"StringValue,omitempty" xml:"StringValue,omitempty"`
	BinaryValue octets `json:"BinaryValue,omitempty" xml:"BinaryValue,omitempty"`
}

// octets are written in base64, by both protocols.
type octets []byte

// MarshalText writes base64.
func (o octets) MarshalText() ([]byte, error) {
	return []byte(base64.StdEncoding.EncodeToString(o)), nil
}

// UnmarshalText reads base64.
func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = base64.StdEncoding.DecodeString(string(text))
	return err
}

// size is what counts against the queue's limit: the body and the attributes.
func (m *message) size() int {
	n := len(m.body)
	for name, a := range m.attributes {
		n += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	return n
}

// allowedText says whether every character may stand in a message body: #x9, #xA, #xD and from
// #x20, without surrogates, #xFFFE and #xFFFF.
func allowedText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}

func md5Of(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// md5OfAttributes is the digest clients verify: names, types and values in the order of names, each
// behind its length. The result is "" for no attributes.
//
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
func md5OfAttributes(attributes map[string]Attribute) string {
	if len(attributes) == 0 {
		return ""
	}
	var text []byte
	add := func(part []byte) {
		text = binary.BigEndian.AppendUint32(text, uint32(len(part)))
		text = append(text, part...)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		add([]byte(name))
		add([]byte(a.DataType))
		if strings.HasPrefix(a.DataType, "Binary") {
			text = append(text, 2)
			add(a.BinaryValue)
			continue
		}
		text = append(text, 1)
		add([]byte(a.StringValue))
	}
	return md5Of(string(text))
}
