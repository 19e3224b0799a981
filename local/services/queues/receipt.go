package queues

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
)

// newReceipt makes the handle of one receive: it names the message, and is different every time.
func newReceipt(id string) string {
	return base64.StdEncoding.EncodeToString([]byte(id + " " + rand.Text()))
}

func idOfReceipt(receipt string) (id string, ok bool) {
	text, err := base64.StdEncoding.DecodeString(receipt)
	if err != nil {
		return "", false
	}
	id, _, ok = strings.Cut(string(text), " ")
	return id, ok
}
