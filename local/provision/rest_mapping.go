package provision

import (
	"regexp"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/javaregex"
)

// The forms of API Gateway's mapping expressions ("API Gateway API request and response data
// mapping reference"). A request may read the client's request, a response the backend's answer.
var (
	declaredParameter = regexp.MustCompile(
		`^method\.request\.(header|querystring|path)\.([a-zA-Z0-9._$-]+)$`)
	requestTarget = regexp.MustCompile(
		`^integration\.request\.(header|querystring|path)\.[a-zA-Z0-9._$-]+$`)
	responseTarget = regexp.MustCompile(`^method\.response\.header\.[a-zA-Z0-9._$-]+$`)
	anySource      = regexp.MustCompile(`(?s)^('.*'|context\..+|stageVariables\.[a-zA-Z0-9_]+)$`)
	requestSource  = regexp.MustCompile(
		`^method\.request\.(multivalue)?(header|querystring|path)\.([a-zA-Z0-9._$-]+)$`)
	requestBody    = regexp.MustCompile(`^method\.request\.body(\..+)?$`)
	responseSource = regexp.MustCompile(
		`^integration\.response\.((multivalue)?header\.[a-zA-Z0-9._$-]+|body(\..+)?)$`)
)

// AWS says of a mapping that it refuses what its validator found.
const (
	badMapping  = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
	badContent  = "Validation Result: warnings : [], errors : [Invalid content type specified: %s]"
	badForm     = badMapping + "[Invalid mapping expression specified: %s]"
	undeclared  = badMapping + "[Invalid mapping expression parameter specified: %s]"
	noResponse  = badMapping + "[No method response exists for method.]"
	notUnique   = "Parameter names must be unique across querystring, header and path"
	badResponse = "1 validation error detected: Value '%s' at 'statusCode' failed to satisfy " +
		`constraint: Member must satisfy regular expression pattern: [1-5]\d\d`
)

// checkDeclared checks the parameters that a method declares of its requests.
func checkDeclared(p properties) {
	declared, _ := p.object("RequestParameters")
	places := map[string]string{} // by name
	for _, key := range declared.names() {
		parts := declaredParameter.FindStringSubmatch(key)
		if parts == nil {
			declared.fail(key, badForm, key)
			continue
		}
		if other, twice := places[parts[2]]; twice {
			declared.fail(key, notUnique+"; %s is declared too", other)
		}
		places[parts[2]] = key
	}
}

// checkRequestMapping checks what an integration maps to its backend: the client's parameters must
// be declared by the method.
func checkRequestMapping(p properties, declared map[string]bool) {
	mapped, _ := p.parsedObject("RequestParameters")
	for _, key := range mapped.names() {
		if !requestTarget.MatchString(key) {
			mapped.fail(key, badForm, key)
			continue
		}
		source, ok := scalar(mapped.values[key])
		if !ok || anySource.MatchString(source) || requestBody.MatchString(source) {
			continue
		}
		parts := requestSource.FindStringSubmatch(source)
		if parts == nil {
			mapped.fail(key, badForm, source)
			continue
		}
		_, one := declared["method.request."+parts[2]+"."+parts[3]]
		_, many := declared[source]
		if !one && !many {
			mapped.fail(key, undeclared+": the method's RequestParameters must declare it", source)
		}
	}
}

// checkResponseMapping checks what an integration response maps to the client: the headers must be
// declared by the method's response with the same status.
func checkResponseMapping(p properties, responses map[string]api.MethodResponse) {
	mapped, _ := p.parsedObject("ResponseParameters")
	response, ok := responses[p.text("StatusCode")]
	if len(mapped.values) > 0 && !ok {
		p.fail("ResponseParameters", noResponse+": MethodResponses has no status %s",
			p.text("StatusCode"))
		return
	}
	for _, key := range mapped.names() {
		source, isText := scalar(mapped.values[key])
		_, isDeclared := response.Parameters[key]
		switch {
		case !responseTarget.MatchString(key):
			mapped.fail(key, badForm, key)
		case !isDeclared:
			mapped.fail(key, undeclared+": MethodResponses must declare it for status %s", key,
				p.text("StatusCode"))
		case isText && !anySource.MatchString(source) && !responseSource.MatchString(source):
			mapped.fail(key, badForm, source)
		}
	}
}

// checkContentTypes checks the keys of a map of templates or models.
func checkContentTypes(p properties, name string) {
	given, _ := p.parsedObject(name)
	for _, key := range given.names() {
		if key != "$default" && !strings.Contains(key, "/") {
			given.fail(key, badContent, key)
		}
	}
}

var anyStatus = regexp.MustCompile(`^[1-5]\d\d$`)

// checkStatus checks the status code of a method or integration response.
func checkStatus(p properties) {
	status, ok := scalar(p.values["StatusCode"])
	if ok && !anyStatus.MatchString(status) {
		p.fail("StatusCode", badResponse, status)
	}
}

// checkPattern checks a regular expression of Java's.
func checkPattern(p properties, name string) {
	pattern, ok := scalar(p.values[name])
	if !ok {
		return
	}
	if _, err := javaregex.Compile(pattern); err != nil {
		p.fail(name, "want a regular expression of Java's: %v", err)
	}
}
