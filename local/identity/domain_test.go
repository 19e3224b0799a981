package identity_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/local/identity"
)

const (
	webClient = "web23456789"
	appClient = "app23456789"
	callback  = "http://localhost:5173/callback"
	// The example of RFC 7636, appendix B.
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// domain is the endpoints of a user pool, served.
type domain struct {
	*identity.Provider
	clock  *clock
	base   string // of the pool
	client *http.Client
}

func peoplePool() identity.UserPool {
	p := pool
	p.Clients = []identity.Client{
		{
			ID: webClient, Name: "web", OAuth: true,
			Flows:  []string{identity.FlowCode, identity.FlowImplicit},
			Scopes: []string{"openid", "email", "orders/read"}, CallbackURLs: []string{callback, "myapp://in"},
			LogoutURLs: []string{"http://localhost:5173/"},
			Lifetimes:  identity.Lifetimes{Access: 10 * time.Minute, ID: 20 * time.Minute, Refresh: 2 * time.Hour},
		},
		{
			ID: appClient, Name: "app", OAuth: true, Secret: "s3cret", Flows: []string{identity.FlowCode},
			Scopes: []string{"openid", "profile"}, CallbackURLs: []string{"https://app.example/in?tenant=1"},
			DefaultRedirect: "https://app.example/in?tenant=1",
			Rotation:        identity.Rotation{Enabled: true, Grace: 30 * time.Second},
		},
		{ID: "plain", Name: "plain"},
	}
	p.Groups = []identity.Group{
		{Name: "admins", RoleARN: "arn:aws:iam::123456789012:role/admins", Precedence: 1},
		{Name: "staff", RoleARN: "arn:aws:iam::123456789012:role/staff", Precedence: 5},
	}
	p.Users = []identity.User{{
		Name: "grace", Groups: []string{"staff"},
		Attributes: map[string]string{"email": "grace@navy.example", "email_verified": "true", "name": "Grace"},
	}}
	return p
}

func serveDomain(t *testing.T, pools ...identity.UserPool) *domain {
	t.Helper()
	if len(pools) == 0 {
		pools = []identity.UserPool{peoplePool()}
	}
	d := &domain{clock: &clock{now: now}}
	var err error
	d.Provider, err = identity.New(identity.Options{Pools: pools, Clock: d.clock})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/cognito", d.Handler()))
	t.Cleanup(server.Close)
	d.base, d.client = server.URL+"/cognito/"+pools[0].ID, server.Client()
	d.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return d
}

// newServer serves a handler, and returns where.
func newServer(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// reply is what an endpoint answered.
type reply struct {
	status int
	header http.Header
	body   string
}

func (d *domain) send(t *testing.T, r *http.Request) reply {
	t.Helper()
	response, err := d.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(body)}
}

func (d *domain) get(t *testing.T, path string, query url.Values) reply {
	t.Helper()
	r, err := http.NewRequest("GET", d.base+path+"?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d.send(t, r)
}

func (d *domain) post(t *testing.T, path string, form url.Values, header ...string) reply {
	t.Helper()
	r, err := http.NewRequest("POST", d.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return d.send(t, r)
}

// asks returns an authorization request of the web client, with some parameters changed; "" takes
// one away.
func asks(changes ...string) url.Values {
	query := url.Values{
		"client_id": {webClient}, "response_type": {"code"}, "redirect_uri": {callback},
		"scope": {"openid email orders/read"}, "state": {"s t&a=te"}, "nonce": {"n-1"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	return changed(query, changes...)
}

func changed(values url.Values, changes ...string) url.Values {
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "" {
			values.Del(changes[i])
		} else {
			values.Set(changes[i], changes[i+1])
		}
	}
	return values
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// fill returns what the form of a sign-in page posts.
func fill(t *testing.T, page reply, typed ...string) url.Values {
	t.Helper()
	if page.status != 200 {
		t.Fatalf("the sign-in page: %d %s %s", page.status, page.header.Get("Location"), page.body)
	}
	form := url.Values{}
	for _, input := range hiddenInput.FindAllStringSubmatch(page.body, -1) {
		form.Set(html.UnescapeString(input[1]), html.UnescapeString(input[2]))
	}
	for i := 0; i < len(typed); i += 2 {
		form.Add(typed[i], typed[i+1])
	}
	return form
}

// signIn goes through the page, and returns where the person is sent.
func (d *domain) signIn(t *testing.T, query url.Values, typed ...string) *url.URL {
	t.Helper()
	page := d.get(t, "/login", query)
	back := d.post(t, "/login", fill(t, page, typed...))
	if back.status != http.StatusFound {
		t.Fatalf("signing in: %d %s", back.status, back.body)
	}
	location, err := url.Parse(back.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return location
}

// granted is what the token endpoint gives.
type granted struct {
	ID      string `json:"id_token"`
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Expires int    `json:"expires_in"`
	Type    string `json:"token_type"`
}

// redeems returns the form that redeems a code of the web client.
func redeems(code string, changes ...string) url.Values {
	return changed(url.Values{
		"grant_type": {"authorization_code"}, "client_id": {webClient}, "redirect_uri": {callback},
		"code": {code}, "code_verifier": {verifier},
	}, changes...)
}

func (d *domain) tokens(t *testing.T, form url.Values) granted {
	t.Helper()
	got := d.post(t, "/oauth2/token", form)
	var g granted
	if err := json.Unmarshal([]byte(got.body), &g); err != nil || got.status != 200 {
		t.Fatalf("tokens: %d %s", got.status, got.body)
	}
	return g
}

func (got reply) refuses(t *testing.T, status int, code string) {
	t.Helper()
	if want := `{"error":"` + code + `"}`; got.status != status || got.body != want {
		t.Errorf("answered %d %s, want %d %s", got.status, got.body, status, want)
	}
}

func TestTheExampleOfTheRFCHolds(t *testing.T) {
	sum := sha256.Sum256([]byte(verifier))
	if got := base64.RawURLEncoding.EncodeToString(sum[:]); got != challenge {
		t.Errorf("challenge = %s", got)
	}
}
