package runner

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"

	"portico/local/gateway/authorize"
	"portico/local/lambda"
	"portico/local/provision"
)

// seedLength is how many random bytes credentials are derived from.
const seedLength = 32

// credentials makes and recognises the access keys of roles and users: the same for as long as the
// state folder lives, different in every other.
type credentials struct {
	seed []byte

	mu       sync.RWMutex                    // guards what follows
	known    map[string]authorize.Credential // by access key id
	sessions map[string]authorize.Credential // that were asked for, by access key id
	about    map[string]member               // what is known of roles and users, by ARN
}

var _ authorize.Secrets = (*credentials)(nil)

func newCredentials(seed []byte) *credentials {
	return &credentials{
		seed: seed, known: map[string]authorize.Credential{}, about: map[string]member{},
	}
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

// accountOf returns the account in an ARN: arn:aws:iam::123456789012:role/name.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// Keys are what signs calls as a session of a role, or as a user.
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
	about := c.about[roleARN]
	c.known[keys.AccessKeyID] = authorize.Credential{
		SecretAccessKey: keys.SecretAccessKey, SessionToken: keys.SessionToken,
		PrincipalARN: keys.PrincipalARN, AccountID: account, IdentityOf: roleARN,
		OrgID: about.organization, Tags: about.tags,
	}
	return keys
}

// ofUser returns the keys of a user that are made for it here, and recognises them from now on.
func (c *credentials) ofUser(user member) Keys {
	keys := Keys{
		PrincipalARN:    user.arn,
		AccessKeyID:     "AKIA" + base32.StdEncoding.EncodeToString(c.sum("id", user.arn))[:16],
		SecretAccessKey: c.secret("secret", user.arn),
		Version:         1,
	}
	c.accept(user, provision.AccessKey{ID: keys.AccessKeyID, Secret: keys.SecretAccessKey})
	return keys
}

// accept recognises a key of a user from now on.
func (c *credentials) accept(user member, key provision.AccessKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[key.ID] = authorize.Credential{
		SecretAccessKey: key.Secret, PrincipalARN: user.arn, AccountID: accountOf(user.arn),
		OrgID: user.organization, Tags: user.tags,
	}
}

// recognise makes calls known that are signed by the app's roles and users, and forgets those who
// are gone, and keys that were taken from them.
func (c *credentials) recognise(everybody []member) {
	c.forget(everybody)
	for _, one := range everybody {
		c.mu.Lock()
		c.about[one.arn] = one
		c.mu.Unlock()
		if one.isUser() {
			c.ofUser(one)
		} else {
			c.issue(one.arn, accountOf(one.arn), session)
		}
		for _, key := range one.keys {
			c.accept(one, key)
		}
	}
}

// forget drops the keys of those who were known and are none of everybody, and of users all but
// those that they have.
func (c *credentials) forget(everybody []member) {
	present, keys := map[string]bool{}, map[string]bool{}
	for _, one := range everybody {
		present[one.arn] = true
		for _, key := range one.keys {
			keys[key.ID] = true
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, credential := range c.known {
		owner := credential.IdentityARN()
		before, known := c.about[owner]
		if known && (!present[owner] || before.isUser() && !keys[id]) {
			delete(c.known, id)
		}
	}
	for arn := range c.about {
		if !present[arn] {
			delete(c.about, arn)
		}
	}
}

// admit recognises these sessions, by access key id, and none that were asked for before.
func (c *credentials) admit(sessions map[string]authorize.Credential) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions = sessions
}

// session returns one that was asked for, while its role or user is there; the caller holds mu. The
// account's root is always there.
func (c *credentials) session(accessKeyID string) (authorize.Credential, bool) {
	found, ok := c.sessions[accessKeyID]
	if !ok {
		return found, false
	}
	owner, there := c.about[found.IdentityARN()]
	if !there && !strings.HasSuffix(found.PrincipalARN, ":root") {
		return authorize.Credential{}, false
	}
	tags := maps.Clone(owner.tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, found.Tags)
	found.Tags, found.OrgID = tags, owner.organization
	return found, true
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
	if credential, ok := c.known[accessKeyID]; ok {
		return credential, true
	}
	return c.session(accessKeyID)
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
	if err := os.WriteFile(path, seed, 0o600); err != nil {
		return nil, fmt.Errorf("writing to the state folder: %w", err)
	}
	return seed, nil
}

// Credentials returns the keys of a role of the template or of portico.yaml, by its name or ARN.
// The runner of the same state folder recognises them; nothing else does.
func Credentials(ctx context.Context, o Options, role string) (Keys, error) {
	found, secrets, err := findMember(ctx, o, "role", role)
	if err != nil {
		return Keys{}, err
	}
	return secrets.issue(found.arn, accountOf(found.arn), session), nil
}

// UserCredentials is Credentials for a user.
func UserCredentials(ctx context.Context, o Options, user string) (Keys, error) {
	found, secrets, err := findMember(ctx, o, "user", user)
	if err != nil {
		return Keys{}, err
	}
	if len(found.keys) == 0 {
		return secrets.ofUser(found), nil
	}
	return Keys{
		PrincipalARN: found.arn, AccessKeyID: found.keys[0].ID,
		SecretAccessKey: found.keys[0].Secret, Version: 1,
	}, nil
}

func findMember(ctx context.Context, o Options, kind, name string) (member, *credentials, error) {
	app, err := Read(ctx, o)
	if err != nil {
		return member{}, nil, err
	}
	seed, err := stateSeed(app.options.State)
	if err != nil {
		return member{}, nil, err
	}
	everybody, err := app.members()
	if err != nil {
		return member{}, nil, err
	}
	var names []string
	for _, one := range everybody {
		if one.isUser() != (kind == "user") {
			continue
		}
		if name == one.name || name == one.arn {
			return one, newCredentials(seed), nil
		}
		names = append(names, one.name)
	}
	return member{}, nil, fmt.Errorf("no %s %q in the template and in %s; there are: %s", kind, name,
		settingsFile, strings.Join(names, ", "))
}
