package smoke

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"portico/shared/fixture"
)

// judge returns what an answer has other than a case expects.
func judge(c *Case, got *Answer) []string {
	if got.Failure != "" {
		return []string{got.Failure}
	}
	var all []string
	if got.Status != c.Expect.Status {
		all = append(all, fmt.Sprintf("status: got %d, want %d; body %.200q", got.Status,
			c.Expect.Status, got.Body))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Expect.Headers)) {
		if fault := judgeHeader(got.Header, name, c.Expect.Headers[name]); fault != "" {
			all = append(all, fault)
		}
	}
	if c.Expect.Body != nil {
		all = append(all, judgeText("body", c.Expect.Body, got.Body)...)
	}
	for i := range c.Messages {
		if got.Status == http.StatusSwitchingProtocols {
			all = append(all, judgeMessage(i, &c.Messages[i], got.Messages)...)
		}
	}
	return all
}

func judgeHeader(header http.Header, name, want string) string {
	values := header.Values(name)
	got := strings.Join(values, ", ")
	matches, _ := headerMatcher(want) // it was compiled when the case was read
	switch {
	case want == "" && len(values) > 0:
		return fmt.Sprintf("header %s: got %q, want none", name, got)
	case want == "":
	case len(values) == 0:
		return fmt.Sprintf("header %s: missing, want %q", name, want)
	case want == "*":
	case matches != nil && !matches.MatchString(got), matches == nil && got != want:
		return fmt.Sprintf("header %s: got %q, want %q", name, got, want)
	}
	return ""
}

// judgeText holds a text against an expected value: a text as it is, others as JSON.
func judgeText(place string, want any, got string) []string {
	if text, ok := want.(string); ok && !strings.HasPrefix(text, "{{") {
		if text == got {
			return nil
		}
		return []string{fmt.Sprintf("%s: got %.200q, want %.200q", place, got, text)}
	}
	encoded, err := json.Marshal(want)
	if err != nil {
		return []string{place + ": " + err.Error()}
	}
	read := json.RawMessage(got)
	if !json.Valid(read) { // a matcher may want a text
		read, _ = json.Marshal(got) // a text always encodes
	}
	all := fixture.Compare(encoded, read)
	for i, difference := range all {
		all[i] = place + " " + difference
	}
	return all
}

func judgeMessage(i int, want *Message, replies []Reply) []string {
	place := fmt.Sprintf("message %d", i+1)
	if i >= len(replies) {
		return []string{place + ": was not sent, because the connection had ended"}
	}
	switch got := replies[i]; {
	case got.Failure != "":
		return []string{place + ": " + got.Failure}
	case want.Closed != got.Closed:
		return []string{fmt.Sprintf("%s: got %s, want %s", place, said(got.Closed), said(want.Closed))}
	case want.Receive != nil:
		return judgeText(place, want.Receive, got.Text)
	}
	return nil
}

func said(closed int) string {
	if closed == 0 {
		return "an open connection"
	}
	return fmt.Sprintf("a close with %d", closed)
}
