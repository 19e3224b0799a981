package restapi

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"

	"portico/local/gateway/authorize"
	"portico/local/gateway/cache"
	"portico/local/gateway/policy"
)

// iam guards with AWS_IAM: the call must be signed, and the policies of who signed it must allow
// execute-api:Invoke on the method.
type iam struct {
	api   *API
	scope authorize.Scope
	arn   string // of the stage: arn:…:{api}/{stage}/
}

func (a *API) compileIAM(s *stage) authorization {
	return &iam{
		api: a, arn: s.arn,
		scope: authorize.Scope{Region: a.def.Account.Region, Service: "execute-api"},
	}
}

func (g *iam) authorize(_ context.Context, c *call) error {
	c.Note("authorization", "AWS_IAM")
	header := c.request.Header.Get("Authorization")
	if header != "" && !strings.HasPrefix(header, "AWS4-") {
		return incompleteSignature(noSignature(header),
			"the method wants a signed call (AWS_IAM), and the Authorization header is no signature")
	}
	keys := &asked{secrets: g.api.deps.Secrets}
	credential, err := authorize.VerifySigV4(c.wire, g.scope, keys, g.api.deps.Clock.Now())
	var wrong *authorize.SignatureError
	if errors.As(err, &wrong) {
		return badSignature(wrong)
	}
	if err != nil {
		return err
	}
	c.Note("principal", credential.PrincipalARN)
	g.identify(c, keys.id, &credential)
	return g.permit(c, &credential)
}

// asked remembers which access key id was asked for.
type asked struct {
	secrets authorize.Secrets
	id      string
}

var _ authorize.Secrets = (*asked)(nil)

// Secret passes the question on.
func (a *asked) Secret(accessKeyID string) (authorize.Credential, bool) {
	a.id = accessKeyID
	if a.secrets == nil {
		return authorize.Credential{}, false
	}
	return a.secrets.Secret(accessKeyID)
}

// identify fills in who signed.
func (g *iam) identify(c *call, accessKey string, credential *authorize.Credential) {
	caller := &c.vars.Caller
	caller.AccessKey, caller.AccountID = accessKey, credential.AccountID
	caller.UserARN = credential.PrincipalARN
	caller.Caller = uniqueID(credential.PrincipalARN)
	caller.User = caller.Caller
}

// permit asks the policies of who signed. That its credentials are of the API's own account is
// part of the identity-based side: without a resource policy nobody else comes in.
func (g *iam) permit(c *call, credential *authorize.Credential) error {
	methodARN := g.arn + c.vars.HTTPMethod + c.path
	if len(methodARN) > maxMethodARN {
		return methodARNTooLong(len(methodARN))
	}
	decision := g.decide(c, credential, "execute-api:Invoke")
	if decision.Effect != policy.Allow {
		return signerDenied(credential.PrincipalARN, methodARN, decision)
	}
	c.Note("statement", decision.Statement)
	return nil
}

// decide asks the policies of who signed for an action on the method.
func (g *iam) decide(c *call, signer *authorize.Credential, action string) policy.Decision {
	policies := g.api.deps.Policies
	if policies == nil || signer.AccountID != g.api.def.Account.ID {
		return policy.Decision{Effect: policy.NoMatch}
	}
	return policies.Evaluate(signer.PrincipalARN, policy.Request{
		Action: action, Resource: g.arn + c.vars.HTTPMethod + c.path,
		Conditions: g.conditions(c, signer),
		Principals: []string{signer.PrincipalARN, signer.AccountID},
	})
}

// mayInvalidate asks the policies of who signed the call.
func (g *iam) mayInvalidate(c *call) bool {
	signer := &authorize.Credential{
		PrincipalARN: c.vars.Caller.UserARN, AccountID: c.vars.Caller.AccountID,
	}
	return g.decide(c, signer, cache.InvalidateAction).Effect == policy.Allow
}

// conditions returns the condition keys of a signed call.
func (g *iam) conditions(c *call, credential *authorize.Credential) map[string][]string {
	keys := c.conditions()
	keys["aws:PrincipalArn"] = []string{principalARN(credential.PrincipalARN)}
	keys["aws:PrincipalAccount"] = []string{credential.AccountID}
	keys["aws:userid"] = []string{c.vars.Caller.Caller}
	keys["aws:PrincipalType"] = []string{"User"}
	if _, ok := assumedRole(credential.PrincipalARN); ok {
		keys["aws:PrincipalType"] = []string{"AssumedRole"}
	} else if _, user, ok := strings.Cut(credential.PrincipalARN, ":user/"); ok {
		keys["aws:username"] = []string{user[strings.LastIndexByte(user, '/')+1:]}
	}
	return keys
}

// assumedRole returns what follows assumed-role/ in the ARN of a session: {role}/{session}.
func assumedRole(arn string) (name string, ok bool) {
	_, name, ok = strings.Cut(arn, ":assumed-role/")
	return name, ok
}

// principalARN returns the ARN of the role behind a session, or the ARN itself ("AWS global
// condition context keys", aws:PrincipalArn).
func principalARN(arn string) string {
	name, ok := assumedRole(arn)
	if !ok {
		return arn
	}
	role, _, _ := strings.Cut(name, "/")
	arn = strings.Replace(arn, ":sts:", ":iam:", 1)
	return arn[:strings.Index(arn, ":assumed-role/")] + ":role/" + role
}

// uniqueID returns the unique id of a principal: AIDA… of a user, AROA…:{session} of a session.
//
// Unlike AWS: it is made from the ARN, and does not change when a user is made anew.
func uniqueID(arn string) string {
	prefix, session := "AIDA", ""
	if name, ok := assumedRole(arn); ok {
		prefix = "AROA"
		_, session, _ = strings.Cut(name, "/")
		session = ":" + session
	}
	sum := sha256.Sum256([]byte(principalARN(arn)))
	return prefix + base32.StdEncoding.EncodeToString(sum[:])[:17] + session
}
