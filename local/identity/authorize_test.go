package identity_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"portico/local/identity"
)

func TestAuthorizationRequests(t *testing.T) {
	const sameState = "&state=s+t%26a%3Dte"
	tests := []struct {
		name   string
		query  url.Values
		status int
		want   string // begin of the Location, or part of the page
	}{
		{"a good one leads to the sign-in page", asks(), 302, "/cognito/" + pool.ID + "/login?"},
		{"without PKCE too", asks("code_challenge", "", "code_challenge_method", ""), 302, "/cognito/"},
		{"no scope asks for all of the client's", asks("scope", ""), 302, "/cognito/"},
		{"a custom scheme of an app", asks("redirect_uri", "myapp://in"), 302, "/cognito/"},
		{"no client", asks("client_id", ""), 400, "Required String parameter &#39;client_id&#39; is not present"},
		{"an unknown client", asks("client_id", "x"), 400, "Client x does not exist."},
		{"a client without OAuth", asks("client_id", "plain"), 400, "unauthorized_client"},
		{"no address to go back to", asks("redirect_uri", ""), 400, "redirect_mismatch"},
		{"another address", asks("redirect_uri", "https://evil.example/"), 400, "redirect_mismatch"},
		{"an address with something behind", asks("redirect_uri", callback+"/x"), 400, "redirect_mismatch"},
		{"an address with a query", asks("redirect_uri", callback+"?x=1"), 400, "redirect_mismatch"},
		{"an address in capitals", asks("redirect_uri", strings.ToUpper(callback)), 400, "redirect_mismatch"},
		{
			"another host before the address", asks("redirect_uri", "http://localhost:5173@evil.example/callback"),
			400, "redirect_mismatch",
		},
		{
			"a parameter twice",
			url.Values{"client_id": {webClient}, "redirect_uri": {callback, callback}},
			400, "given more than once",
		},
		{
			"no response type", asks("response_type", ""), 302,
			callback + "?error=invalid_request&error_description=response_type+is+%22%22%2C+want+code+or+token" +
				sameState,
		},
		{"another response type", asks("response_type", "id_token"), 302, callback + "?error=invalid_request"},
		{
			"a flow the client has not", url.Values{
				"client_id": {appClient}, "response_type": {"token"}, "state": {"1"},
			}, 302, "https://app.example/in?tenant=1&error=unauthorized_client",
		},
		{"a plain challenge", asks("code_challenge_method", "plain"), 302, callback + "?error=invalid_request"},
		{"a challenge without a method", asks("code_challenge_method", ""), 302, callback + "?error=invalid_request"},
		{"a method without a challenge", asks("code_challenge", ""), 302, callback + "?error=invalid_request"},
		{"a challenge that is no sum", asks("code_challenge", "abc"), 302, callback + "?error=invalid_request"},
		{"a scope the client has not", asks("scope", "openid phone"), 302, callback + "?error=invalid_scope"},
		{"another identity provider", asks("identity_provider", "Google"), 302, callback + "?error=invalid_request"},
		{"nobody is signed in already", asks("prompt", "none"), 302, callback + "?error=login_required"},
	}
	d := serveDomain(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, path := range []string{"/oauth2/authorize", "/login"} {
				got := d.get(t, path, test.query)
				text := got.header.Get("Location")
				if test.status == 400 {
					text = got.body
				}
				if path == "/login" && strings.HasPrefix(test.want, "/cognito/") {
					test.status, text, test.want = 200, got.body, `<button type="submit">Sign in</button>`
				}
				if got.status != test.status || !strings.Contains(text, test.want) {
					t.Errorf("%s: %d %s, want %d %s", path, got.status, text, test.status, test.want)
				}
			}
		})
	}
}

func TestPagesAreSafe(t *testing.T) {
	d := serveDomain(t)
	const evil = `"><script>alert(1)</script>`
	pages := map[string]reply{
		"the sign-in page":   d.get(t, "/login", asks("state", evil, "login_hint", evil, "nonce", evil)),
		"the error page":     d.get(t, "/login", asks("redirect_uri", evil)),
		"the overview":       d.get(t, "", nil),
		"an unknown client":  d.get(t, "/login", asks("client_id", evil)),
		"a form sent back":   d.post(t, "/login", fill(t, d.get(t, "/login", asks()), "username", evil, "claims", evil)),
		"a bad logout":       d.get(t, "/logout", url.Values{"client_id": {webClient}, "logout_uri": {evil}}),
		"a logout to nobody": d.get(t, "/logout", url.Values{"client_id": {evil}, "logout_uri": {evil}}),
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(page.body, "<script") || !strings.Contains(page.body, "<main>") {
				t.Errorf("page = %s", page.body)
			}
			for header, want := range map[string]string{
				"Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
				"Referrer-Policy": "same-origin", "Access-Control-Allow-Origin": "", "Set-Cookie": "",
			} {
				if got := page.header.Get(header); got != want {
					t.Errorf("%s = %q, want %q", header, got, want)
				}
			}
			policy := page.header.Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
				if !strings.Contains(policy, part) {
					t.Errorf("Content-Security-Policy = %s, want %s in it", policy, part)
				}
			}
		})
	}
	if policy := pages["the sign-in page"].header.Get("Content-Security-Policy"); !strings.HasSuffix(policy,
		"form-action 'self' http://localhost:5173") {
		t.Errorf("Content-Security-Policy = %s", policy)
	}
}

func TestTheFormIsItsOwn(t *testing.T) {
	d := serveDomain(t)
	tests := []struct {
		name   string
		change func(url.Values)
		header []string
		status int
		want   string
	}{
		{"a form without its token", func(f url.Values) { f.Del("_csrf") }, nil, 400, "did not come from it"},
		{"a form with another token", func(f url.Values) { f.Set("_csrf", "AAAA") }, nil, 400, "did not come"},
		{"a form for another state", func(f url.Values) { f.Set("state", "x") }, nil, 400, "did not come"},
		{"a form for another client", func(f url.Values) {
			f.Set("client_id", appClient)
			f.Set("redirect_uri", "https://app.example/in?tenant=1")
			f.Set("scope", "openid")
		}, nil, 400, "did not come"},
		{
			"a form led astray", func(f url.Values) { f.Set("redirect_uri", "https://evil.example") }, nil,
			400, "redirect_mismatch",
		},
		{
			"a page of another origin", func(url.Values) {},
			[]string{"Origin", "https://evil.example"},
			403, "cross-origin",
		},
		{
			"a page of another site", func(url.Values) {},
			[]string{"Sec-Fetch-Site", "cross-site"},
			403,
			"cross-origin",
		},
		{"no name", func(f url.Values) { f.Set("username", "  ") }, nil, 400, "The name has 0 bytes"},
		{"an unknown group", func(f url.Values) { f.Set("group", "x") }, nil, 400, "has no group"},
		{"a line that is no claim", func(f url.Values) { f.Set("claims", "x") }, nil, 400, "no name=value"},
		{"a claim of Cognito's", func(f url.Values) { f.Set("claims", "sub=x") }, nil, 400, "Cognito&#39;s own"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			form := fill(t, d.get(t, "/login", asks()), "username", "ada")
			test.change(form)
			got := d.post(t, "/login", form, test.header...)
			if got.status != test.status || !strings.Contains(got.body, test.want) ||
				got.header.Get("Location") != "" {
				t.Errorf("answered %d %s, want %d with %s", got.status, got.body, test.status, test.want)
			}
		})
	}
	t.Run("a page that lay open too long", func(t *testing.T) {
		form := fill(t, d.get(t, "/login", asks()), "username", "ada")
		d.clock.move(31 * 60e9)
		if got := d.post(t, "/login", form); got.status != 400 {
			t.Errorf("answered %d", got.status)
		}
	})
}

func TestAPoolWithoutADomainHasNoPages(t *testing.T) {
	p := peoplePool()
	p.Domain = ""
	d := serveDomain(t, p)
	for _, path := range []string{"", "/oauth2/authorize", "/login", "/logout", "/oauth2/userInfo"} {
		if got := d.get(t, path, asks()); got.status != 404 || !strings.Contains(got.body, "UserPoolDomain") {
			t.Errorf("%s answered %d %s", path, got.status, got.body)
		}
	}
	if got := d.post(t, "/oauth2/token", redeems("x")); got.status != 404 {
		t.Errorf("the token endpoint answered %d", got.status)
	}
	if got := d.get(t, "/.well-known/jwks.json", nil); got.status != 200 {
		t.Errorf("the key set: %d", got.status)
	}
}

func TestLogout(t *testing.T) {
	d := serveDomain(t)
	tests := []struct {
		name, client, logout string
		status               int
		want                 string
	}{
		{"to an address of the client", webClient, "http://localhost:5173/", 302, "http://localhost:5173/"},
		{"to another address", webClient, "http://localhost:5173/x", 400, ""},
		{"to a callback", webClient, callback, 400, ""},
		{"of an unknown client", "x", "http://localhost:5173/", 400, ""},
		{"without an address", webClient, "", 400, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := d.get(t, "/logout", changed(url.Values{"client_id": {test.client}}, "logout_uri", test.logout))
			if got.status != test.status || got.header.Get("Location") != test.want {
				t.Errorf("answered %d %s", got.status, got.header.Get("Location"))
			}
		})
	}
	if got := d.get(t, "/logout", asks()); !strings.HasPrefix(got.header.Get("Location"), "/cognito/") {
		t.Errorf("signing in again: %d %s", got.status, got.header.Get("Location"))
	}
}

// FuzzAuthorize wants that nobody is sent anywhere but to the sign-in page or to the client.
func FuzzAuthorize(f *testing.F) {
	f.Add("/oauth2/authorize", asks().Encode())
	f.Add("/login", asks("redirect_uri", "//evil.example").Encode())
	f.Add("/logout", "client_id="+webClient+"&logout_uri=http://localhost:5173/%0d%0aSet-Cookie:x")
	p, err := identity.New(identity.Options{Pools: []identity.UserPool{peoplePool()}, Clock: fixed(now)})
	if err != nil {
		f.Fatal(err)
	}
	handler := p.Handler()
	f.Fuzz(func(t *testing.T, path, query string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL = &url.URL{Path: "/" + pool.ID + path, RawQuery: query}
		r.RequestURI = r.URL.RequestURI()
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		location := w.Header().Get("Location")
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%s?%s answered %d", path, query, w.Code)
		}
		for _, allowed := range []string{
			"", "/" + pool.ID + "/login?", callback + "?", "myapp://in?", "https://app.example/in?tenant=1&",
			"http://localhost:5173/",
		} {
			if location == allowed || allowed != "" && strings.HasPrefix(location, allowed) {
				return
			}
		}
		if w.Code != http.StatusTemporaryRedirect && w.Code != http.StatusMovedPermanently {
			t.Errorf("%s?%s leads to %s", path, query, location) // the mux cleans paths by itself
		}
	})
}
