package smoke

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// masks are what differs from call to call in texts, in the order in which it is masked.
var masks = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`), "<id>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)`), "<time>"},
	{regexp.MustCompile(`[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT`), "<time>"},
	{regexp.MustCompile(`\b1\d{9}(\d{3})?\b`), "<time>"},
	{regexp.MustCompile(`\b\d{1,3}(\.\d{1,3}){3}\b`), "<address>"},
	{regexp.MustCompile(`arn:aws[a-z-]*:[^\s"',]+`), "<arn>"},
	{regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{26}\b`), "<id>"},
	{regexp.MustCompile(`\b[A-Za-z0-9_-]{14,}={1,2}`), "<id>"},
	{regexp.MustCompile(`\beyJ[\w.-]+`), "<token>"},
}

// maskedMember says of a member of JSON, by its name, that its value differs from call to call.
var maskedMember = regexp.MustCompile(`(?:^[iI]d|[a-z0-9](?:Id|ID|At)|_id|_at|^after|[cC]ursor|` +
	`^[eE][tT]ag|[tT]oken|[tT]ime)$`)

func mask(text string) string {
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.as)
	}
	return text
}

// maskBody returns the value of a JSON body with what differs masked; a text for any other body.
func maskBody(text string) any {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return mask(text)
	}
	return maskValue("", value)
}

func maskValue(name string, value any) any {
	switch value := value.(type) {
	case map[string]any:
		made := make(map[string]any, len(value))
		for member, inner := range value {
			made[member] = maskValue(member, inner)
		}
		return made
	case []any:
		made := make([]any, len(value))
		for i, inner := range value {
			made[i] = maskValue(name, inner)
		}
		return made
	case string:
		if maskedMember.MatchString(name) {
			return "<" + strings.ToLower(name) + ">"
		}
		return mask(value)
	case float64:
		if maskedMember.MatchString(name) {
			return "<" + strings.ToLower(name) + ">"
		}
	}
	return value
}

// alwaysCompared are the headers that clients look at, by the beginnings of their names.
var alwaysCompared = []string{
	"Access-Control-", "Allow", "Cache-Control", "Content-Type", "Etag", "Location", "Retry-After",
	"Vary", "Www-Authenticate", "X-Amzn-Errortype", "X-Amzn-Remapped-",
}

// compared returns the headers of two answers that matter, masked.
func compared(header http.Header, also []string) map[string]string {
	made := map[string]string{}
	for name, values := range header {
		matters := slices.ContainsFunc(alwaysCompared, func(beginning string) bool {
			return name == beginning ||
				strings.HasSuffix(beginning, "-") && strings.HasPrefix(name, beginning)
		})
		if matters || slices.Contains(also, name) {
			made[name] = mask(strings.Join(values, ", "))
		}
	}
	return made
}
