package identity

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// maxForm bounds what anybody may post.
const maxForm = 64 << 10

// Handler serves what clients, people and authorizers ask of a user pool:
//
//	GET  /{pool id}                  a page that says what there is
//	GET  /{pool id}/.well-known/openid-configuration
//	GET  /{pool id}/.well-known/jwks.json
//	GET  /{pool id}/oauth2/authorize → /{pool id}/login
//	GET  /{pool id}/login            the sign-in page
//	POST /{pool id}/login            → the client, with a code or with tokens
//	POST /{pool id}/oauth2/token     authorization_code, refresh_token, client_credentials
//	POST /{pool id}/oauth2/revoke
//	GET  /{pool id}/oauth2/userInfo
//	GET  /{pool id}/logout
//
// Pages of other origins may call the endpoints that are no pages, as on AWS.
//
// Unlike AWS: the endpoints of the pool's domain stand beside the others, under the pool's id.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{pool}/.well-known/openid-configuration", p.anyone(p.discovery))
	mux.HandleFunc("GET /{pool}/.well-known/jwks.json", p.anyone(p.keySet))
	mux.HandleFunc("GET /{pool}", p.onDomain(p.overview))
	mux.HandleFunc("GET /{pool}/oauth2/authorize", p.onDomain(p.authorize))
	mux.HandleFunc("GET /{pool}/login", p.onDomain(p.login))
	own := http.NewCrossOriginProtection() // nobody else's page may sign a person in
	mux.Handle("POST /{pool}/login", own.Handler(p.onDomain(p.signIn)))
	mux.HandleFunc("GET /{pool}/logout", p.onDomain(p.logout))
	for path, serve := range map[string]func(http.ResponseWriter, *http.Request, *pool){
		"POST /{pool}/oauth2/token":    p.token,
		"POST /{pool}/oauth2/revoke":   p.revoke,
		"GET /{pool}/oauth2/userInfo":  p.userInfo,
		"POST /{pool}/oauth2/userInfo": p.userInfo,
	} {
		mux.HandleFunc(path, p.shareable(p.onDomain(serve)))
		_, rest, _ := strings.Cut(path, " ")
		if !strings.HasPrefix(path, "GET ") {
			mux.HandleFunc("OPTIONS "+rest, p.shareable(preflight))
		}
	}
	return mux
}

// servePool answers a request for a pool.
type servePool func(http.ResponseWriter, *http.Request, *pool)

// anyone serves what a pool publishes.
func (p *Provider) anyone(serve servePool) http.HandlerFunc {
	return p.shareable(func(w http.ResponseWriter, r *http.Request) {
		if pool, ok := p.poolOf(w, r); ok {
			serve(w, r, pool)
		}
	})
}

// onDomain serves what a pool has on its domain only; nothing of it is kept by anybody on the way.
func (p *Provider) onDomain(serve servePool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		pool, ok := p.poolOf(w, r)
		if !ok {
			return
		}
		if pool.Domain == "" {
			answer(w, http.StatusNotFound, map[string]string{
				"message": "user pool " + pool.Name + " has no domain, so it has no sign-in page and " +
					"no OAuth 2.0 endpoints; give it an AWS::Cognito::UserPoolDomain",
			})
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		serve(w, r, pool)
	}
}

// shareable lets pages of any origin read the answer; none of them can be sent cookies along.
func (p *Provider) shareable(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		serve(w, r)
	}
}

func preflight(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Methods", "GET,POST,OPTIONS")
	w.Header().Set("Access-Control-Allow-Headers", "authorization,content-type")
	w.Header().Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// poolOf finds the pool of a request; the answer to an unknown one is Cognito's.
func (p *Provider) poolOf(w http.ResponseWriter, r *http.Request) (*pool, bool) {
	pool, ok := p.pools[r.PathValue("pool")]
	if !ok {
		answer(w, http.StatusNotFound, map[string]string{
			"code": "ResourceNotFoundException", "message": "User pool does not exist.",
		})
	}
	return pool, ok
}

func (p *Provider) discovery(w http.ResponseWriter, r *http.Request, pool *pool) {
	base := baseURL(r, pool.ID)
	document := map[string]any{
		"issuer":                                pool.Issuer(),
		"jwks_uri":                              base + "/.well-known/jwks.json",
		"response_types_supported":              []string{"code", "token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "email", "phone", "profile"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
	}
	if pool.Domain != "" {
		document["authorization_endpoint"] = base + "/oauth2/authorize"
		document["token_endpoint"] = base + "/oauth2/token"
		document["userinfo_endpoint"] = base + "/oauth2/userInfo"
		document["revocation_endpoint"] = base + "/oauth2/revoke"
		document["end_session_endpoint"] = base + "/logout"
	}
	answer(w, http.StatusOK, document)
}

// baseURL returns the pool's address as the client reached it, whatever it is mounted under.
func baseURL(r *http.Request, id string) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + basePath(r, id)
}

// basePath returns the path of the pool as the client reached it.
func basePath(r *http.Request, id string) string {
	path := r.URL.Path
	if asked, err := url.ParseRequestURI(r.RequestURI); err == nil {
		path = asked.EscapedPath()
	}
	before, _, _ := strings.Cut(path+"/", "/"+id+"/")
	if before = strings.Trim(before, "/"); before == "" {
		return "/" + id
	}
	return "/" + before + "/" + id // never "//": that would lead to another host
}

func (p *Provider) keySet(w http.ResponseWriter, _ *http.Request, pool *pool) {
	keys, err := pool.key.public()
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"message": err.Error()})
		return
	}
	answer(w, http.StatusOK, keys)
}

// refuse answers in the words of OAuth 2.0, as Cognito does.
func refuse(w http.ResponseWriter, code string) {
	answer(w, http.StatusBadRequest, map[string]string{"error": code})
}

func answer(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // the client may have gone: nobody is left to tell
}
