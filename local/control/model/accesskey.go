package model

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
)

// NewAccessKey returns an access key id that begins with AKIA or ASIA, and its secret.
func NewAccessKey(prefix string) (id, secret string) {
	made := make([]byte, 10)
	_, _ = rand.Read(made) // never fails
	return prefix + base32.StdEncoding.EncodeToString(made), NewSecret(30)
}

// NewSecret returns as many random bytes, in base64.
func NewSecret(length int) string {
	made := make([]byte, length)
	_, _ = rand.Read(made) // never fails
	return base64.StdEncoding.EncodeToString(made)
}
