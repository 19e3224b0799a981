package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// recordedEnums are the values of enums in AWS's own order, recorded from its errors
// (control-plane.md §1). For the others botocore's order stands in: AWS's is not known.
func recordedEnums() map[string]string {
	return map[string]string{
		"Op":              "add, remove, move, test, replace, copy",
		"IntegrationType": "HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS",
		"IpAddressType":   "ipv4, dualstack",
		"EndpointType":    "PRIVATE, EDGE, REGIONAL",
		"DocumentationPartType": "RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, " +
			"RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, QUERY_PARAMETER, API, " +
			"REQUEST_HEADER",
		"GatewayResponseType": "REQUEST_TOO_LARGE, RESOURCE_NOT_FOUND, " +
			"AUTHORIZER_CONFIGURATION_ERROR, MISSING_AUTHENTICATION_TOKEN, BAD_REQUEST_BODY, " +
			"INVALID_SIGNATURE, INVALID_API_KEY, BAD_REQUEST_PARAMETERS, AUTHORIZER_FAILURE, " +
			"UNAUTHORIZED, INTEGRATION_TIMEOUT, ACCESS_DENIED, DEFAULT_4XX, DEFAULT_5XX, " +
			"WAF_FILTERED, QUOTA_EXCEEDED, THROTTLED, API_CONFIGURATION_ERROR, " +
			"UNSUPPORTED_MEDIA_TYPE, INTEGRATION_FAILURE, EXPIRED_TOKEN",
	}
}

// checker collects what breaks a constraint.
type checker struct {
	service  *Service
	enums    map[string]string
	findings []string
}

// check holds an input against the constraints of its shape. AWS lists every violation, those of
// the body before those of the path.
func (s *Service) check(op *Operation, shape *Shape, in Object) error {
	c := &checker{service: s, enums: recordedEnums()}
	under := strings.ToLower(op.Name[:1]) + op.Name[1:] + "Input."
	if s.Protocol != RESTJSON {
		under = ""
	}
	for _, body := range []bool{true, false} {
		for _, member := range shape.Members {
			if (member.At == "" && member.Name != shape.Payload) != body {
				continue
			}
			path := member.Name
			if body {
				path = under + member.Name
			}
			if s.isCamel() {
				path = camel(member.Name)
			}
			c.member(shape, member, in, path)
		}
	}
	switch len(c.findings) {
	case 0:
		return nil
	case 1:
		return s.validation("1 validation error detected: %s", c.findings[0])
	}
	return s.validation("%d validation errors detected: %s", len(c.findings),
		strings.Join(c.findings, "; "))
}

// isCamel says whether a service names members as they are called in Java, and no input: all do but
// API Gateway's.
func (s *Service) isCamel() bool { return s.Protocol != RESTJSON || s.Name == "lambda" }

func camel(name string) string { return strings.ToLower(name[:1]) + name[1:] }

func (c *checker) member(owner *Shape, member Member, in Object, path string) {
	value := in[member.Name]
	if value == nil {
		if slices.Contains(owner.Required, member.Name) {
			c.findings = append(c.findings, fmt.Sprintf(
				"Value null at '%s' failed to satisfy constraint: Member must not be null", path))
		}
		return
	}
	c.value(member.Shape, value, path)
}

func (c *checker) value(name string, value any, path string) {
	shape := c.service.Shapes[name]
	switch value := value.(type) {
	case Object:
		if shape.Type == "map" {
			for _, key := range value.Keys() {
				if value[key] != nil {
					c.value(shape.Value, value[key], path+"."+key+".member")
				}
			}
			return
		}
		for _, member := range shape.Members {
			at := member.Name
			if c.service.isCamel() {
				at = camel(at)
			}
			c.member(shape, member, value, path+"."+at)
		}
		return
	case []any:
		c.items(shape, value, path)
		return
	}
	if text, broken := c.broken(name, value); broken {
		c.fail(fmt.Sprint(value), path, text)
	}
}

// items checks a list: scalars as one value, structures each.
func (c *checker) items(shape *Shape, items []any, path string) {
	of := c.service.Shapes[shape.Of]
	if text, broken := bounds(shape, len(items), "length"); broken {
		c.fail(listed(items), path, text)
	}
	for i, item := range items {
		if of.Type == "structure" || of.Type == "list" || of.Type == "map" {
			c.value(shape.Of, item, path+"."+strconv.Itoa(i+1)+".member")
			continue
		}
		if text, broken := c.broken(shape.Of, item); broken {
			c.fail(listed(items), path, "Member must satisfy constraint: ["+text+"]")
			return
		}
	}
}

func (c *checker) fail(value, path, text string) {
	c.findings = append(c.findings, fmt.Sprintf(
		"Value '%s' at '%s' failed to satisfy constraint: %s", value, path, text))
}

func listed(items []any) string {
	texts := make([]string, 0, len(items))
	for _, item := range items {
		texts = append(texts, fmt.Sprint(item))
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// broken says which constraint of a shape a scalar breaks.
func (c *checker) broken(name string, value any) (text string, broken bool) {
	shape := c.service.Shapes[name]
	switch value := value.(type) {
	case string:
		if len(shape.Enum) > 0 && !slices.Contains(shape.Enum, value) {
			all, recorded := c.enums[name]
			if !recorded {
				all = strings.Join(shape.Enum, ", ")
			}
			return "Member must satisfy enum value set: [" + all + "]", true
		}
		if shape.matches != nil && !matches(shape, value) {
			return "Member must satisfy regular expression pattern: " + shape.Pattern, true
		}
		return bounds(shape, utf8.RuneCountInString(value), "length")
	case int64:
		return bounds(shape, int(value), "value")
	case float64:
		return bounds(shape, int(value), "value")
	}
	return "", false
}

func bounds(shape *Shape, measured int, what string) (text string, broken bool) {
	switch {
	case shape.Min != nil && float64(measured) < *shape.Min:
		return fmt.Sprintf("Member must have %s greater than or equal to %g", what, *shape.Min), true
	case shape.Max != nil && float64(measured) > *shape.Max:
		return fmt.Sprintf("Member must have %s less than or equal to %g", what, *shape.Max), true
	}
	return "", false
}

// matches holds a text against the pattern of a shape; one that cannot be decided does not fit.
func matches(shape *Shape, text string) bool {
	fits, err := shape.matches.MatchFull(text)
	return fits && err == nil
}
