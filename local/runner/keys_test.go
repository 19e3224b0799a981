package runner

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"portico/local/gateway/authorize"
)

// AWS tells a discovery document that cannot be had from keys that cannot be had.
func TestKeysOfAnIssuerOutsideTheTemplate(t *testing.T) {
	const keys = `{"keys":[{"kty":"RSA","kid":"k1","use":"sig","e":"AQAB","n":"AQAB"}]}`
	rows := []struct {
		name, document, keys string
		discovery            bool
		want                 string // "" is no error
	}{
		{"both are there", `{"jwks_uri":"%s/keys"}`, keys, false, ""},
		{"no discovery document", "", keys, true, "answered 404"},
		{"a document that is no JSON", "<html>", keys, true, "invalid character"},
		{"a document without jwks_uri", `{}`, keys, true, "has no jwks_uri"},
		{"no keys", `{"jwks_uri":"%s/keys"}`, "", false, "answered 404"},
		{
			"keys over 150,000 bytes", `{"jwks_uri":"%s/keys"}`,
			`{"keys":[]` + strings.Repeat(" ", 150_000) + `}`, false, "more than 150000 bytes",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			mux := http.NewServeMux()
			server := httptest.NewServer(mux)
			defer server.Close()
			serve := func(path, text string) {
				mux.HandleFunc(path, func(w http.ResponseWriter, request *http.Request) {
					if text == "" {
						http.NotFound(w, request)
						return
					}
					_, _ = w.Write([]byte(strings.Replace(text, "%s", server.URL, 1)))
				})
			}
			serve("/.well-known/openid-configuration", r.document)
			serve("/keys", r.keys)
			source := keySource{
				issuers: map[string]string{"https://issuer": server.URL + "/"}, client: server.Client(),
			}
			set, err := source.Keys(context.Background(), "https://issuer")
			if r.want == "" {
				if err != nil || len(set.Keys) != 1 {
					t.Errorf("got %v, %v", set, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want it to say %q", err, r.want)
			}
			if got := errors.Is(err, authorize.ErrDiscovery); got != r.discovery {
				t.Errorf("discovery failed is %v, want %v", got, r.discovery)
			}
		})
	}
}
