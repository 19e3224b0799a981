package identity

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// tokens are what the token endpoint answers.
type tokens struct {
	ID        string `json:"id_token,omitempty"`
	Access    string `json:"access_token"`
	Refresh   string `json:"refresh_token,omitempty"`
	ExpiresIn int    `json:"expires_in"`
	Type      string `json:"token_type"`
}

// oauthError is a refusal of the token endpoint, by OAuth's word for it.
type oauthError string

// Error returns the word.
func (e oauthError) Error() string { return string(e) }

// The refusals of the token endpoint ("Token endpoint").
const (
	invalidRequest       oauthError = "invalid_request"
	invalidClient        oauthError = "invalid_client"
	invalidGrant         oauthError = "invalid_grant"
	invalidScope         oauthError = "invalid_scope"
	unauthorizedClient   oauthError = "unauthorized_client"
	unsupportedGrantType oauthError = "unsupported_grant_type"
)

// token answers the three grants of the token endpoint.
func (p *Provider) token(w http.ResponseWriter, r *http.Request, pool *pool) {
	granted, err := p.exchange(r, pool)
	var refused oauthError
	switch {
	case errors.As(err, &refused):
		refuse(w, string(refused))
	case err != nil:
		answer(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
	default:
		answer(w, http.StatusOK, granted)
	}
}

func (p *Provider) exchange(r *http.Request, pool *pool) (tokens, error) {
	posted, err := postedForm(r)
	if err != nil {
		return tokens{}, err
	}
	kind := posted.Get("grant_type")
	if kind == "" {
		return tokens{}, invalidRequest
	}
	client, err := pool.authenticate(r, posted)
	if err != nil {
		return tokens{}, err
	}
	switch kind {
	case "authorization_code":
		return p.redeem(pool, client, posted)
	case "refresh_token":
		return p.renew(pool, client, posted)
	case "client_credentials":
		return p.machine(pool, client, posted)
	}
	return tokens{}, unsupportedGrantType
}

// postedForm reads a form in which nothing is said twice.
func postedForm(r *http.Request) (url.Values, error) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		return nil, invalidRequest
	}
	if err := r.ParseForm(); err != nil {
		return nil, invalidRequest
	}
	for _, values := range r.PostForm {
		if len(values) > 1 {
			return nil, invalidRequest
		}
	}
	return r.PostForm, nil
}

// authenticate finds the app client that calls: one with a secret must show it, in the
// Authorization header or in the body; one without must not show any.
func (p *pool) authenticate(r *http.Request, posted url.Values) (Client, error) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = posted.Get("client_id"), posted.Get("client_secret")
	} else if other := posted.Get("client_id"); other != "" && other != id {
		return Client{}, invalidClient
	}
	client, ok := p.clientByID(id)
	if !ok || subtle.ConstantTimeCompare([]byte(secret), []byte(client.Secret)) != 1 {
		return Client{}, invalidClient
	}
	return client, nil
}

// redeem gives tokens for an authorization code. Whoever shows a code voids it.
func (p *Provider) redeem(pool *pool, client Client, posted url.Values) (tokens, error) {
	code, redirect := posted.Get("code"), posted.Get("redirect_uri")
	switch {
	case !client.allows(FlowCode):
		return tokens{}, unauthorizedClient
	case code == "":
		return tokens{}, invalidRequest
	}
	g, ok := p.codes.take(code, p.clock.Now())
	switch {
	case !ok || g.pool != pool.ID || g.session.Client != client.ID:
		return tokens{}, invalidGrant
	case redirect == "":
		return tokens{}, invalidRequest
	case !slices.Contains(client.CallbackURLs, redirect):
		return tokens{}, unauthorizedClient // as callers of Cognito report
	case redirect != g.redirect || !proves(posted.Get("code_verifier"), g.challenge):
		return tokens{}, invalidGrant
	}
	granted, err := p.tokensOf(pool, client, g.session)
	if err != nil {
		return tokens{}, err
	}
	s := g.session
	s.Nonce = "" // of the first ID token alone
	granted.Refresh, err = p.newRefreshToken(pool, s,
		p.clock.Now().Add(or(client.Lifetimes.Refresh, refreshLifetime)))
	return granted, err
}

// proves says whether a code verifier is that of a challenge (RFC 7636, section 4.6). Without a
// challenge there must be none: whoever sends one thinks that it is checked.
func proves(verifier, challenge string) bool {
	if challenge == "" {
		return verifier == ""
	}
	const shortest, longest = 43, 128
	if len(verifier) < shortest || len(verifier) > longest {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	want := base64.RawURLEncoding.EncodeToString(sum[:])
	return subtle.ConstantTimeCompare([]byte(want), []byte(challenge)) == 1
}

// tokensOf mints the tokens of a session; an ID token belongs to the scope openid.
func (p *Provider) tokensOf(pool *pool, client Client, s session) (tokens, error) {
	access, holds, err := p.accessToken(pool, client, s)
	if err != nil {
		return tokens{}, err
	}
	t := tokens{Access: access, ExpiresIn: int(holds.Seconds()), Type: "Bearer"}
	if slices.Contains(s.Scopes, "openid") {
		t.ID, err = p.idToken(pool, client, s, access)
	}
	return t, err
}

// renew gives new tokens for a refresh token, and with rotation a new one of those.
func (p *Provider) renew(pool *pool, client Client, posted url.Values) (tokens, error) {
	token := posted.Get("refresh_token")
	if token == "" {
		return tokens{}, invalidRequest
	}
	if !client.OAuth {
		return tokens{}, unauthorizedClient
	}
	opened, err := p.usable(pool, client, token)
	if errors.Is(err, errSpent) {
		return tokens{}, invalidGrant
	}
	if err != nil {
		return tokens{}, err
	}
	granted, err := p.tokensOf(pool, client, opened.Session)
	if err != nil || !client.Rotation.Enabled {
		return granted, err
	}
	p.spent.spend(opened.ID, time.UnixMilli(opened.Issued), p.clock.Now())
	granted.Refresh, err = p.newRefreshToken(pool, opened.Session, time.Unix(opened.Expires, 0))
	return granted, err
}

// machine gives a token to a client that acts for itself.
func (p *Provider) machine(pool *pool, client Client, posted url.Values) (tokens, error) {
	if !client.allows(FlowMachine) || client.Secret == "" {
		return tokens{}, unauthorizedClient
	}
	scopes := strings.Fields(posted.Get("scope"))
	for _, scope := range scopes {
		if !slices.Contains(client.Scopes, scope) {
			return tokens{}, invalidScope
		}
	}
	if len(scopes) == 0 {
		scopes = client.Scopes
	}
	holds := or(client.Lifetimes.Access, lifetime)
	access, err := p.machineToken(pool, client, scopes)
	return tokens{Access: access, ExpiresIn: int(holds.Seconds()), Type: "Bearer"}, err
}
