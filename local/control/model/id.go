package model

import "crypto/rand"

// NewID returns an id of letters and digits that nothing has yet, as API Gateway's are.
func NewID[V any](length int, taken map[string]V) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	for {
		made := make([]byte, length)
		_, _ = rand.Read(made) // never fails
		for i := range made {
			made[i] = letters[int(made[i])%len(letters)]
		}
		if _, is := taken[string(made)]; !is {
			return string(made)
		}
	}
}
