package proxy_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"portico/shared/proxy"
)

// see answers with nothing and shows the request and the origin the handler got.
func see(t *testing.T, o proxy.Options, event string) (*http.Request, proxy.Origin) {
	t.Helper()
	var seen *http.Request
	adapter := proxy.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = r
	}), o)
	if _, err := adapter.Handle(context.Background(), json.RawMessage(event)); err != nil {
		t.Fatalf("Handle: %v", err)
	}
	return seen, proxy.From(seen.Context())
}

func TestPathReachesTheMuxAsRouted(t *testing.T) {
	const v2, rest, v1 = "2.0", "", "1.0"
	for name, row := range map[string]struct{ version, path, route, stage, want string }{
		"the $default stage is not there":   {v2, "/orders/1", "/orders/{id}", "$default", "/orders/1"},
		"a named stage is cut":              {v2, "/dev/orders/1", "/orders/{id}", "dev", "/orders/1"},
		"a path that begins like its stage": {v2, "/orders/1", "/orders/{id}", "orders", "/orders/1"},
		"a custom domain's base path":       {v2, "/shop/orders", "/orders", "dev", "/orders"},
		"the stage before a greedy route":   {v2, "/dev/a/b", "/{proxy+}", "dev", "/a/b"},
		"a stage is a whole segment":        {v2, "/devices/b", "/{proxy+}", "dev", "/devices/b"},
		"the stage alone leaves the root":   {v2, "/dev", "$default", "dev", "/"},
		"a decoded space is encoded again":  {v2, "/orders/a b", "/orders/{id}", "", "/orders/a%20b"},
		"a decoded percent sign":            {v2, "/orders/5%", "/orders/{id}", "", "/orders/5%25"},
		"REST has no stage in the path":     {rest, "/dev/1", "/dev/{id}", "dev", "/dev/1"},
		"a base path is cut":                {rest, "/v1/orders", "/v1/orders", "dev", "/orders"},
		"a base path is whole segments":     {rest, "/v1beta/a", "/{proxy+}", "dev", "/v1beta/a"},
		"REST paths stay encoded":           {rest, "/o/a%2Fb", "/o/{id}", "dev", "/o/a%2Fb"},
		"an HTTP API's stage in 1.0":        {v1, "/dev/orders", "/orders", "dev", "/orders"},
	} {
		t.Run(name, func(t *testing.T) {
			event := `{"version":"` + row.version + `","resource":"` + row.route + `","path":"` +
				row.path + `","httpMethod":"GET","requestContext":{"stage":"` + row.stage + `"}}`
			if row.version == v2 {
				key := strings.Replace("GET "+row.route, "GET $default", "$default", 1)
				event = `{"version":"2.0","routeKey":"` + key + `","rawPath":"` + row.path +
					`","requestContext":{"stage":"` + row.stage + `","http":{"method":"GET"}}}`
			}
			r, _ := see(t, proxy.Options{BasePaths: []string{"/v1"}}, event)
			if got := r.URL.EscapedPath(); got != row.want {
				t.Errorf("path = %q, want %q", got, row.want)
			}
		})
	}
}

func TestHeadersArriveWhole(t *testing.T) {
	for name, event := range map[string]string{
		"payload 2.0": `{"version":"2.0","routeKey":"GET /","rawPath":"/",
			"cookies":["a=1","b=2"],
			"headers":{"host":"api.example.com","if-match":"\"a,b\"","accept":"text/html,*/*",
				"if-modified-since":"Sun, 06 Nov 1994 08:49:37 GMT"},
			"requestContext":{"stage":"$default","domainName":"d","http":{"method":"GET"}}}`,
		"payload 1.0": `{"path":"/","httpMethod":"GET",
			"headers":{"Cookie":"a=1; b=2","If-Match":"\"a,b\"","Host":"api.example.com"},
			"multiValueHeaders":{"accept":["text/html,*/*"],
				"If-Modified-Since":["Sun, 06 Nov 1994 08:49:37 GMT"]},
			"requestContext":{"stage":"dev","domainName":"d"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := see(t, proxy.Options{}, event)
			want := http.Header{
				"Cookie":            {"a=1; b=2"},
				"If-Match":          {`"a,b"`},
				"Accept":            {"text/html,*/*"},
				"If-Modified-Since": {"Sun, 06 Nov 1994 08:49:37 GMT"},
			}
			if diff := cmp.Diff(want, r.Header); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			if r.Host != "api.example.com" {
				t.Errorf("host = %q, want api.example.com", r.Host)
			}
		})
	}
}

func TestRepeatedRESTHeadersKeepEveryValue(t *testing.T) {
	r, _ := see(t, proxy.Options{}, `{"path":"/","httpMethod":"GET","headers":{"X-Tag":"b"},
		"multiValueHeaders":{"X-Tag":["a","b"]},
		"multiValueQueryStringParameters":{"c":["1","2"]},"queryStringParameters":{"c":"2"}}`)
	if diff := cmp.Diff([]string{"a", "b"}, r.Header.Values("X-Tag")); diff != "" {
		t.Errorf("X-Tag (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1", "2"}, r.URL.Query()["c"]); diff != "" {
		t.Errorf("query c (-want +got):\n%s", diff)
	}
}

func TestOriginNamesTheCaller(t *testing.T) {
	for name, row := range map[string]struct {
		event string
		want  proxy.Origin
	}{
		"claims of an HTTP JWT authorizer": {
			`{"version":"2.0","routeKey":"GET /","rawPath":"/","requestContext":{"apiId":"a","stage":"s",
				"requestId":"r=","http":{"method":"GET","sourceIp":"192.0.2.1"},
				"authorizer":{"jwt":{"claims":{"sub":"u"},"scopes":null}}}}`,
			proxy.Origin{
				APIID: "a", Stage: "s", RequestID: "r=", SourceIP: "192.0.2.1",
				Claims: map[string]string{"sub": "u"},
			},
		},
		"context of an HTTP Lambda authorizer": {
			`{"version":"2.0","routeKey":"GET /","rawPath":"/","requestContext":{"http":{"method":"GET"},
				"authorizer":{"lambda":{"customer":"c","n":7,"list":[1]}}}}`,
			proxy.Origin{Claims: map[string]string{"customer": "c", "n": "7"}},
		},
		"context of a REST Lambda authorizer": {
			`{"path":"/","httpMethod":"GET","requestContext":{"apiId":"a","stage":"s","requestId":"r",
				"identity":{"sourceIp":"192.0.2.1","userArn":null},
				"authorizer":{"principalId":"p","integrationLatency":12,"customer":"c"}}}`,
			proxy.Origin{
				APIID: "a", Stage: "s", RequestID: "r", SourceIP: "192.0.2.1",
				Claims: map[string]string{"principalId": "p", "integrationLatency": "12", "customer": "c"},
			},
		},
		"claims of a Cognito authorizer": {
			`{"path":"/","httpMethod":"GET","requestContext":{"authorizer":{"claims":{"sub":"u"}}}}`,
			proxy.Origin{Claims: map[string]string{"sub": "u"}},
		},
		"an HTTP API 1.0 event without authorizer": {
			`{"version":"1.0","path":"/","httpMethod":"GET",
				"requestContext":{"authorizer":{"claims":null,"scopes":null}}}`,
			proxy.Origin{},
		},
		"an IAM caller": {
			`{"path":"/","httpMethod":"GET",
				"requestContext":{"identity":{"userArn":"arn:aws:iam::123456789012:user/a"}}}`,
			proxy.Origin{UserARN: "arn:aws:iam::123456789012:user/a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := see(t, proxy.Options{}, row.event)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("origin (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnswersHaveTheFormOfTheirPayload(t *testing.T) {
	adapter := proxy.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("ok"))
	}), proxy.Options{})

	v2, err := adapter.Handle(context.Background(), json.RawMessage(
		`{"version":"2.0","routeKey":"GET /","rawPath":"/","requestContext":{"http":{"method":"GET"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want2 := events.APIGatewayV2HTTPResponse{
		StatusCode: 202, Headers: map[string]string{"Content-Type": "text/plain"}, Body: "ok",
		Cookies: []string{"a=1", "b=2"},
	}
	if diff := cmp.Diff(want2, v2); diff != "" {
		t.Errorf("payload 2.0 (-want +got):\n%s", diff)
	}

	v1, err := adapter.Handle(context.Background(),
		json.RawMessage(`{"path":"/","httpMethod":"GET"}`))
	if err != nil {
		t.Fatal(err)
	}
	want1 := events.APIGatewayProxyResponse{
		StatusCode: 202, Body: "ok", MultiValueHeaders: map[string][]string{
			"Content-Type": {"text/plain"}, "Set-Cookie": {"a=1", "b=2"},
		},
	}
	if diff := cmp.Diff(want1, v1); diff != "" {
		t.Errorf("payload 1.0 (-want +got):\n%s", diff)
	}
}

func TestSilentHandlerAnswers200(t *testing.T) {
	adapter := proxy.New(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		proxy.Options{})
	got, err := adapter.Handle(context.Background(),
		json.RawMessage(`{"path":"/","httpMethod":"GET"}`))
	if err != nil {
		t.Fatal(err)
	}
	if status := got.(events.APIGatewayProxyResponse).StatusCode; status != http.StatusOK {
		t.Errorf("status = %d, want 200", status)
	}
}

func TestOtherEventsAreRefused(t *testing.T) {
	adapter := proxy.New(http.NotFoundHandler(), proxy.Options{})
	for name, event := range map[string]string{
		"an SQS event": `{"Records":[]}`,
		"no JSON":      `{"version"`,
		"a list":       `[]`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := adapter.Handle(context.Background(), json.RawMessage(event)); err == nil {
				t.Error("no error")
			}
		})
	}
}

func FuzzHandle(f *testing.F) {
	f.Add("2.0", "GET /orders/{id}", "/dev/orders/1", "dev")
	f.Add("1.0", "/{proxy+}", "/a%b c", "$default")
	f.Add("", "/x", "", "")
	f.Fuzz(func(t *testing.T, version, route, path, stage string) {
		event, err := json.Marshal(map[string]any{
			"version": version, "routeKey": route, "resource": route, "rawPath": path, "path": path,
			"httpMethod": "GET",
			"requestContext": map[string]any{
				"stage": stage, "http": map[string]any{"method": "GET"},
			},
		})
		if err != nil {
			t.Skip()
		}
		adapter := proxy.New(http.NotFoundHandler(), proxy.Options{BasePaths: []string{"/v1", stage}})
		if _, err := adapter.Handle(context.Background(), event); err != nil {
			t.Errorf("path %q, route %q, stage %q: %v", path, route, stage, err)
		}
	})
}
