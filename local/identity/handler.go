package identity

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Handler serves what clients and authorizers ask of a user pool:
//
//	GET  /{pool id}/.well-known/openid-configuration
//	GET  /{pool id}/.well-known/jwks.json
//	POST /{pool id}/oauth2/token    (client_credentials)
//
// Unlike AWS: the token endpoint stands beside the others, not on the pool's domain.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{pool}/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /{pool}/.well-known/jwks.json", p.keySet)
	mux.HandleFunc("POST /{pool}/oauth2/token", p.grant)
	return mux
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

func (p *Provider) discovery(w http.ResponseWriter, r *http.Request) {
	pool, ok := p.poolOf(w, r)
	if !ok {
		return
	}
	base := baseURL(r, pool.ID)
	answer(w, http.StatusOK, map[string]any{
		"issuer":                                pool.Issuer(),
		"jwks_uri":                              base + "/.well-known/jwks.json",
		"token_endpoint":                        base + "/oauth2/token",
		"response_types_supported":              []string{"code", "token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      append([]string{"openid", "email"}, pool.Scopes...),
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
	})
}

// baseURL returns the pool's address as the client reached it, whatever it is mounted under.
func baseURL(r *http.Request, id string) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	path := r.RequestURI
	if path == "" {
		path = r.URL.Path
	}
	before, _, _ := strings.Cut(path, "/"+id+"/")
	return scheme + "://" + r.Host + before + "/" + id
}

func (p *Provider) keySet(w http.ResponseWriter, r *http.Request) {
	pool, ok := p.poolOf(w, r)
	if !ok {
		return
	}
	keys, err := pool.key.public()
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"message": err.Error()})
		return
	}
	answer(w, http.StatusOK, keys)
}

// grant answers the client-credentials grant.
//
// Unlike AWS: the client's secret is not checked, because a template holds none.
func (p *Provider) grant(w http.ResponseWriter, r *http.Request) {
	pool, ok := p.poolOf(w, r)
	if !ok {
		return
	}
	const most = 64 << 10
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if err := r.ParseForm(); err != nil {
		refuse(w, "invalid_request")
		return
	}
	if r.PostForm.Get("grant_type") != "client_credentials" {
		refuse(w, "unsupported_grant_type")
		return
	}
	id, _, basic := r.BasicAuth()
	if !basic {
		id = r.PostForm.Get("client_id")
	}
	client, err := pool.client(id)
	if err != nil || id == "" {
		refuse(w, "invalid_client")
		return
	}
	scopes := strings.Fields(r.PostForm.Get("scope"))
	for _, scope := range scopes {
		if !slices.Contains(client.Scopes, scope) {
			refuse(w, "invalid_scope")
			return
		}
	}
	if len(scopes) == 0 {
		scopes = client.Scopes
	}
	token, err := p.machineToken(pool, client, scopes)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"access_token": token, "expires_in": int(lifetime.Seconds()), "token_type": "Bearer",
	})
}

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
