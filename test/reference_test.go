package test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/runner"
)

// TestReference serves the reference application from its synthesized template, in this process,
// and calls it as its clients do.
func TestReference(t *testing.T) {
	r := startReference(t, runner.Options{App: assemblyOfDev(t)})
	t.Run("the public API", func(t *testing.T) { testPublic(t, r) })
	t.Run("the partner API", func(t *testing.T) { testPartner(t, r) })
	t.Run("the realtime API", func(t *testing.T) { testRealtime(t, r) })
	t.Run("addresses", func(t *testing.T) { testAddresses(t, r) })
}

// reference is the reference application, being served.
type reference struct {
	*runner.Runner
	client                    *http.Client
	options                   runner.Options // with which its tokens are minted
	environment               string         // of the template; the stage of two of its APIs
	public, partner, realtime runner.APIAddress
	key                       string // of the partner

	mu     sync.Mutex        // guards tokens
	tokens map[string]string // by what was asked for
}

// startReference serves an assembly of the reference application until the test ends.
func startReference(t *testing.T, o runner.Options) *reference {
	t.Helper()
	if _, err := os.Stat("../node_modules/dynalite"); err != nil {
		t.Skip("dynalite is not installed, and the application needs its tables; npm ci installs it")
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 1000}
	t.Cleanup(transport.CloseIdleConnections) // after the runner: it lets open connections finish
	r := &reference{
		client:  &http.Client{Transport: transport, Timeout: time.Minute},
		tokens:  map[string]string{},
		options: o,
	}
	r.options.Dir, r.options.State, r.options.Path = "..", t.TempDir(), os.Getenv("PATH")
	r.Runner = runner.Start(t, r.options)
	for _, address := range r.Addresses() {
		switch address.Kind {
		case "HTTP":
			r.public = address
		case "REST":
			r.partner = address
		case "WEBSOCKET":
			r.realtime = address
		}
	}
	if r.public.URL == "" || r.partner.URL == "" || r.realtime.URL == "" {
		t.Fatalf("the application serves %v, want an API of each kind", r.Addresses())
	}
	r.environment = r.partner.Stage
	for _, api := range r.App().REST {
		for _, plan := range api.UsagePlans {
			for _, key := range plan.Keys {
				r.key = key.Value
			}
		}
	}
	if r.key == "" {
		t.Fatal("the template gives no partner an API key")
	}
	return r
}

// assemblyOfDev returns the folder of the assembly of the environment dev, up to date.
func assemblyOfDev(t *testing.T) string {
	t.Helper()
	app, err := runner.Read(t.Context(), runner.Options{Dir: ".."})
	if err != nil {
		t.Fatal(err)
	}
	return app.Assembly.Dir
}

// synthesize returns the folder of the assembly of another environment: into a folder of its own,
// so that the one that is served from beside the sources stays.
func synthesize(t *testing.T, environment string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cdk.out")
	command := exec.CommandContext(t.Context(), "go", "run", "./infra")
	command.Dir = ".."
	command.Env = append(os.Environ(), "CDK_OUTDIR="+dir,
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20",
		`CDK_CONTEXT_JSON={"env":"`+environment+`","aws:cdk:enable-path-metadata":true,`+
			`"aws:cdk:bundling-stacks":[]}`)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("synthesizing environment %s: %v\n%s", environment, err, out)
	}
	return dir
}

// token mints what an Authorization header holds.
func (r *reference) token(t *testing.T, request runner.TokenRequest) string {
	t.Helper()
	asked, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.tokens[string(asked)]; ok {
		return known
	}
	minted, err := runner.Token(t.Context(), r.options, request)
	if err != nil {
		t.Fatal(err)
	}
	r.tokens[string(asked)] = "Bearer " + minted.Token
	return r.tokens[string(asked)]
}

// scoped mints a token of the usual customer with scopes.
func (r *reference) scoped(t *testing.T, scopes ...string) string {
	t.Helper()
	return r.token(t, runner.TokenRequest{Scopes: scopes})
}

// customer mints a token of a customer that may do everything with its orders.
func (r *reference) customer(t *testing.T, name string) string {
	t.Helper()
	return r.token(t, runner.TokenRequest{
		Scopes: []string{"orders/read", "orders/write"}, Claims: map[string]string{"customer": name},
	})
}

// tampered changes the claims of a token under its signature.
func tampered(token string) string {
	parts := strings.Split(token, ".")
	claims := []byte(parts[1])
	// Another letter in the middle of the claims leaves a token that can be read but does not hold.
	at := len(claims) / 2
	if claims[at] == 'A' {
		claims[at] = 'B'
	} else {
		claims[at] = 'A'
	}
	return parts[0] + "." + string(claims) + "." + parts[2]
}

// request is a call to make; header are names and values in turns.
type request struct {
	method, url, body string
	host              string // the Host header, when it is another than the address's
	header            []string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// do makes a call.
func (r *reference) do(ctx context.Context, q request) (answer, error) {
	call, err := http.NewRequestWithContext(ctx, q.method, q.url, strings.NewReader(q.body))
	if err != nil {
		return answer{}, err
	}
	call.Host = q.host
	for i := 0; i < len(q.header); i += 2 {
		call.Header[q.header[i]] = append(call.Header[q.header[i]], q.header[i+1])
	}
	response, err := r.client.Do(call)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body)}, err
}

// call makes a call that must be answered.
func (r *reference) call(t *testing.T, q request) answer {
	t.Helper()
	got, err := r.do(t.Context(), q)
	if err != nil {
		t.Fatalf("%s %s: %v", q.method, q.url, err)
	}
	return got
}

// want is what an answer must be. A body that begins with "^" is a regular expression; a header
// whose value is "" must be absent, and one with "*" present.
type want struct {
	status int
	body   string
	header map[string]string
}

func (got answer) check(t *testing.T, want want) {
	t.Helper()
	if got.status != want.status {
		t.Errorf("status = %d, want %d; body %s", got.status, want.status, got.body)
	}
	if strings.HasPrefix(want.body, "^") {
		if !regexp.MustCompile(want.body).MatchString(got.body) {
			t.Errorf("body = %s, want a match of %s", got.body, want.body)
		}
	} else if diff := cmp.Diff(want.body, got.body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	for name, value := range want.header {
		switch values := got.header.Values(name); {
		case value == "*" && len(values) > 0:
		case value == "" && len(values) == 0:
		case len(values) != 1 || values[0] != value:
			t.Errorf("header %s = %q, want %q", name, values, value)
		}
	}
}

// decode reads the JSON of the body.
func (got answer) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(got.body), into); err != nil {
		t.Fatalf("status %d, body %q: %v", got.status, got.body, err)
	}
}

// order is what the application says of an order.
type order struct {
	ID        string `json:"id"`
	Customer  string `json:"customer"`
	Status    string `json:"status"`
	Version   int    `json:"version"`
	Reference string `json:"reference"`
	Items     []item `json:"items"`
}

type item struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// draft is the body that places an order.
const draft = `{"items":[{"sku":"tea","quantity":2}],"reference":"PO-7"}`

// place places an order on the public API.
func (r *reference) place(t *testing.T, token string) order {
	t.Helper()
	got := r.call(t, request{
		method: "POST", url: r.public.URL + "/orders", body: draft,
		header: []string{"Authorization", token, "Content-Type", "application/json"},
	})
	if got.status != http.StatusCreated {
		t.Fatalf("placing an order: %d %s", got.status, got.body)
	}
	var placed order
	got.decode(t, &placed)
	return placed
}
