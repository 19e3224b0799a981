package model

import (
	"slices"
	"strings"
	"testing"
)

func TestPagesFollowEachOtherWhileItemsGo(t *testing.T) {
	all := strings.Split("a b c d e f g", " ")
	key := func(item string) string { return item }
	var seen []string
	token := ""
	for {
		shown, next, ok := Page(token, all, 3, key)
		if !ok {
			t.Fatalf("the token %q is not taken", token)
		}
		seen = append(seen, shown...)
		all = slices.DeleteFunc(all, func(item string) bool { return slices.Contains(shown, item) })
		if token = next; token == "" {
			break
		}
	}
	if got := strings.Join(seen, " "); got != "a b c d e f g" {
		t.Errorf("got %s", got)
	}
	for _, token := range []string{"x", "after-%", "3"} {
		if _, _, ok := Page(token, all, 3, key); ok {
			t.Errorf("the token %q is taken", token)
		}
	}
}
