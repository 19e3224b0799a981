package replay

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
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

var placeholder = regexp.MustCompile(`\{\{(token|before\.)[^}]*\}\}`)

// Expand fills the placeholders of an event in: tokens, and fields of earlier answers.
func Expand(event json.RawMessage, token TokenFunc, before []json.RawMessage) (json.RawMessage, error) {
	var failed error
	expanded := placeholder.ReplaceAllStringFunc(string(event), func(found string) string {
		inner := strings.TrimSuffix(strings.TrimPrefix(found, "{{"), "}}")
		value, err := fill(inner, token, before)
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", found, err)
		}
		quoted, _ := json.Marshal(value) // a string always encodes
		return string(quoted[1 : len(quoted)-1])
	})
	return json.RawMessage(expanded), failed
}

func fill(inner string, token TokenFunc, before []json.RawMessage) (string, error) {
	if path, found := strings.CutPrefix(inner, "before."); found {
		return lookUp(path, before)
	}
	words := strings.Fields(inner)
	if words[0] != "token" || token == nil {
		return "", fmt.Errorf("no tokens can be minted here")
	}
	request, err := tokenRequest(words[1:])
	if err != nil {
		return "", err
	}
	return token(request)
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

// lookUp reads "0.body.id" out of the answers so far; strings that hold JSON are entered.
func lookUp(path string, before []json.RawMessage) (string, error) {
	index, rest, _ := strings.Cut(path, ".")
	n, err := strconv.Atoi(index)
	if err != nil || n < 0 || n >= len(before) {
		return "", fmt.Errorf("there is no earlier answer %q", index)
	}
	value, err := decode(before[n])
	if err != nil {
		return "", err
	}
	for name := range strings.SplitSeq(rest, ".") {
		object, ok := embedded(value).(map[string]any)
		if !ok {
			return "", fmt.Errorf("%q is not in an object of the answer %s", name, before[n])
		}
		if value, ok = object[name]; !ok {
			return "", fmt.Errorf("the answer has no %q: %s", name, before[n])
		}
	}
	if s, ok := value.(string); ok {
		return s, nil
	}
	return text(value), nil
}
