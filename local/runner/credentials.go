package runner

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"sync"

	"portico/local/gateway/authorize"
	"portico/local/lambda"
	"portico/local/provision"
)

// seedLength is how many random bytes credentials are derived from.
const seedLength = 32

// credentials makes and recognises the access keys of the template's roles: the same for
// as long as the state folder lives, different in every other.
type credentials struct {
	seed []byte

	mu    sync.RWMutex                    // guards known
	known map[string]authorize.Credential // by access key id
}

var _ authorize.Secrets = (*credentials)(nil)

func newCredentials(seed []byte) *credentials {
	return &credentials{seed: seed, known: map[string]authorize.Credential{}}
}

// ofFunction returns the keys of a function's execution role.
func (c *credentials) ofFunction(account string, f lambda.Function) lambda.Credentials {
	keys := c.issue(f.Role, account, f.Name)
	return lambda.Credentials{
		AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey,
		SessionToken: keys.SessionToken,
	}
}

// session is the name of the role sessions that people act in.
const session = "portico"

// ofRole returns the keys of a role of the template.
func (c *credentials) ofRole(role provision.Role) Keys {
	return c.issue(role.ARN, accountOf(role.ARN), session)
}

// accountOf returns the account in an ARN: arn:aws:iam::123456789012:role/name.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// Keys are what signs calls as a session of a role.
type Keys struct {
	PrincipalARN    string `json:"PrincipalArn"`
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string `json:"SecretAccessKey"`
	SessionToken    string `json:"SessionToken,omitempty"`
	Version         int    `json:"Version"` // 1: what the SDKs' credential_process reads
}

// issue returns the keys of a session of a role, and recognises them from now on.
func (c *credentials) issue(roleARN, account, session string) Keys {
	subject := roleARN + "\x00" + session
	before, role, _ := strings.Cut(roleARN, ":role/")
	keys := Keys{
		PrincipalARN: strings.Replace(before, ":iam:", ":sts:", 1) + ":assumed-role/" +
			role[strings.LastIndexByte(role, '/')+1:] + "/" + session,
		AccessKeyID:     "ASIA" + base32.StdEncoding.EncodeToString(c.sum("id", subject))[:16],
		SecretAccessKey: c.secret("secret", subject),
		SessionToken:    c.secret("token", subject),
		Version:         1,
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[keys.AccessKeyID] = authorize.Credential{
		SecretAccessKey: keys.SecretAccessKey, SessionToken: keys.SessionToken,
		PrincipalARN: keys.PrincipalARN, AccountID: account,
	}
	return keys
}

func (c *credentials) secret(kind, subject string) string {
	return base64.RawStdEncoding.EncodeToString(c.sum(kind, subject))[:40]
}

func (c *credentials) sum(kind, subject string) []byte {
	mac := hmac.New(sha256.New, c.seed)
	mac.Write([]byte(kind + "\x00" + subject))
	return mac.Sum(nil)
}

// Secret returns the credential of an access key id.
func (c *credentials) Secret(accessKeyID string) (authorize.Credential, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	credential, ok := c.known[accessKeyID]
	return credential, ok
}

// stateSeed reads, or makes, what the credentials of this state folder are derived from.
func stateSeed(state string) ([]byte, error) {
	if err := os.MkdirAll(state, 0o755); err != nil {
		return nil, fmt.Errorf("making the state folder: %w", err)
	}
	path := inDir(state, "seed")
	seed, err := os.ReadFile(path)
	if err == nil && len(seed) == seedLength {
		return seed, nil
	}
	seed = make([]byte, seedLength)
	rand.Read(seed) // never fails
	return seed, os.WriteFile(path, seed, 0o600)
}

// Credentials returns the keys of a role of the template, by its name or ARN. The
// runner of the same state folder recognises them; nothing else does.
func Credentials(ctx context.Context, o Options, role string) (Keys, error) {
	app, err := Read(ctx, o)
	if err != nil {
		return Keys{}, err
	}
	seed, err := stateSeed(app.options.State)
	if err != nil {
		return Keys{}, err
	}
	var names []string
	for _, r := range app.Roles {
		if role == r.Name || role == r.ARN {
			return newCredentials(seed).ofRole(r), nil
		}
		names = append(names, r.Name)
	}
	return Keys{}, fmt.Errorf("no role %q in the template; there are: %s", role,
		strings.Join(names, ", "))
}
