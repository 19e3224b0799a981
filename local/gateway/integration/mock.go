package integration

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// MockStatus returns the status code that the rendered request template of a MOCK integration
// names. AWS reads more than JSON there: unquoted keys ({statusCode: 200}, as CDK writes it),
// single quotes, and anything between commas; a quoted number is refused. The error is an *Error.
func MockStatus(rendered []byte) (int, error) {
	status, strict := strictStatus(rendered)
	if !strict {
		status = looseStatus(strings.TrimSpace(string(rendered)))
	}
	number, err := strconv.Atoi(status)
	if err != nil {
		return 0, &Error{Kind: Misconfigured, Text: "Execution failed due to configuration error: " +
			"Unable to parse statusCode. It should be an integer that is defined in the " +
			"request template."}
	}
	return number, nil
}

// strictStatus reads a JSON object, of members with one name the last; ok is false when the text is
// none.
func strictStatus(rendered []byte) (status string, ok bool) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(rendered), jsontext.AllowDuplicateNames(true))
	if decoder.PeekKind() != '{' {
		return "", false
	}
	if _, err := decoder.ReadToken(); err != nil {
		return "", false
	}
	for decoder.PeekKind() == '"' {
		name, err := decoder.ReadToken()
		if err != nil {
			return "", false
		}
		isStatus := name.String() == "statusCode"
		value, err := decoder.ReadValue()
		if err != nil {
			return "", false
		}
		if isStatus {
			status = string(value)
		}
	}
	if _, err := decoder.ReadToken(); err != nil {
		return "", false
	}
	_, err := decoder.ReadToken()
	return status, errors.Is(err, io.EOF)
}

// looseStatus reads what stands in for an object: pairs between commas, braces in balance.
func looseStatus(text string) string {
	inner, open := strings.CutPrefix(text, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	if !open || !closed {
		return ""
	}
	pairs, balanced := splitPairs(inner)
	if !balanced {
		return ""
	}
	status := ""
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, ":")
		if unquoteKey(strings.TrimSpace(key)) == "statusCode" {
			status = strings.TrimSpace(value)
		}
	}
	return status
}

// splitPairs cuts at commas outside of braces.
func splitPairs(inner string) (pairs []string, balanced bool) {
	depth, start := 0, 0
	for i := range len(inner) {
		switch inner[i] {
		case '{':
			depth++
		case '}':
			depth--
		case ',':
			if depth == 0 {
				pairs = append(pairs, inner[start:i])
				start = i + 1
			}
		}
		if depth < 0 {
			return nil, false
		}
	}
	return append(pairs, inner[start:]), depth == 0
}

// unquoteKey takes a pair of equal quotes away; mismatched ones stay, so such a key is not found.
func unquoteKey(key string) string {
	for _, quote := range []string{`"`, `'`} {
		inner, open := strings.CutPrefix(key, quote)
		inner, closed := strings.CutSuffix(inner, quote)
		if open && closed {
			return inner
		}
	}
	return key
}
