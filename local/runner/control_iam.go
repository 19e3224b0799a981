package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"portico/local/control/iam"
	"portico/local/control/sts"
	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/provision"
)

// iamOwner owns the roles and users that the management API of IAM created.
const iamOwner = "iam"

// peopleHost judges calls by the roles and users that management APIs created, and takes calls that
// sessions of them sign.
type peopleHost struct {
	runner *Runner

	mu    sync.Mutex // guards roles
	roles map[string]iam.Role
}

var (
	_ iam.Host = (*peopleHost)(nil)
	_ sts.Host = (*peopleHost)(nil).sessions()
)

// Serve puts these roles and users in the place of those that were created before.
func (h *peopleHost) Serve(
	ctx context.Context, roles []iam.Role, users []provision.Principal,
) error {
	added := provision.Application{Users: users}
	known := make(map[string]iam.Role, len(roles))
	for _, one := range roles {
		added.Roles = append(added.Roles, one.Principal)
		known[one.ARN] = one
	}
	if err := h.runner.Put(ctx, iamOwner, added); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.roles = known
	return nil
}

// Caller returns the ARN of who signs with a key.
func (h *peopleHost) Caller(accessKeyID string) (arn string, ok bool) {
	found, ok := h.runner.secrets.Secret(accessKeyID)
	return found.PrincipalARN, ok
}

// sessions returns what STS needs of the host.
func (h *peopleHost) sessions() sessionHost { return sessionHost{h} }

// sessionHost is a peopleHost as STS sees it.
type sessionHost struct{ people *peopleHost }

// Caller returns whom an access key stands for.
func (h sessionHost) Caller(accessKeyID string) (authorize.Credential, bool) {
	return h.people.runner.secrets.Secret(accessKeyID)
}

// Role returns a role that was created, one of the template, or one of the settings. Those of the
// settings have no trust policy: who may call this account may assume them.
func (h sessionHost) Role(arn string) (sts.Role, bool) {
	h.people.mu.Lock()
	created, ok := h.people.roles[arn]
	h.people.mu.Unlock()
	if ok {
		return sts.Role{
			ARN: arn, Trust: created.Trust, MaxSession: created.MaxSession, Tags: created.Tags,
		}, true
	}
	described := h.people.Described()
	at := slices.IndexFunc(described.Entities, func(e iam.Entity) bool {
		return e.ARN == arn && e.Kind == "Role"
	})
	if at < 0 {
		return sts.Role{}, false
	}
	found := described.Entities[at]
	return sts.Role{
		ARN: arn, Trust: json.RawMessage(found.Trust),
		MaxSession: time.Duration(found.MaxSession) * time.Second,
	}, true
}

// Allows says what the caller's own policies say of an action.
func (h sessionHost) Allows(
	caller authorize.Credential, action, resource string,
) (allowed, denied bool) {
	decision := h.people.runner.granted.Principals().Decide(authorize.IAMCall{
		Action: action, Resource: resource, Caller: caller, APIAccount: caller.AccountID,
	})
	return decision.Allowed, decision.Explicit
}

// Recognise lets these sessions sign calls, and no others.
func (h sessionHost) Recognise(sessions []sts.Session) {
	known := make(map[string]authorize.Credential, len(sessions))
	for _, one := range sessions {
		known[one.AccessKeyID] = authorize.Credential{
			SecretAccessKey: one.SecretAccessKey, SessionToken: one.SessionToken,
			PrincipalARN: one.PrincipalARN, AccountID: one.Account, IdentityOf: one.IdentityOf,
			Expires: one.Expires, Tags: maps.Clone(one.Tags),
		}
	}
	h.people.runner.secrets.admit(known)
}

// Claims verifies a token like a JWT authorizer of its issuer and audience does.
func (h sessionHost) Claims(ctx context.Context, token string) (map[string]string, error) {
	r := h.people.runner
	issuer, audience, err := unverified(token)
	if err != nil {
		return nil, err
	}
	verifier, err := authorize.NewJWT(api.V2Authorizer{
		Name: "web identity", Issuer: issuer, Audience: []string{audience},
		IdentitySource: []string{"$request.header.Authorization"},
	}, authorize.NewKeyCache(r.keysFor(r.App()), r.options.Clock), r.options.Clock)
	if err != nil {
		return nil, err
	}
	identity, err := verifier.Authorize(ctx, bearing(token), nil)
	if err != nil {
		return nil, fmt.Errorf("the token of %s does not hold: %w", issuer, err)
	}
	identity.Claims["aud"] = audience
	return identity.Claims, nil
}
