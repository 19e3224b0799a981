package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// absent is what a member is that an event does not have.
const absent = "absent"

// member returns what stands in a JSON document under names that are parted by dots, as JSON.
func member(t *testing.T, document []byte, path string) string {
	t.Helper()
	at := document
	for name := range strings.SplitSeq(path, ".") {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(at, &object); err != nil {
			t.Fatalf("%s of %s: %v", path, document, err)
		}
		found, ok := object[name]
		if !ok {
			return absent
		}
		at = found
	}
	var text bytes.Buffer
	if err := json.Compact(&text, at); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func members(t *testing.T, document []byte) []string {
	t.Helper()
	var object map[string]json.RawMessage
	if err := json.Unmarshal(document, &object); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(object))
}

// eventRow is a call and a member of the event that the function gets.
type eventRow struct {
	name    string
	line    string
	headers []string
	body    string
	member  string
	want    string
}

func checkEvents(t *testing.T, s *setup, rows []eventRow) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s.invoked = nil
			call := s.request(r.line, r.headers...)
			call.Body = []byte(r.body)
			s.serve(t, call)
			if len(s.invoked) != 1 {
				t.Fatalf("the function was called %d times", len(s.invoked))
			}
			if got := member(t, s.invoked[0].Payload, r.member); got != r.want {
				t.Errorf("%s is %s, want %s", r.member, got, r.want)
			}
		})
	}
}

func TestEventsOfFormat20(t *testing.T) {
	s := start(t, func(s *setup) {
		s.def.Routes = append(s.def.Routes,
			api.Route{Key: "$default", AuthorizationType: "NONE", IntegrationID: "two"},
			api.Route{Key: "GET /things/{a}/{b}", AuthorizationType: "NONE", IntegrationID: "two"})
	})
	text, form := "Content-Type: text/plain", "Content-Type: application/x-www-form-urlencoded"
	checkEvents(t, s, []eventRow{
		{"the version", "GET /health", nil, "", "version", `"2.0"`},
		{"the route key", "GET /any/x", nil, "", "routeKey", `"ANY /any/{proxy+}"`},
		{"the route key of $default", "GET /x", nil, "", "routeKey", `"$default"`},
		{"the path of $default has no stage", "GET /health", nil, "", "rawPath", `"/health"`},
		{"the path has the stage", "GET /dev/health", nil, "", "rawPath", `"/dev/health"`},
		{"the path is decoded", "GET /x%20y%2Fz/%C3%A4", nil, "", "rawPath", `"/x y/z/ä"`},
		{"a plus in the path is one", "GET /x+y", nil, "", "rawPath", `"/x+y"`},
		{"the query string is as it came", "GET /x?b=%20&a=+&b", nil, "", "rawQueryString", `"b=%20&a=+&b"`},
		{"no query string is empty", "GET /x", nil, "", "rawQueryString", `""`},
		{"parameters are decoded", "GET /x?a=%20b+c%2B", nil, "", "queryStringParameters", `{"a":" b c+"}`},
		{"repeated parameters are joined", "GET /x?a=1&b=2&a=3", nil, "", "queryStringParameters", `{"a":"1,3","b":"2"}`},
		{"a parameter without a value", "GET /x?a&b=", nil, "", "queryStringParameters", `{"a":"","b":""}`},
		{"no parameters", "GET /x", nil, "", "queryStringParameters", absent},
		{"cookies", "GET /x", []string{"Cookie: a=1; b=2"}, "", "cookies", `["a=1","b=2"]`},
		{"cookies are no header", "GET /x", []string{"Cookie: a=1"}, "", "headers.cookie", absent},
		{"no cookies", "GET /x", nil, "", "cookies", absent},
		{"names of headers are lower-case", "GET /x", []string{"X-ODD: A"}, "", "headers.x-odd", `"A"`},
		{"repeated headers are joined", "GET /x", []string{"X-A: 1", "x-a: 2"}, "", "headers.x-a", `"1,2"`},
		{"the host is a header", "GET /x", nil, "", "headers.host", `"localhost:3001"`},
		{"the length is a header", "POST /x", []string{text}, "hello", "headers.content-length", `"5"`},
		{"no body has a length too", "GET /x", nil, "", "headers.content-length", `"0"`},
		{"whom the call is made for", "GET /x", []string{"X-Forwarded-For: 9.9.9.9"}, "", "headers.x-forwarded-for", `"9.9.9.9, 127.0.0.1"`},
		{"path parameters are decoded", "GET /things/a%2Fb/c%20d", nil, "", "pathParameters", `{"a":"a/b","b":"c d"}`},
		{"a greedy variable keeps its slashes", "GET /any/a/b/", nil, "", "pathParameters", `{"proxy":"a/b/"}`},
		{"no path parameters", "GET /x", nil, "", "pathParameters", absent},
		{"stage variables", "GET /dev/x", nil, "", "stageVariables", `{"tier":"test"}`},
		{"no stage variables", "GET /x", nil, "", "stageVariables", absent},
		{"no body", "POST /x", []string{text}, "", "body", absent},
		{"no body is no base64", "POST /x", []string{form}, "", "isBase64Encoded", "false"},
		{"a text", "POST /x", []string{text}, "hello", "body", `"hello"`},
		{"a text is no base64", "POST /x", []string{text}, "hello", "isBase64Encoded", "false"},
		{"JSON is text", "POST /x", []string{"Content-Type: application/json"}, "{}", "body", `"{}"`},
		{"a +json is text", "POST /x", []string{"Content-Type: application/ld+json"}, "{}", "body", `"{}"`},
		{"XML is text", "POST /x", []string{"Content-Type: application/xml"}, "<a/>", "isBase64Encoded", "false"},
		{"a +xml is text", "POST /x", []string{"Content-Type: image/svg+xml"}, "<a/>", "isBase64Encoded", "false"},
		{"JavaScript is text", "POST /x", []string{"Content-Type: application/javascript"}, "a", "body", `"a"`},
		{"parameters of a type do not matter", "POST /x", []string{"content-type: text/html;charset=x"}, "a", "body", `"a"`},
		{"a form is base64", "POST /x", []string{form}, "a=1", "body", `"YT0x"`},
		{"a form says so", "POST /x", []string{form}, "a=1", "isBase64Encoded", "true"},
		{"a multipart form is base64", "POST /x", []string{"Content-Type: multipart/form-data; boundary=b"}, "a", "isBase64Encoded", "true"},
		{"a picture is base64", "POST /x", []string{"Content-Type: image/png"}, "\x89", "body", `"iQ=="`},
		{"a body of no type is base64", "POST /x", nil, "a", "isBase64Encoded", "true"},
		{"the account", "GET /x", nil, "", "requestContext.accountId", `"123456789012"`},
		{"the API", "GET /x", nil, "", "requestContext.apiId", `"a1b2c3d4e5"`},
		{"the domain", "GET /x", nil, "", "requestContext.domainName", `"a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"`},
		{"the domain's prefix", "GET /x", nil, "", "requestContext.domainPrefix", `"a1b2c3d4e5"`},
		{"what was asked", "PUT /x?a=1", []string{"User-Agent: me/1"}, "", "requestContext.http", `{"method":"PUT","path":"/x","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"me/1"}`},
		{"nobody was asked who calls", "GET /x", nil, "", "requestContext.authorizer", absent},
		{"no certificate came", "GET /x", nil, "", "requestContext.authentication", absent},
		{"the route, once more", "GET /health", nil, "", "requestContext.routeKey", `"GET /health"`},
		{"the stage", "GET /dev/health", nil, "", "requestContext.stage", `"dev"`},
		{"the stage $default", "GET /health", nil, "", "requestContext.stage", `"$default"`},
		{"the time", "GET /x", nil, "", "requestContext.time", `"02/Jan/2026:03:04:05 +0000"`},
		{"the time in milliseconds", "GET /x", nil, "", "requestContext.timeEpoch", "1767323045000"},
	})
}

func TestEventsOfFormat10(t *testing.T) {
	s := start(t, func(s *setup) {
		s.def.Routes = append(s.def.Routes,
			api.Route{Key: "$default", AuthorizationType: "NONE", IntegrationID: "one"})
	})
	checkEvents(t, s, []eventRow{
		{"the version", "GET /one/7", nil, "", "version", `"1.0"`},
		{"the resource is the route's path", "GET /one/7", nil, "", "resource", `"/one/{id}"`},
		{"the resource of $default", "GET /x", nil, "", "resource", `"$default"`},
		{"the path has the stage", "GET /dev/one/7", nil, "", "path", `"/dev/one/7"`},
		{"the method", "PUT /x", nil, "", "httpMethod", `"PUT"`},
		{"names of headers are lower-case", "GET /x", []string{"X-ODD: A"}, "", "headers.x-odd", `"A"`},
		{"the last of repeated headers", "GET /x", []string{"X-A: 1", "x-a: 2"}, "", "headers.x-a", `"2"`},
		{"all of repeated headers", "GET /x", []string{"X-A: 1", "x-a: 2"}, "", "multiValueHeaders.x-a", `["1","2"]`},
		{"cookies are a header", "GET /x", []string{"Cookie: a=1; b=2"}, "", "headers.cookie", `"a=1; b=2"`},
		{"cookies have no list", "GET /x", []string{"Cookie: a=1"}, "", "cookies", absent},
		{"the last of repeated parameters", "GET /x?a=1&a=%20", nil, "", "queryStringParameters", `{"a":" "}`},
		{"all of repeated parameters", "GET /x?a=1&a=%20", nil, "", "multiValueQueryStringParameters", `{"a":["1"," "]}`},
		{"no parameters are null", "GET /x", nil, "", "queryStringParameters", "null"},
		{"no lists of parameters are null", "GET /x", nil, "", "multiValueQueryStringParameters", "null"},
		{"path parameters are decoded", "GET /one/a%2Fb", nil, "", "pathParameters", `{"id":"a/b"}`},
		{"no path parameters are null", "GET /x", nil, "", "pathParameters", "null"},
		{"stage variables", "GET /dev/x", nil, "", "stageVariables", `{"tier":"test"}`},
		{"no stage variables are null", "GET /x", nil, "", "stageVariables", "null"},
		{"no body is null", "GET /x", nil, "", "body", "null"},
		{"a form is base64", "POST /x", []string{"Content-Type: application/x-www-form-urlencoded"}, "a=1", "body", `"YT0x"`},
		{"a form says so", "POST /x", []string{"Content-Type: application/x-www-form-urlencoded"}, "a=1", "isBase64Encoded", "true"},
		{"nobody was asked who calls", "GET /x", nil, "", "requestContext.authorizer", `{"claims":null,"scopes":null}`},
		{"the path, once more", "GET /dev/one/7", nil, "", "requestContext.path", `"/dev/one/7"`},
		{"the resource's id is the route key", "GET /one/7", nil, "", "requestContext.resourceId", `"GET /one/{id}"`},
		{"the resource's path", "GET /one/7", nil, "", "requestContext.resourcePath", `"/one/{id}"`},
		{"the protocol", "GET /x", nil, "", "requestContext.protocol", `"HTTP/1.1"`},
		{"the time", "GET /x", nil, "", "requestContext.requestTime", `"02/Jan/2026:03:04:05 +0000"`},
		{"the time in milliseconds", "GET /x", nil, "", "requestContext.requestTimeEpoch", "1767323045000"},
		{"who calls is not known", "GET /x", nil, "", "requestContext.identity.accessKey", "null"},
		{"no certificate came", "GET /x", nil, "", "requestContext.identity.clientCert", absent},
		{"where the call comes from", "GET /x", nil, "", "requestContext.identity.sourceIp", `"127.0.0.1"`},
	})
}

func TestTheEventsHaveAWSsMembersAndNoOthers(t *testing.T) {
	s := start(t, nil)
	for line, want := range map[string]string{
		"GET /health": "headers isBase64Encoded rawPath rawQueryString requestContext routeKey version",
		"GET /dev/any/x?a=1": "body cookies headers isBase64Encoded pathParameters queryStringParameters " +
			"rawPath rawQueryString requestContext routeKey stageVariables version",
		"GET /one/7": "body headers httpMethod isBase64Encoded multiValueHeaders " +
			"multiValueQueryStringParameters path pathParameters queryStringParameters requestContext " +
			"resource stageVariables version",
	} {
		s.invoked = nil
		call := s.request(line)
		if strings.Contains(line, "/dev/") {
			call.Header.Add("Cookie", "a=1")
			call.Body = []byte("x")
		}
		s.serve(t, call)
		if got := strings.Join(members(t, s.invoked[0].Payload), " "); got != want {
			t.Errorf("%s: got %s\nwant %s", line, got, want)
		}
	}
}

func TestTheEventsIdIsTheReplys(t *testing.T) {
	s := start(t, nil)
	for line, names := range map[string][]string{
		"GET /health": {"requestContext.requestId"},
		"GET /one/7":  {"requestContext.requestId", "requestContext.extendedRequestId"},
	} {
		s.invoked = nil
		reply := s.api.Serve(context.Background(), s.request(line))
		want := `"` + reply.Header.Get("apigw-requestid") + `"`
		for _, name := range names {
			if got := member(t, s.invoked[0].Payload, name); got != want {
				t.Errorf("%s: %s is %s, apigw-requestid %s", line, name, got, want)
			}
		}
		if !strings.HasSuffix(want, `="`) || len(want) != len(`"JKJaXmPLvHcESHA="`) {
			t.Errorf("the id is %s", want)
		}
	}
}

func TestEventsOverTLSTellThePortOfAWS(t *testing.T) {
	s := start(t, nil)
	call := s.request("GET /health")
	call.TLS, call.Host = true, "api.example.com"
	call.Header = exchange.Header{{Name: "Host", Value: call.Host}}
	s.serve(t, call)
	for name, want := range map[string]string{
		"headers.x-forwarded-port": `"443"`, "headers.x-forwarded-proto": `"https"`,
	} {
		if got := member(t, s.invoked[0].Payload, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
