package replay

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"portico/shared/fixture"
)

// TokenRequest is what a {{token …}} placeholder asks for.
type TokenRequest struct {
	Use      string // access or id
	Scopes   []string
	Claims   map[string]any
	Lifetime time.Duration // negative: expired; 0: an hour
}

// TokenFunc mints a token.
type TokenFunc func(TokenRequest) (string, error)

// Expand fills the placeholders of an event in: tokens, and fields of earlier answers.
func Expand(event json.RawMessage, token TokenFunc, before []json.RawMessage) (json.RawMessage, error) {
	return fixture.Expand(event, token.words(), before)
}

// words mints the token that the words of a placeholder describe.
func (token TokenFunc) words() fixture.Token {
	if token == nil {
		return nil
	}
	return func(words []string) (string, error) {
		request, err := tokenRequest(words)
		if err != nil {
			return "", err
		}
		return token(request)
	}
}

func tokenRequest(words []string) (TokenRequest, error) {
	request := TokenRequest{Use: "access", Claims: map[string]any{}}
	for _, word := range words {
		name, value, found := strings.Cut(word, "=")
		if !found {
			return request, fmt.Errorf("%q is not name=value", word)
		}
		switch name {
		case "use":
			request.Use = value
		case "scope":
			request.Scopes = append(request.Scopes, strings.Split(value, ",")...)
		case "lifetime":
			lifetime, err := time.ParseDuration(value)
			if err != nil {
				return request, err
			}
			request.Lifetime = lifetime
		default:
			request.Claims[name] = value
		}
	}
	return request, nil
}
