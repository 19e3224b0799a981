package identity

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authorization is what a client asks for when it sends a person to sign in, once it is judged.
type authorization struct {
	client       Client
	responseType string
	redirect     string
	scopes       []string
	state, nonce string
	challenge    string // S256 of the code verifier; "" without PKCE
	hint         string // the user name to begin with
}

// authorizationParameters are what of a query belongs to an authorization request.
func authorizationParameters() []string {
	return []string{
		"client_id", "response_type", "redirect_uri", "scope", "state", "nonce",
		"code_challenge", "code_challenge_method", "login_hint",
	}
}

// mistake is why nobody can sign in: either the client is told, by a redirect to it, or the person
// is, because there is no client that can be trusted with it.
type mistake struct {
	code, description string
	redirect          string // "" shows it to the person
	state             string
}

// authorize sends the person on to the sign-in page, if what the client asks for can be granted.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request, pool *pool) {
	if _, wrong := pool.judge(r.URL.Query()); wrong != nil {
		wrong.report(w, r)
		return
	}
	target := basePath(r, pool.ID) + "/login?" + r.URL.RawQuery
	http.Redirect(w, r, target, http.StatusFound)
}

// judge reads an authorization request. The order matters: only when the client and its address are
// known may a mistake be told to that address.
func (p *pool) judge(query url.Values) (authorization, *mistake) {
	var a authorization
	for name, values := range query {
		if len(values) > 1 && slices.Contains(authorizationParameters(), name) {
			return a, &mistake{code: "invalid_request", description: name + " is given more than once"}
		}
	}
	var wrong *mistake
	if a.client, a.redirect, wrong = p.addressee(query); wrong != nil {
		return a, wrong
	}
	a.state, a.nonce, a.hint = query.Get("state"), query.Get("nonce"), query.Get("login_hint")
	a.responseType = query.Get("response_type")
	tell := func(code, description string, args ...any) (authorization, *mistake) {
		return a, &mistake{code, fmt.Sprintf(description, args...), a.redirect, a.state}
	}
	flow := map[string]string{"code": FlowCode, "token": FlowImplicit}[a.responseType]
	if flow == "" {
		return tell("invalid_request", "response_type is %q, want code or token", a.responseType)
	}
	if !a.client.allows(flow) {
		return tell("unauthorized_client", "the app client does not allow the flow %s", flow)
	}
	a.challenge = query.Get("code_challenge")
	if why := wrongChallenge(a.challenge, query.Get("code_challenge_method")); why != "" {
		return tell("invalid_request", "%s", why)
	}
	if a.scopes = strings.Fields(query.Get("scope")); len(a.scopes) == 0 {
		a.scopes = a.client.Scopes
	}
	for _, scope := range a.scopes {
		if !slices.Contains(a.client.Scopes, scope) {
			return tell("invalid_scope", "the app client may not ask for the scope %q", scope)
		}
	}
	if other := query.Get("identity_provider"); other != "" && other != "COGNITO" {
		return tell("invalid_request", "the identity provider %q is not asked here", other)
	}
	if query.Get("prompt") == "none" {
		return tell("login_required", "nobody stays signed in here")
	}
	return a, nil
}

// addressee finds the client and the address that people are sent back to. The address must be one
// of the client's, letter by letter: anything else would send codes to whoever asks.
func (p *pool) addressee(query url.Values) (Client, string, *mistake) {
	id := query.Get("client_id")
	if id == "" {
		return Client{}, "", &mistake{
			code: "invalid_request", description: "Required String parameter 'client_id' is not present",
		}
	}
	client, ok := p.clientByID(id)
	if !ok {
		return client, "", &mistake{
			code: "invalid_client", description: "Client " + id + " does not exist.",
		}
	}
	if !client.OAuth {
		return client, "", &mistake{
			code:        "unauthorized_client",
			description: "app client " + client.Name + " has no AllowedOAuthFlowsUserPoolClient",
		}
	}
	redirect := query.Get("redirect_uri")
	if redirect == "" {
		redirect = client.DefaultRedirect
	}
	if redirect == "" || !slices.Contains(client.CallbackURLs, redirect) {
		return client, "", &mistake{
			code: "redirect_mismatch",
			description: fmt.Sprintf("redirect_uri %q is none of the CallbackURLs of app client %s: %s",
				redirect, client.Name, strings.Join(client.CallbackURLs, ", ")),
		}
	}
	return client, redirect, nil
}

// clientByID returns the app client with that id.
func (p *pool) clientByID(id string) (Client, bool) {
	i := slices.IndexFunc(p.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return p.Clients[i], true
}

// wrongChallenge says what is wrong with a PKCE challenge; Cognito takes S256 alone ("The redirect
// and authorization endpoint").
func wrongChallenge(challenge, method string) string {
	const length = 32 // of a SHA-256 sum
	switch sum, err := base64.RawURLEncoding.DecodeString(challenge); {
	case challenge == "" && method == "":
		return ""
	case challenge == "":
		return "code_challenge_method is given without code_challenge"
	case method != "S256":
		return fmt.Sprintf("code_challenge_method is %q, want S256", method)
	case err != nil || len(sum) != length:
		return "code_challenge is no SHA-256 sum in base64url without padding"
	}
	return ""
}

// report tells the client or the person what is wrong.
//
// Unlike AWS: the person sees it at once and with the reason, not after a redirect to /error.
func (m *mistake) report(w http.ResponseWriter, r *http.Request) {
	if m.redirect == "" {
		writePage(w, http.StatusBadRequest, errorPage, "", m.view())
		return
	}
	parameters := url.Values{"error": {m.code}, "error_description": {m.description}}
	if m.state != "" {
		parameters.Set("state", m.state)
	}
	http.Redirect(w, r, withQuery(m.redirect, parameters), http.StatusFound)
}

// withQuery adds parameters to an address that may have some already.
func withQuery(address string, parameters url.Values) string {
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + parameters.Encode()
}
