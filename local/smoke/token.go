package smoke

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"portico/local/replay"
)

// Client gets tokens on AWS: by client credentials at the token endpoint of an issuer, or a token
// that is ready. Tokens are kept, by their scopes.
type Client struct {
	Issuer     string // its discovery document names the token endpoint
	ID, Secret string
	Ready      string // instead of all that
	HTTP       *http.Client

	mu     sync.Mutex // guards what follows
	tokens map[string]string
}

// Token returns a token with scopes. Claims are not to be had by client credentials, and are left
// out; cases that want an expired token or an ID token are skipped.
func (c *Client) Token(ctx context.Context, asked replay.TokenRequest) (string, error) {
	switch {
	case asked.Lifetime != 0:
		return "", need("a token of another lifetime, which only a runner mints")
	case asked.Use == "id":
		return "", need("an ID token, which only a runner mints without signing in")
	case c.Ready != "":
		return c.Ready, nil
	case c.ID == "" || c.Secret == "":
		return "", need("a token: --token, or --client-id and --client-secret")
	case c.Issuer == "":
		return "", need("the issuer of tokens: --issuer, or a stack with the output Issuer")
	}
	scopes := slices.Sorted(slices.Values(asked.Scopes))
	key := strings.Join(scopes, " ")
	c.mu.Lock()
	defer c.mu.Unlock()
	if token, known := c.tokens[key]; known {
		return token, nil
	}
	token, err := c.credentials(ctx, key)
	if err != nil {
		return "", err
	}
	if c.tokens == nil {
		c.tokens = map[string]string{}
	}
	c.tokens[key] = token
	return token, nil
}

// tokenWithin bounds a call of an issuer.
const tokenWithin = 20 * time.Second

func (c *Client) credentials(ctx context.Context, scopes string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenWithin)
	defer cancel()
	var discovered struct {
		Endpoint string `json:"token_endpoint"`
	}
	document := strings.TrimSuffix(c.Issuer, "/") + "/.well-known/openid-configuration"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, document, nil)
	if err != nil {
		return "", fmt.Errorf("the issuer %s: %w", c.Issuer, err)
	}
	if err := c.call(request, &discovered); err != nil {
		return "", fmt.Errorf("asking the issuer: %w", err)
	}
	if discovered.Endpoint == "" {
		return "", fmt.Errorf("asking the issuer: %s names no token_endpoint", document)
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if scopes != "" {
		form.Set("scope", scopes)
	}
	request, err = http.NewRequestWithContext(ctx, http.MethodPost, discovered.Endpoint,
		strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("the token endpoint %s: %w", discovered.Endpoint, err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	var granted struct {
		Token string `json:"access_token"`
	}
	if err := c.call(request, &granted); err != nil {
		return "", fmt.Errorf("asking for a token with the scopes %q: %w", scopes, err)
	}
	if granted.Token == "" {
		return "", fmt.Errorf("asking for a token: %s answered without access_token",
			discovered.Endpoint)
	}
	return granted.Token, nil
}

// call makes a call that is answered with JSON; of an error it says what the issuer does.
func (c *Client) call(request *http.Request, into any) error {
	response, err := c.HTTP.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %.200s", request.URL, response.Status, text)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s did not answer with JSON: %w", request.URL, err)
	}
	return nil
}
