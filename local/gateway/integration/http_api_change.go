package integration

import (
	"net/url"
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
)

// ParseHTTPAPIURI reads the URI of an HTTP API's integration for one stage, like ParseHTTPURI; but
// of its query string nothing is a placeholder: AWS sends {name} there as it is written.
func ParseHTTPAPIURI(uri string, stageVariables map[string]string) (*HTTPURI, error) {
	text := fillStageVariables(uri, stageVariables)
	base, query, hasQuery := strings.Cut(text, "?")
	u, err := ParseHTTPURI(base, nil)
	if err != nil || !hasQuery {
		return u, err
	}
	u.text = text
	u.pieces[len(u.pieces)-1].literal += "?" + query
	return u, nil
}

// ChangeHTTPAPIRequest returns the request that a Lambda function is told of: with the parameter
// mappings applied. What overwrite:path gives becomes the path as it was called; no source says so.
func ChangeHTTPAPIRequest(r *exchange.Request, changes []HTTPAPIChange) *exchange.Request {
	changed := *r
	changed.Header = r.Header.Clone(len(changes))
	changeHeader(&changed.Header, changes)
	address := r.RawPath
	if r.RawQuery != "" {
		address += "?" + r.RawQuery
	}
	changed.RawPath, changed.RawQuery, _ = strings.Cut(changeAddress(address, changes), "?")
	return &changed
}

// ChangeHTTPAPIReply applies the parameter mappings of a status to a reply. A status that is none
// from 200 to 599, and a header value with a line break, change nothing.
func ChangeHTTPAPIReply(reply *exchange.Reply, changes []HTTPAPIChange) {
	for i := range changes {
		switch changes[i].Place {
		case "header":
			if isFieldValue(changes[i].Value) {
				changeHeader(&reply.Header, changes[i:i+1])
			}
		case "statuscode":
			status, err := strconv.Atoi(changes[i].Value)
			if err == nil && status >= 200 && status < 600 {
				reply.Status = status
			}
		}
	}
}

// listenedOn returns the port that the client called.
func listenedOn(r *exchange.Request) string {
	if at := strings.LastIndexByte(r.Host, ':'); at > strings.LastIndexByte(r.Host, ']') {
		return r.Host[at+1:]
	}
	if r.TLS {
		return "443"
	}
	return "80"
}

func changeHeader(header *exchange.Header, changes []HTTPAPIChange) {
	for i := range changes {
		if changes[i].Place != "header" {
			continue
		}
		switch changes[i].Action {
		case "append":
			header.Add(changes[i].Name, changes[i].Value)
		case "overwrite":
			header.Set(changes[i].Name, changes[i].Value)
		case "remove":
			header.Del(changes[i].Name)
		}
	}
}

func changeAddress(address string, changes []HTTPAPIChange) string {
	for i := range changes {
		switch changes[i].Place {
		case "path":
			address = replacePath(address, changes[i].Value)
		case "querystring":
			address = changeQuery(address, &changes[i])
		}
	}
	return address
}

// replacePath puts path in the place of the URL's own. What stands after a "?" in it comes before
// the query string that is there; where AWS puts it is not known.
func replacePath(address, path string) string {
	base, query, hasQuery := strings.Cut(address, "?")
	scheme, rest, ok := strings.Cut(base, "://")
	host, _, _ := strings.Cut(rest, "/")
	if base = scheme + "://" + host; !ok {
		base = ""
	}
	path, own, hasOwn := strings.Cut(path, "?")
	var b strings.Builder
	b.WriteString(base)
	b.WriteByte('/')
	writeEscaped(&b, strings.TrimPrefix(path, "/"), false)
	separator := byte('?')
	if hasOwn {
		b.WriteByte(separator)
		separator = '&'
		writeEscaped(&b, own, false)
	}
	if hasQuery {
		b.WriteByte(separator)
		b.WriteString(query)
	}
	return b.String()
}

func changeQuery(address string, change *HTTPAPIChange) string {
	base, query, _ := strings.Cut(address, "?")
	var b strings.Builder
	separator := byte('?')
	write := func(parameter string) {
		b.WriteByte(separator)
		b.WriteString(parameter)
		separator = '&'
	}
	b.WriteString(base)
	for parameter := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(parameter, "=")
		decoded, err := url.QueryUnescape(name)
		if err != nil {
			decoded = name
		}
		if parameter != "" && (change.Action == "append" || decoded != change.Name) {
			write(parameter)
		}
	}
	if change.Action != "remove" {
		var own strings.Builder
		writeQueryText(&own, change.Name)
		own.WriteByte('=')
		writeQueryText(&own, change.Value)
		write(own.String())
	}
	return b.String()
}
