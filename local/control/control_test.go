package control_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/local/control"
	"portico/local/control/apigateway"
	"portico/local/control/apigatewayv2"
	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/restapi"
	"portico/local/gateway/usage"
)

// host keeps what it is asked to serve, once restapi has taken it.
type host struct {
	mu        sync.Mutex // guards what follows
	serving   map[string]api.REST
	frozen    map[string]func(string) (api.REST, bool)
	described []api.REST
	flushed   []string
	domains   map[string][]api.Domain // by region
	usage     *usage.Store
	people    *people
	// What a function was asked, and what it answers.
	asked, answer string
}

// Invoke is every function: it keeps what it is asked.
func (h *host) Invoke(_ context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = string(in.Payload)
	return exchange.Invoked{Payload: []byte(h.answer)}, nil
}

func (h *host) compile(def api.REST, frozen func(string) (api.REST, bool)) (*restapi.API, error) {
	return restapi.New(def, restapi.Dependencies{
		Clock: clock.System{}, Invoker: h, Log: slog.New(slog.DiscardHandler), Deployment: frozen,
	})
}

func (h *host) Serve(def api.REST, frozen func(string) (api.REST, bool)) error {
	if _, err := h.compile(def, frozen); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.serving[def.ID], h.frozen[def.ID] = def, frozen
	return nil
}

func (h *host) Remove(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.serving, id)
}

// WebACL guards the stage "guarded" of every API.
func (h *host) WebACL(stage string) string {
	if strings.HasSuffix(stage, "/stages/guarded") {
		return "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/acl/1"
	}
	return ""
}

func (h *host) Flush(api, stage string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.flushed = append(h.flushed, api+"/"+stage)
	return nil
}

func (h *host) Test(
	ctx context.Context, def api.REST, in restapi.TestInvocation,
) (restapi.TestResult, error) {
	compiled, err := h.compile(def, nil)
	if err != nil {
		return restapi.TestResult{}, err
	}
	return compiled.TestInvokeMethod(ctx, in)
}

func (h *host) Described() []api.REST { return h.described }

func (h *host) ServeDomains(_ context.Context, region string, all []api.Domain) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.domains == nil {
		h.domains = map[string][]api.Domain{}
	}
	h.domains[region] = all
	return nil
}

func (h *host) DescribedDomains() []api.Domain { return nil }

func (h *host) Stages(string) ([]string, bool) { return nil, false }

func (h *host) FlushAuthorizers(api, stage string) error { return h.Flush(api, stage) }

func (h *host) TestAuthorizer(
	ctx context.Context, def api.REST, in restapi.TestAuthorization,
) (restapi.TestedAuthorization, error) {
	compiled, err := h.compile(def, nil)
	if err != nil {
		return restapi.TestedAuthorization{}, err
	}
	return compiled.TestInvokeAuthorizer(ctx, in)
}

func (h *host) Certificate(id string) (apigateway.Certificate, error) {
	return apigateway.Certificate{PEM: "of " + id, Expires: time.Unix(1_800_000_000, 0)}, nil
}

func (h *host) ForgetCertificate(string) error { return nil }

func (h *host) Usage() *usage.Store { return h.usage }

// client is one that is signed, as far as the door looks.
type client struct {
	t    testing.TB
	door *control.Door
	host *host
	with control.Options // what the door was opened with
	v2   *v2Host
	log  *strings.Builder // errors of the door
	*people
	// names are what stands for {name} in requests and expectations.
	names map[string]string
}

func openUsage(t testing.TB) *usage.Store {
	store, err := usage.Open(usage.Options{Clock: clock.NewManual(time.Unix(1_700_000_000, 0))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func newClient(t testing.TB, state string, described ...api.REST) *client {
	t.Helper()
	h := &host{
		serving: map[string]api.REST{}, frozen: map[string]func(string) (api.REST, bool){},
		described: described, people: &people{},
	}
	h.usage = openUsage(t)
	v2 := &v2Host{serving: map[string]apigatewayv2.Definition{}}
	log := &strings.Builder{}
	options := control.Options{
		Account: api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		State:   state, Clock: clock.NewManual(time.Unix(1_700_000_000, 0)),
		Hosts: control.Hosts{
			REST: h, V2: v2, Stacks: &stacksHost{}, Lambda: functions{},
			IAM: h.people, STS: signers{h.people}, WAF: &walls{},
		},
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	door, err := control.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := door.Refresh(); err != nil {
		t.Fatal(err)
	}
	return &client{
		t: t, door: door, host: h, with: options, v2: v2, log: log, people: h.people,
		names: map[string]string{},
	}
}

func (c *client) filled(text string) string {
	for _, name := range slices.Sorted(maps.Keys(c.names)) {
		text = strings.ReplaceAll(text, "<"+name+">", c.names[name])
	}
	return text
}

// send makes a request: "POST /restapis", with a body that may be empty.
func (c *client) send(line, body string) *http.Response {
	method, target, _ := strings.Cut(c.filled(line), " ")
	request := httptest.NewRequest(method, target, strings.NewReader(c.filled(body)))
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/"+
		"apigateway/aws4_request, SignedHeaders=host, Signature=0")
	recorder := httptest.NewRecorder()
	if !c.door.Serves(request) {
		c.t.Fatalf("%s is not served", line)
	}
	c.door.ServeHTTP(recorder, request)
	return recorder.Result()
}

// do makes a request that succeeds, and returns its answer.
func (c *client) do(line, body string) map[string]any {
	c.t.Helper()
	response := c.send(line, body)
	text, _ := io.ReadAll(response.Body)
	if response.StatusCode >= 300 {
		c.t.Fatalf("%s %s answers %d: %s", c.filled(line), c.filled(body), response.StatusCode, text)
	}
	answer := map[string]any{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			c.t.Fatalf("%s answers %s: %v", line, text, err)
		}
	}
	return answer
}

// text makes a request, and returns its status and body, with names in the place of what they stand
// for.
func (c *client) text(line, body string) (int, string) {
	response := c.send(line, body)
	text, _ := io.ReadAll(response.Body)
	plain := string(text)
	for name, value := range c.names {
		plain = strings.ReplaceAll(plain, value, "<"+name+">")
	}
	return response.StatusCode, plain
}

// pets makes an API with the resource /pets, its method GET of type MOCK, and a deployment of it on
// the stage dev.
func (c *client) pets() {
	c.t.Helper()
	made := c.do("POST /restapis", `{"name":"pets"}`)
	c.names["api"], c.names["root"] = made["id"].(string), made["rootResourceId"].(string)
	pets := c.do("POST /restapis/<api>/resources/<root>", `{"pathPart":"pets"}`)
	c.names["pets"] = pets["id"].(string)
	const method = "PUT /restapis/<api>/resources/<pets>/methods/GET"
	c.do(method, `{"authorizationType":"NONE"}`)
	c.do(method+"/responses/200", `{}`)
	c.do(method+"/integration",
		`{"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\": 200}"}}`)
	c.do(method+"/integration/responses/200", `{"responseTemplates":{"application/json":"[]"}}`)
	c.names["deployment"] = c.do("POST /restapis/<api>/deployments",
		`{"stageName":"dev"}`)["id"].(string)
}

func sortedNames[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }
