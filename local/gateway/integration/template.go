package integration

import (
	"maps"
	"slices"
	"strings"
)

// Choice is what becomes of a body on its way into an integration.
type Choice int

// The choices.
const (
	// Unsupported means 415.
	Unsupported Choice = iota + 1
	// PassThrough means that the body goes as it is.
	PassThrough
	// Render means that a template makes the body.
	Render
)

// ChooseRequest says which template of templates makes the request body: the one for the media
// type of the request's Content-Type (absent: application/json), else "$default"; without one the
// passthrough behaviour decides ("Integration passthrough behaviors").
func ChooseRequest[T any](
	templates map[string]T, contentType, behaviour string,
) (key string, choice Choice) {
	key = MediaType(contentType)
	if key == "" {
		key = "application/json"
	}
	for _, candidate := range []string{key, "$default"} {
		if _, ok := templates[candidate]; ok {
			return candidate, Render
		}
	}
	switch {
	case behaviour == "NEVER", behaviour == "WHEN_NO_TEMPLATES" && len(templates) > 0:
		return "", Unsupported
	}
	return "", PassThrough
}

// ChooseResponse says which template makes a response: the one for the request's Accept, else
// application/json, else the first by name; ok is false when there is none at all.
func ChooseResponse[T any](templates map[string]T, accept string) (key string, ok bool) {
	if len(templates) == 0 {
		return "", false
	}
	for _, candidate := range []string{accept, "application/json"} {
		if _, has := templates[candidate]; has {
			return candidate, true
		}
	}
	return slices.Min(slices.Collect(maps.Keys(templates))), true
}

// MediaType returns the media type of a Content-Type, without parameters.
func MediaType(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.TrimSpace(media)
}

// BinaryTypes are the binaryMediaTypes of an API.
type BinaryTypes []string

// IsContent reports whether a request's Content-Type is binary.
func (b BinaryTypes) IsContent(contentType string) bool {
	if len(b) == 0 {
		return false
	}
	return b.match(MediaType(contentType))
}

// IsAccepted reports whether a client takes binary: only the first media type of Accept counts.
func (b BinaryTypes) IsAccepted(accept string) bool {
	if len(b) == 0 {
		return false
	}
	first, _, _ := strings.Cut(accept, ",")
	return b.match(MediaType(first))
}

// match compares a media type with the entries. An entry may end in a wildcard ("image/*"); "*/*"
// is everything; a wildcard on the left alone matches nothing.
func (b BinaryTypes) match(media string) bool {
	for _, entry := range b {
		family, wild := strings.CutSuffix(entry, "/*")
		switch {
		case entry == "*/*":
			return true
		case wild && len(media) > len(family) && media[len(family)] == '/' &&
			strings.EqualFold(media[:len(family)], family):
			return true
		case !strings.HasPrefix(entry, "*/") && media != "" && strings.EqualFold(entry, media):
			return true
		}
	}
	return false
}
