package identity

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// userInfo answers who a user is, to whoever shows an access token with the scope openid.
func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request, pool *pool) {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(kind, "Bearer") || token == "" {
		deny(w, http.StatusBadRequest, "invalid_request", "Bad OAuth2 request at UserInfo Endpoint")
		return
	}
	claims, client, ok := p.holder(pool, token)
	if !ok {
		deny(w, http.StatusUnauthorized, "invalid_token", "Access token is expired, disabled, or "+
			"deleted, or the user has globally signed out.")
		return
	}
	scopes := strings.Fields(claims.Scope)
	if !slices.Contains(scopes, "openid") {
		deny(w, http.StatusUnauthorized, "invalid_token", "Access token does not contain openid scope")
		return
	}
	attributes, known := p.people.of(pool.ID, claims.Username)
	if !known {
		attributes = pool.attributesOf(claims.Username)
	}
	info := visible(attributes, scopes, client) // the _verified ones are text here, as from Cognito
	info["sub"], info["username"] = claims.Subject, claims.Username
	answer(w, http.StatusOK, info)
}

// accessClaims are the claims of an access token that userInfo reads.
type accessClaims struct {
	jwt.RegisteredClaims
	Use      string `json:"token_use"`
	ClientID string `json:"client_id"`
	Username string `json:"username"`
	Scope    string `json:"scope"`
	Origin   string `json:"origin_jti"`
	Began    int64  `json:"auth_time"`
}

// holder returns the claims of an access token of the pool that still holds, and its client.
func (p *Provider) holder(pool *pool, token string) (accessClaims, Client, bool) {
	var claims accessClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) {
		key, _, err := pool.key.private()
		if err != nil {
			return nil, err
		}
		return &key.PublicKey, nil
	}, jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithIssuer(pool.Issuer()),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(p.clock.Now))
	if err != nil || claims.Use != Access || claims.Username == "" {
		return claims, Client{}, false
	}
	client, known := pool.clientByID(claims.ClientID)
	revoked := claims.Origin != "" && p.isRevoked(claims.Origin, claims.Began)
	return claims, client, known && !revoked
}

// deny refuses as the UserInfo endpoint does ("userInfo endpoint").
func deny(w http.ResponseWriter, status int, code, description string) {
	w.Header().Set("WWW-Authenticate", `error="`+code+`", error_description="`+description+`"`)
	answer(w, status, map[string]string{"error": code, "error_description": description})
}

// revoke voids a refresh token and the session that it belongs to. A token that holds no longer, or
// never did, is answered like one that did ("Revoke endpoint").
func (p *Provider) revoke(w http.ResponseWriter, r *http.Request, pool *pool) {
	posted, err := postedForm(r)
	if err != nil {
		refuse(w, string(invalidRequest))
		return
	}
	client, err := pool.authenticate(r, posted)
	if err != nil {
		answer(w, http.StatusUnauthorized, map[string]string{"error": string(invalidClient)})
		return
	}
	token := posted.Get("token")
	if token == "" || client.Irrevocable {
		refuse(w, string(invalidRequest))
		return
	}
	if strings.Count(token, ".") == 2 { // a signed token, so no refresh token
		refuse(w, "unsupported_token_type")
		return
	}
	opened, err := pool.open(token)
	if err != nil && !errors.Is(err, errSpent) {
		answer(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
		return
	}
	if err == nil && opened.Session.Client == client.ID {
		p.spent.spend("session "+opened.Session.Origin, time.Unix(opened.Session.Began, 0), p.clock.Now())
	}
	w.WriteHeader(http.StatusOK)
}

// logout sends a person to one of the client's addresses, or to sign in again. Nobody stays signed
// in here, so there is nothing to end.
func (p *Provider) logout(w http.ResponseWriter, r *http.Request, pool *pool) {
	query := r.URL.Query()
	target := query.Get("logout_uri")
	if target == "" {
		if !query.Has("redirect_uri") {
			(&mistake{
				code:        "invalid_request",
				description: "Required String parameter 'redirect_uri' is not present",
			}).report(w, r)
			return
		}
		p.authorize(w, r, pool)
		return
	}
	client, ok := pool.clientByID(query.Get("client_id"))
	if !ok {
		(&mistake{
			code: "invalid_client", description: "Client " + query.Get("client_id") + " does not exist.",
		}).report(w, r)
		return
	}
	if !slices.Contains(client.LogoutURLs, target) {
		(&mistake{
			code: "redirect_mismatch",
			description: fmt.Sprintf("logout_uri %q is none of the LogoutURLs of app client %s: %s", target,
				client.Name, strings.Join(client.LogoutURLs, ", ")),
		}).report(w, r)
		return
	}
	http.Redirect(w, r, target, http.StatusFound)
}
