package model

import (
	"encoding/base64"
	"slices"
	"strings"
)

// pageMark is what tokens of pages begin with, before they are encoded: what does not is none.
const pageMark = "after:"

// Page returns the part of a list that a call asks for: the items behind the one that a token names,
// so many at most, and the token of the page that follows, "" when there is none. Keys tell items
// apart; where the one that a token names is gone, the page begins with the next greater one. Ok is
// false for what is no token.
func Page[T any](
	token string, all []T, most int, key func(T) string,
) (items []T, next string, ok bool) {
	if token != "" {
		text, err := base64.RawURLEncoding.DecodeString(token)
		last, marked := strings.CutPrefix(string(text), pageMark)
		if err != nil || !marked {
			return nil, "", false
		}
		first := slices.IndexFunc(all, func(one T) bool { return key(one) == last }) + 1
		if first == 0 {
			first = slices.IndexFunc(all, func(one T) bool { return key(one) > last })
		}
		if first < 0 {
			first = len(all)
		}
		all = all[first:]
	}
	most = max(most, 0)
	if len(all) <= most || most == 0 {
		return all[:min(most, len(all))], "", true
	}
	token = pageMark + key(all[most-1])
	return all[:most], base64.RawURLEncoding.EncodeToString([]byte(token)), true
}

// Shown returns what is shown of items, as a list of an Object.
func Shown[T any](items []T, show func(T) any) []any {
	all := make([]any, 0, len(items))
	for _, one := range items {
		all = append(all, show(one))
	}
	return all
}

// Pairs returns the tags of a resource as a list of Key and Value, by their keys.
func Pairs(tags map[string]string) []any {
	return Shown(TextObject(tags).Keys(), func(key string) any {
		return Object{"Key": key, "Value": tags[key]}
	})
}

// OfPairs is the inverse of Pairs, for a list that was given; the last of a key counts.
func OfPairs(given []Object) map[string]string {
	tags := make(map[string]string, len(given))
	for _, one := range given {
		tags[one.Text("Key")] = one.Text("Value")
	}
	return tags
}
