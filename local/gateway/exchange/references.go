package exchange

import (
	"slices"
	"strings"
)

// Piece is a part of a text with references: literal text, or the name of what is referred to.
type Piece struct {
	Text string // as written, also of a reference
	Name string // "context.requestId"; "" for literal text
}

// SplitReferences cuts text at its references to roots: "$context.requestId" and
// "${context.requestId}" for the root "context". Any other "$" is literal text.
func SplitReferences(text string, roots ...string) []Piece {
	var pieces []Piece
	literal := 0
	for at := 0; at < len(text); {
		name, length := reference(text[at:], roots)
		if length == 0 {
			at++
			continue
		}
		if at > literal {
			pieces = append(pieces, Piece{Text: text[literal:at]})
		}
		pieces = append(pieces, Piece{Text: text[at : at+length], Name: name})
		at += length
		literal = at
	}
	if literal < len(text) {
		pieces = append(pieces, Piece{Text: text[literal:]})
	}
	return pieces
}

// reference reads a reference at the start of text; length is 0 when there is none.
func reference(text string, roots []string) (name string, length int) {
	rest, found := strings.CutPrefix(text, "$")
	if !found {
		return "", 0
	}
	rest, braced := strings.CutPrefix(rest, "{")
	name = dotted(rest)
	root, _, deep := strings.Cut(name, ".")
	if !deep || !slices.Contains(roots, root) {
		return "", 0
	}
	if !braced {
		return name, 1 + len(name)
	}
	if !strings.HasPrefix(rest[len(name):], "}") {
		return "", 0
	}
	return name, len("${}") + len(name)
}

// dotted returns the names joined by dots at the start of text. A hyphen belongs to a name only
// where clients and functions choose it: no context variable of AWS's has one.
func dotted(text string) string {
	end := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case isNameByte(c):
			end = i + 1
		case c == '.':
		case c == '-' && hyphenated(text[:i]):
		default:
			return text[:end]
		}
	}
	return text[:end]
}

func hyphenated(before string) bool {
	return strings.HasPrefix(before, "context.authorizer.") ||
		strings.HasPrefix(before, "method.request.")
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// FillStageVariables puts stage variables in the place of references to them; one that is not set
// becomes empty, as on AWS.
func FillStageVariables(text string, variables map[string]string) string {
	var filled strings.Builder
	for _, piece := range SplitReferences(text, "stageVariables") {
		if name, ok := strings.CutPrefix(piece.Name, "stageVariables."); ok {
			filled.WriteString(variables[name])
			continue
		}
		filled.WriteString(piece.Text)
	}
	return filled.String()
}
