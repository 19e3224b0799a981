package provision

import (
	"regexp"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/javaregex"
)

// declaredParameter is what a method declares of its requests.
var declaredParameter = regexp.MustCompile(
	`^method\.request\.(header|querystring|path)\.([a-zA-Z0-9._$-]+)$`)

const (
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
			declared.fail(key, api.BadMapping, key)
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
		if !api.IsRequestTarget(key) {
			mapped.fail(key, api.BadMapping, key)
			continue
		}
		source, ok := scalar(mapped.values[key])
		if !ok || api.IsAnySource(source) || api.IsRequestBody(source) {
			continue
		}
		parameter, ok := api.RequestParameter(source)
		if !ok {
			mapped.fail(key, api.BadMapping, source)
			continue
		}
		_, one := declared[parameter]
		_, many := declared[source]
		if !one && !many {
			mapped.fail(key, api.UndeclaredMapping+": the method's RequestParameters must declare it", source)
		}
	}
}

// checkResponseMapping checks what an integration response maps to the client: the headers must be
// declared by the method's response with the same status.
func checkResponseMapping(p properties, responses map[string]api.MethodResponse) {
	mapped, _ := p.parsedObject("ResponseParameters")
	response, ok := responses[p.text("StatusCode")]
	if len(mapped.values) > 0 && !ok {
		p.fail("ResponseParameters", api.NoMethodResponse+": MethodResponses has no status %s",
			p.text("StatusCode"))
		return
	}
	for _, key := range mapped.names() {
		source, isText := scalar(mapped.values[key])
		_, isDeclared := response.Parameters[key]
		switch {
		case !api.IsResponseTarget(key):
			mapped.fail(key, api.BadMapping, key)
		case !isDeclared:
			mapped.fail(key, api.UndeclaredMapping+": MethodResponses must declare it for status %s", key,
				p.text("StatusCode"))
		case isText && !api.IsAnySource(source) && !api.IsResponseSource(source):
			mapped.fail(key, api.BadMapping, source)
		}
	}
}

// checkContentTypes checks the keys of a map of templates or models.
func checkContentTypes(p properties, name string) {
	given, _ := p.parsedObject(name)
	for _, key := range given.names() {
		if key != "$default" && !strings.Contains(key, "/") {
			given.fail(key, api.BadContentType, key)
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
