package restapi_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

// keysOf returns the keys of an object within a document, in their order; path is "" for the
// document itself.
func keysOf(t *testing.T, document []byte, path string) []string {
	t.Helper()
	decoder := jsontext.NewDecoder(bytes.NewReader(document))
	var keys []string
	for {
		token, err := decoder.ReadToken()
		if err != nil {
			return keys
		}
		kind, length := decoder.StackIndex(decoder.StackDepth())
		if token.Kind() != '"' || kind != '{' || length%2 == 0 {
			continue
		}
		pointer := string(decoder.StackPointer())
		if pointer[:strings.LastIndexByte(pointer, '/')] == path {
			keys = append(keys, token.String())
		}
	}
}

// The orders are those of spec control-plane.md §11.
func TestKeysOfTheEvent(t *testing.T) {
	w := newWorld()
	w.get(t, "/dev/x")
	event := w.lambda.last(t).Payload
	for _, r := range []struct{ name, path, want string }{
		{"the event", "", "resource, path, httpMethod, headers, multiValueHeaders, queryStringParameters, multiValueQueryStringParameters, pathParameters, stageVariables, requestContext, body, isBase64Encoded"},
		{"the request context, without an authorizer", "/requestContext", "resourceId, resourcePath, httpMethod, extendedRequestId, requestTime, path, accountId, protocol, stage, domainPrefix, requestTimeEpoch, requestId, identity, domainName, deploymentId, apiId"},
		{"the identity, without an API key", "/requestContext/identity", "cognitoIdentityPoolId, accountId, cognitoIdentityId, caller, sourceIp, principalOrgId, accessKey, cognitoAuthenticationType, cognitoAuthenticationProvider, userArn, userAgent, user"},
	} {
		t.Run(r.name, func(t *testing.T) {
			if diff := cmp.Diff(r.want, strings.Join(keysOf(t, event, r.path), ", ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("headers are in order of their names, whatever their case", func(t *testing.T) {
		w.get(t, "/dev/x", "b-two: 2", "Content-Type: text/plain", "A-One: 1", "z: 3")
		want := "A-One, b-two, Content-Type, Host, X-Amzn-Trace-Id, X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto, z"
		for _, path := range []string{"/headers", "/multiValueHeaders"} {
			if diff := cmp.Diff(want, strings.Join(keysOf(t, w.lambda.last(t).Payload, path), ", ")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		}
	})
}

// The rows are those of spec rest-api.md §4.
func TestFieldsOfTheEvent(t *testing.T) {
	post := func(body string, header ...string) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			asked := request("POST", "/dev/x", header...)
			asked.Body = []byte(body)
			w.serve(t, asked)
		}
	}
	get := func(target string, header ...string) func(*testing.T, *world) {
		return func(t *testing.T, w *world) { w.get(t, target, header...) }
	}
	change := func(m func(*api.Method)) func(*world) {
		return func(w *world) {
			def := w.def.Resources[0].Methods["ANY"]
			m(&def)
			w.def.Resources[0].Methods["ANY"] = def
		}
	}
	for _, r := range []struct {
		name string
		with func(*world)
		ask  func(*testing.T, *world)
		want string // a regular expression
	}{
		{"there is no version", nil, get("/dev/x"), `^\{"resource":"/\{proxy\+\}","path":"/x","httpMethod":"GET",`},
		{"no query string is null", nil, get("/dev/x"), `"queryStringParameters":null,"multiValueQueryStringParameters":null`},
		{"no path parameters are null", func(w *world) { w.method("/x", "GET", proxy()) }, get("/dev/x"), `"pathParameters":null`},
		{"no stage variables are null", nil, get("/dev/x"), `"stageVariables":null`},
		{"stage variables are strings", func(w *world) { w.def.Stages[0].Variables = map[string]string{"a": "1"} }, get("/dev/x"), `"stageVariables":\{"a":"1"\}`},
		{"an empty body is null", nil, post(""), `"body":null,"isBase64Encoded":false\}$`},
		{"a body is a string", nil, post(`{"a":"ü"}`), `"body":"\{\\"a\\":\\"ü\\"\}","isBase64Encoded":false\}$`},
		{"a binary body is base64", func(w *world) { w.def.BinaryMediaTypes = []string{"image/*"} }, post("\xff", "Content-Type: image/png"), `"body":"/w==","isBase64Encoded":true\}$`},
		{"a text body of an API with binary types is text", func(w *world) { w.def.BinaryMediaTypes = []string{"image/*"} }, post("a", "Content-Type: text/plain"), `"body":"a","isBase64Encoded":false\}$`},
		{"the account, API, deployment and stage", nil, get("/dev/x"), `"accountId":"123456789012".*"stage":"dev".*"deploymentId":"d3pl0y","apiId":"abc1234567"`},
		{"the path with the stage is the context's", nil, get("/dev/x/y"), `"path":"/x/y".*"requestContext":.*"path":"/dev/x/y"`},
		{"the protocol is HTTP/1.1", nil, get("/dev/x"), `"protocol":"HTTP/1.1"`},
		{"the time in two forms", nil, get("/dev/x"), `"requestTime":"15/May/2020:06:01:09 \+0000".*"requestTimeEpoch":1589522469693`},
		{"the request id is a UUID", nil, get("/dev/x"), `"requestId":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"`},
		{"the client's UUID is taken", nil, get("/dev/x", "x-amzn-RequestId: "+requestUUID), `"requestId":"` + requestUUID + `"`},
		{"the extended id is 15 characters and =", nil, get("/dev/x"), `"extendedRequestId":"[A-Za-z0-9_-]{15}="`},
		{"the domain is the Host header", nil, get("/dev/x"), `"domainPrefix":"abc1234567".*"domainName":"abc1234567.execute-api.localhost:3000"`},
		{"who calls is an address and an agent", nil, get("/dev/x", "user-agent: me"), `"identity":\{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,"sourceIp":"203.0.113.7","principalOrgId":null,"accessKey":null,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":"me","user":null\}`},
		{"an operation's name", change(func(m *api.Method) { m.OperationName = "GetOrder" }), get("/dev/x"), `"operationName":"GetOrder"`},
		{"a Lambda authorizer", func(w *world) { w.guard("TOKEN", nil) }, get("/dev/guarded", "Authorization: a"), `"authorizer":\{"principalId":"me","integrationLatency":0,(?:"tenant":"t-1","n":"1"|"n":"1","tenant":"t-1")\}`},
		{"request parameters have no say", change(func(m *api.Method) {
			m.Integration.RequestParameters = map[string]string{"integration.request.header.X-Mapped": "'x'", "integration.request.querystring.q": "'x'"}
		}), get("/dev/x?a=1"), `"queryStringParameters":\{"a":"1"\}`},
		{"who forwards is added to", nil, get("/dev/x", "X-Forwarded-For: 198.51.100.1"), `"X-Forwarded-For":"198.51.100.1, 203.0.113.7"`},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			if r.with != nil {
				r.with(w)
			}
			r.ask(t, w)
			if event := w.lambda.last(t).Payload; !regexp.MustCompile(r.want).Match(event) {
				t.Errorf("the event is\n%s\nwant\n%s", event, r.want)
			}
			if event := string(w.lambda.last(t).Payload); strings.Contains(event, "X-Mapped") || strings.Contains(event, `"version"`) {
				t.Errorf("the event is\n%s", event)
			}
		})
	}
}
