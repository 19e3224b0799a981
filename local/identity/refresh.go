package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
)

// refreshToken is what a refresh token holds, for nobody but the pool to read: it is encrypted and
// authenticated with a key of the pool, so no authorizer takes it for a token of the user, and it
// outlives a restart of the runner.
type refreshToken struct {
	Session session `json:"session"`
	ID      string  `json:"jti"`
	Issued  int64   `json:"iat"` // milliseconds
	Expires int64   `json:"exp"` // seconds
}

// errSpent says that a refresh token cannot be used, without saying more to whoever sent it.
var errSpent = errors.New("the refresh token is not valid, expired, revoked or replaced")

// newRefreshToken seals a session. A token that replaces another holds no longer than that one.
func (p *Provider) newRefreshToken(pool *pool, s session, expires time.Time) (string, error) {
	text, err := json.Marshal(refreshToken{
		Session: s, ID: uuid.NewString(), Issued: p.clock.Now().UnixMilli(), Expires: expires.Unix(),
	})
	if err != nil {
		return "", fmt.Errorf("sealing a refresh token: %w", err)
	}
	key, err := pool.key.derive("refresh tokens of " + pool.ID)
	if err != nil {
		return "", err
	}
	encrypter, err := jose.NewEncrypter(jose.A256GCM,
		jose.Recipient{Algorithm: jose.DIRECT, Key: key},
		(&jose.EncrypterOptions{}).WithContentType("JWT"))
	if err != nil {
		return "", fmt.Errorf("sealing a refresh token: %w", err)
	}
	sealed, err := encrypter.Encrypt(text)
	if err != nil {
		return "", fmt.Errorf("sealing a refresh token: %w", err)
	}
	return sealed.CompactSerialize()
}

// open reads a refresh token of the pool, whatever has become of it.
func (p *pool) open(token string) (refreshToken, error) {
	var opened refreshToken
	key, err := p.key.derive("refresh tokens of " + p.ID)
	if err != nil {
		return opened, err
	}
	sealed, err := jose.ParseEncryptedCompact(token, []jose.KeyAlgorithm{jose.DIRECT},
		[]jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return opened, errSpent
	}
	text, err := sealed.Decrypt(key)
	if err != nil {
		return opened, errSpent
	}
	return opened, json.Unmarshal(text, &opened)
}

// usable opens a refresh token that client may use now.
func (p *Provider) usable(pool *pool, client Client, token string) (refreshToken, error) {
	opened, err := pool.open(token)
	if err != nil {
		return opened, err
	}
	now := p.clock.Now()
	if opened.Session.Client != client.ID || now.Unix() >= opened.Expires {
		return opened, errSpent
	}
	if p.isRevoked(opened.Session.Origin, opened.Session.Began) {
		return opened, errSpent
	}
	at, replaced := p.spent.spentAt(opened.ID, time.UnixMilli(opened.Issued))
	if replaced && now.Sub(at) >= client.Rotation.Grace {
		return opened, errSpent
	}
	return opened, nil
}

// isRevoked says whether the session that began then was revoked.
func (p *Provider) isRevoked(origin string, began int64) bool {
	_, revoked := p.spent.spentAt("session "+origin, time.Unix(began, 0))
	return revoked
}
