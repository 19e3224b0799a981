package smoke

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"portico/local/replay"
)

// Where a case may be asked alone.
const (
	onlyRunner = "runner"
	onlyAWS    = "aws"
)

// Target is where the APIs are, and how one comes in.
type Target struct {
	Name   string            // for people: the runner, portico-prod-*
	Runner bool              // it is a runner
	URLs   map[string]string // by name of the API, or by its end
	// Token returns a token; a *NeedError says that it cannot be had.
	Token func(context.Context, replay.TokenRequest) (string, error)
	// Key is the value of an API key; "" for none.
	Key string
}

// NeedError says what a case needs that a target has not: it is skipped.
type NeedError struct{ What string }

// Error says it.
func (e *NeedError) Error() string { return "needs " + e.What }

func need(format string, args ...any) error { return &NeedError{What: fmt.Sprintf(format, args...)} }

// url returns where an API is: by its whole name, or by the one name that ends with it.
func (t *Target) url(api string) (string, error) {
	if at, found := t.URLs[api]; found {
		return at, nil
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(t.URLs)) {
		if strings.HasSuffix(name, "-"+api) || strings.HasSuffix(api, "-"+name) {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 1:
		return t.URLs[found[0]], nil
	case 0:
		return "", need("the address of API %s: %s", api, t.known())
	}
	return "", fmt.Errorf("API %s may be any of %s", api, strings.Join(found, ", "))
}

func (t *Target) known() string {
	if len(t.URLs) == 0 {
		return t.Name + " has none"
	}
	return t.Name + " has " + strings.Join(slices.Sorted(maps.Keys(t.URLs)), ", ")
}

// fill puts tokens, the API key and parts of earlier answers in their places.
func (t *Target) fill(ctx context.Context, c Case, before []json.RawMessage) (Case, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return Case{}, err
	}
	if strings.Contains(string(text), "{{key}}") {
		if t.Key == "" {
			return Case{}, need("an API key: --api-key VALUE")
		}
		quoted, _ := json.Marshal(t.Key) // a text always encodes
		text = []byte(strings.ReplaceAll(string(text), "{{key}}", string(quoted[1:len(quoted)-1])))
	}
	text, err = replay.Expand(text, func(asked replay.TokenRequest) (string, error) {
		if t.Token == nil {
			return "", need("a token: --token, or --client-id and --client-secret")
		}
		return t.Token(ctx, asked)
	}, before)
	if err != nil {
		return Case{}, err
	}
	var made Case
	if err := json.Unmarshal(text, &made); err != nil {
		return made, fmt.Errorf("filling case %q: %w", c.Name, err)
	}
	return made, nil
}

// serves says whether a case may be asked here.
func (t *Target) serves(c *Case) error {
	switch {
	case c.Only == onlyRunner && !t.Runner:
		return need("a runner")
	case c.Only == onlyAWS && t.Runner:
		return need("AWS")
	}
	return nil
}

// needed returns why a case is skipped; "" when err is something else.
func needed(err error) string {
	var need *NeedError
	if errors.As(err, &need) {
		return need.Error()
	}
	return ""
}
