package executeapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/httpapi"
)

// answeringOddly is a function that writes header names in a case of its own; it keeps the event.
type answeringOddly struct {
	mu    sync.Mutex
	event []byte
}

// Invoke answers with an odd header and two cookies.
func (f *answeringOddly) Invoke(_ context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.event = bytes.Clone(in.Payload)
	return exchange.Invoked{Payload: []byte(`{"statusCode":200,"headers":{"X-ODD-case":"1"},` +
		`"cookies":["a=1","b=2"],"body":"ok"}`)}, nil
}

func (f *answeringOddly) told(t *testing.T) (headers map[string]string, cookies []string, protocol string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	var event struct {
		Headers        map[string]string
		Cookies        []string
		RequestContext struct{ HTTP struct{ Protocol string } }
	}
	if err := json.Unmarshal(f.event, &event); err != nil {
		t.Fatal(err)
	}
	return event.Headers, event.Cookies, event.RequestContext.HTTP.Protocol
}

// spoken are the ways to call an API.
var spoken = []struct{ name, scheme, proto string }{
	{"HTTP/2 with TLS", "https", "HTTP/2.0"},
	{"HTTP/2 without TLS", "http", "HTTP/2.0"},
	{"HTTP/1.1 with TLS", "https", "HTTP/1.1"},
	{"HTTP/1.1 without TLS", "http", "HTTP/1.1"},
}

// An HTTP API is the same to a function, and to a client but for the names of headers, which HTTP/2
// has in lower case alone: Go's client refuses any other.
func TestHTTPAPIsSpeakHTTP2(t *testing.T) {
	f := &answeringOddly{}
	served, err := httpapi.New(api.HTTP{
		ID: "abc", Name: "abc",
		Account: api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		Integrations: map[string]api.V2Integration{"f": {
			ID: "f", Type: "AWS_PROXY", URI: "arn:aws:lambda:us-east-1:123456789012:function:f",
			PayloadFormatVersion: "2.0", TimeoutMillis: 30_000,
		}},
		Routes: []api.Route{{Key: "POST /x", AuthorizationType: "NONE", IntegrationID: "f"}},
		Stages: []api.Stage{{Name: "$default", AutoDeploy: true}},
	}, httpapi.Dependencies{Clock: clock.System{}, Invoker: f})
	if err != nil {
		t.Fatal(err)
	}
	s := startSecure(t)
	s.Replace([]Mount{{ID: "abc", API: served}}, domainOf(t, api.Domain{
		Name:     "api.example.com",
		Mappings: []api.Mapping{{Path: "v1", APIID: "abc", Stage: "$default"}},
	}))
	for _, r := range spoken {
		t.Run(r.name, func(t *testing.T) {
			client := s.client(t, &tls.Config{}, false)
			client.Transport.(*http.Transport).Protocols = speaking(r.scheme, r.proto)
			response := sendOddly(t, client, r.scheme+"://api.example.com/v1/x")
			if response.Proto != r.proto || response.StatusCode != http.StatusOK {
				t.Fatalf("got %s %s", response.Proto, response.Status)
			}
			checkReply(t, response.Header)
			f.check(t, r.scheme)
		})
	}
}

func speaking(scheme, proto string) *http.Protocols {
	protocols := new(http.Protocols)
	switch {
	case proto == "HTTP/1.1":
		protocols.SetHTTP1(true)
	case scheme == "https":
		protocols.SetHTTP2(true)
	default:
		protocols.SetUnencryptedHTTP2(true)
	}
	return protocols
}

func checkReply(t *testing.T, header http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Type": "text/plain; charset=utf-8", "Content-Length": "2",
		"Set-Cookie": "a=1|b=2", "X-Odd-Case": "1", "Connection": "",
	} {
		if name == "Connection" && header.Get(name) == "keep-alive" {
			continue // HTTP/1.1 says so, as AWS does
		}
		if got := strings.Join(header[name], "|"); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(header.Get("Apigw-Requestid")) != 16 {
		t.Errorf("the headers are %v", header)
	}
}

// check holds the event against what sendOddly sends.
func (f *answeringOddly) check(t *testing.T, scheme string) {
	t.Helper()
	headers, cookies, protocol := f.told(t)
	for name, want := range map[string]string{
		"host": "api.example.com", "x-many": "1,2", "content-length": "4", "x-odd-name": "v",
		"x-forwarded-proto": scheme, "connection": "", "cookie": "",
	} {
		if headers[name] != want {
			t.Errorf("the event's %s is %q, want %q", name, headers[name], want)
		}
	}
	for name := range headers {
		if name != strings.ToLower(name) {
			t.Errorf("the event has %s", name)
		}
	}
	if strings.Join(cookies, "|") != "c=1|d=2" || protocol != "HTTP/1.1" {
		t.Errorf("the event has the cookies %q and the protocol %s", cookies, protocol)
	}
}

func sendOddly(t *testing.T, client *http.Client, url string) *http.Response {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{
		"X-Many": {"1", "2"}, "x-ODD-name": {"v"}, "Cookie": {"c=1; d=2"}, "Content-Type": {"text/plain"},
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err != nil || string(text) != "ok" {
		t.Fatalf("got %q, %v", text, err)
	}
	return response
}
