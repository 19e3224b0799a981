package provision

import (
	"strings"

	"portico/local/gateway/api"
)

// fieldToMatch reads the part of the request that a statement inspects.
func fieldToMatch(p properties) api.FieldToMatch {
	given, ok := p.object("FieldToMatch")
	if !ok {
		p.require("FieldToMatch")
		return api.FieldToMatch{}
	}
	kind, inner, ok := given.only("UriPath", "QueryString", "SingleQueryArgument",
		"AllQueryArguments", "SingleHeader", "Headers", "Cookies", "HeaderOrder", "Method", "Body",
		"JsonBody", "UriFragment", "JA3Fingerprint", "JA4Fingerprint")
	if !ok {
		return api.FieldToMatch{}
	}
	field := api.FieldToMatch{Kind: kind}
	switch kind {
	case "SingleHeader", "SingleQueryArgument":
		inner.known("Name")
		field.Name = inner.requiredText("Name")
	case "Body", "HeaderOrder":
		inner.known("OversizeHandling")
		field.Oversize = oversize(inner)
	case "UriFragment", "JA3Fingerprint", "JA4Fingerprint":
		inner.known("FallbackBehavior")
		field.Fallback = inner.choice("FallbackBehavior", "MATCH", "NO_MATCH")
	case "Headers", "Cookies", "JsonBody":
		elements(inner, &field)
	default:
		inner.known()
	}
	return field
}

func oversize(p properties) string {
	return p.choice("OversizeHandling", "CONTINUE", "MATCH", "NO_MATCH")
}

// elements reads which headers, cookies or JSON elements are inspected.
func elements(p properties, field *api.FieldToMatch) {
	p.known("MatchPattern", "MatchScope", "OversizeHandling", "InvalidFallbackBehavior")
	p.require("MatchScope")
	field.Scope = p.choice("MatchScope", "ALL", "KEY", "VALUE")
	field.Oversize = oversize(p)
	if field.Kind == "JsonBody" && p.has("InvalidFallbackBehavior") {
		field.Fallback = p.choice("InvalidFallbackBehavior", "MATCH", "NO_MATCH", "EVALUATE_AS_STRING")
	}
	allowed := map[string][]string{
		"Headers":  {"All", "IncludedHeaders", "ExcludedHeaders"},
		"Cookies":  {"All", "IncludedCookies", "ExcludedCookies"},
		"JsonBody": {"All", "IncludedPaths"},
	}
	pattern, ok := p.object("MatchPattern")
	if !ok {
		p.require("MatchPattern")
		return
	}
	pattern.known(allowed[field.Kind]...)
	field.Pattern = "All"
	for _, name := range allowed[field.Kind][1:] {
		if pattern.has(name) {
			field.Pattern = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(
				name, "Headers"), "Cookies"), "Paths")
			field.Names = pattern.texts(name)
		}
	}
	if len(pattern.names()) != 1 {
		p.fail("MatchPattern", "want exactly one of %s", strings.Join(allowed[field.Kind], ", "))
	}
}
