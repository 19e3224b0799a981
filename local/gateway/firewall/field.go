package firewall

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// What AWS WAF sees of headers and cookies at most ("Oversize web request components").
const (
	maxInspected = 8_192 // bytes
	maxFields    = 200
)

// reader returns the function that reads a part of requests.
func (c *compiler) reader(field api.FieldToMatch) (func(*inspection, *seen), error) {
	switch field.Kind {
	case "UriPath":
		return func(in *inspection, s *seen) { s.add(in.request.RawPath) }, nil
	case "QueryString":
		return func(in *inspection, s *seen) { s.add(in.request.RawQuery) }, nil
	case "Method":
		return func(in *inspection, s *seen) { s.add(in.request.Method) }, nil
	case "SingleHeader":
		return named(field, readHeader)
	case "SingleQueryArgument":
		return named(field, readArgument)
	case "AllQueryArguments":
		return func(in *inspection, s *seen) {
			for _, argument := range in.queryArguments() {
				s.add(argument.value)
			}
		}, nil
	case "HeaderOrder":
		return func(in *inspection, s *seen) { readHeaderOrder(in, s, force(field.Oversize)) }, nil
	case "Headers", "Cookies":
		return fieldsReader(field)
	case "Body":
		return func(in *inspection, s *seen) { readBody(in, s, force(field.Oversize)) }, nil
	case "JsonBody":
		return jsonReader(field)
	case "UriFragment", "JA3Fingerprint", "JA4Fingerprint":
		// Requests reach API Gateway without a fragment, and without a fingerprint of the TLS client.
		return func(_ *inspection, s *seen) { s.forced = force(field.Fallback) }, nil
	}
	return nil, fmt.Errorf("field to match %q is unknown", field.Kind)
}

func named(
	field api.FieldToMatch, read func(in *inspection, s *seen, name string),
) (func(*inspection, *seen), error) {
	if field.Name == "" {
		return nil, fmt.Errorf("%s wants a name", field.Kind)
	}
	return func(in *inspection, s *seen) { read(in, s, field.Name) }, nil
}

func readHeader(in *inspection, s *seen, name string) {
	for i := range in.request.Header {
		if strings.EqualFold(in.request.Header[i].Name, name) {
			s.add(in.request.Header[i].Value)
		}
	}
}

func readArgument(in *inspection, s *seen, name string) {
	for _, argument := range in.queryArguments() {
		if strings.EqualFold(decodedName(argument.name), name) {
			s.add(argument.value)
		}
	}
}

func decodedName(name string) string {
	if decoded, err := url.QueryUnescape(name); err == nil {
		return decoded
	}
	return name
}

// queryArguments splits the query string; names and values stay encoded.
func (in *inspection) queryArguments() []pair {
	if in.hasArguments {
		return in.arguments
	}
	in.hasArguments = true
	for rest := in.request.RawQuery; rest != ""; {
		var argument string
		argument, rest, _ = strings.Cut(rest, "&")
		if argument != "" {
			name, value, _ := strings.Cut(argument, "=")
			in.arguments = append(in.arguments, pair{name, value})
		}
	}
	return in.arguments
}

// readHeaderOrder joins the names, in lower case as AWS's documentation shows them.
func readHeaderOrder(in *inspection, s *seen, oversize forced) {
	names := make([]string, 0, len(in.request.Header))
	length := 0
	for _, field := range in.request.Header {
		length += len(field.Name) + len(":")
		if len(names) == maxFields || length > maxInspected {
			s.forced = oversize
			break
		}
		names = append(names, lowercase(field.Name))
	}
	s.add(strings.Join(names, ":"))
}

// fieldsReader reads headers or cookies that a pattern selects.
func fieldsReader(field api.FieldToMatch) (func(*inspection, *seen), error) {
	picked, err := selection(field)
	if err != nil {
		return nil, err
	}
	oversize := force(field.Oversize)
	keys, values := field.Scope != "VALUE", field.Scope != "KEY"
	show := func(s *seen, name, value string) {
		if !picked(name) {
			return
		}
		if keys {
			s.add(name)
		}
		if values {
			s.add(value)
		}
	}
	if field.Kind == "Headers" {
		return func(in *inspection, s *seen) { readHeaders(in, s, oversize, show) }, nil
	}
	return func(in *inspection, s *seen) {
		for _, cookie := range in.allCookies() {
			show(s, cookie.name, cookie.value)
		}
		if in.cookiesOversize {
			s.forced = oversize
		}
	}, nil
}

// selection returns whether a name is one that the pattern selects.
func selection(field api.FieldToMatch) (func(name string) bool, error) {
	is := func(name string) bool { return slices.Contains(field.Names, name) }
	if field.Kind == "Headers" { // header names know no case; cookie names do
		is = func(name string) bool {
			return slices.ContainsFunc(field.Names, func(n string) bool {
				return strings.EqualFold(n, name)
			})
		}
	}
	switch field.Pattern {
	case "All":
		return func(string) bool { return true }, nil
	case "Included":
		return is, nil
	case "Excluded":
		return func(name string) bool { return !is(name) }, nil
	}
	return nil, fmt.Errorf("%s: match pattern %q, allowed are All, Included, Excluded",
		field.Kind, field.Pattern)
}

func readHeaders(
	in *inspection, s *seen, oversize forced, show func(s *seen, name, value string),
) {
	left := maxInspected
	for i, field := range in.request.Header {
		if i == maxFields || len(field.Name) > left {
			s.forced = oversize
			return
		}
		left -= len(field.Name)
		value := field.Value
		if len(value) > left {
			value = value[:left]
			s.forced = oversize
		}
		left -= len(value)
		show(s, field.Name, value)
	}
}

// allCookies splits what AWS inspects of the Cookie headers.
func (in *inspection) allCookies() []pair {
	if in.hasCookies {
		return in.cookies
	}
	in.hasCookies = true
	rest := cookieText(in.request.Header)
	if len(rest) > maxInspected {
		rest, in.cookiesOversize = rest[:maxInspected], true
	}
	for rest != "" {
		var cookie string
		cookie, rest, _ = strings.Cut(rest, ";")
		cookie = strings.TrimSpace(cookie)
		if cookie == "" {
			continue
		}
		if len(in.cookies) == maxFields {
			in.cookiesOversize = true
			break
		}
		name, value, _ := strings.Cut(cookie, "=")
		in.cookies = append(in.cookies, pair{name, value})
	}
	return in.cookies
}

func cookieText(header exchange.Header) string {
	text := ""
	for i := range header {
		if !strings.EqualFold(header[i].Name, "Cookie") {
			continue
		}
		if text != "" {
			text += "; "
		}
		text += header[i].Value
	}
	return text
}
