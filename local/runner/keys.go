package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"portico/local/gateway/authorize"
	"portico/local/identity"
)

// Limits of API Gateway on what an issuer may take and answer ("Amazon API Gateway quotas").
const (
	discoveryTimeout = 1500 * time.Millisecond
	maxKeySet        = 150_000 // bytes
)

// keySource finds the keys of JWT issuers: user pools of the template are asked in-process, others
// only when portico.yaml says where.
type keySource struct {
	pools   *identity.Provider
	issuers map[string]string // issuer → where its discovery document is
	client  *http.Client
}

var _ authorize.KeySource = keySource{}

// Keys returns the key set of an issuer.
func (k keySource) Keys(ctx context.Context, issuer string) (*jose.JSONWebKeySet, error) {
	base, listed := k.issuers[issuer]
	if !listed {
		keys, err := k.pools.Keys(ctx, issuer)
		if err != nil {
			return nil, fmt.Errorf("%w: %w; an issuer outside the template is asked when %s lists it "+
				"under issuers", authorize.ErrDiscovery, err, settingsFile)
		}
		return keys, nil
	}
	var discovery struct {
		JWKSURI string `json:"jwks_uri"`
	}
	url := strings.TrimSuffix(base, "/") + "/.well-known/openid-configuration"
	if err := k.get(ctx, url, &discovery); err != nil {
		return nil, fmt.Errorf("%w of %s: %w", authorize.ErrDiscovery, issuer, err)
	}
	if discovery.JWKSURI == "" {
		return nil, fmt.Errorf("%w of %s: %s has no jwks_uri", authorize.ErrDiscovery, issuer, url)
	}
	var keys jose.JSONWebKeySet
	if err := k.get(ctx, discovery.JWKSURI, &keys); err != nil {
		return nil, fmt.Errorf("key set of %s: %w", issuer, err)
	}
	return &keys, nil
}

func (k keySource) get(ctx context.Context, url string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, discoveryTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := k.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
	if err != nil {
		return err
	}
	if len(text) > maxKeySet {
		return fmt.Errorf("%s answered more than %d bytes", url, maxKeySet)
	}
	return json.Unmarshal(text, into)
}
