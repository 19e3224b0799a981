package sts

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"portico/local/control/model"
	"portico/local/gateway/authorize"
	"portico/local/gateway/policy"
)

// Bounds of sessions of roles.
const (
	defaultDuration = time.Hour
	chainedDuration = time.Hour
)

// assumption is a role that somebody wants to assume.
type assumption struct {
	role       Role
	caller     authorize.Credential
	call       model.Call
	names      []string // what a trust policy may call the caller
	accounts   []string
	conditions map[string][]string
	federated  bool
	tags       map[string]string
	transitive []string
	source     string // identity
}

func (s *Service) assumeRole(_ context.Context, call model.Call) (model.Object, error) {
	caller, err := s.caller(call)
	if err != nil {
		return nil, err
	}
	if call.Input.Has("SerialNumber") || call.Input.Has("TokenCode") {
		return nil, noDevice()
	}
	a, err := s.assumption(call, caller)
	if err != nil {
		return nil, err
	}
	a.names = []string{caller.PrincipalARN}
	if identity := caller.IdentityARN(); identity != caller.PrincipalARN {
		a.names = append(a.names, identity)
	}
	a.accounts = []string{caller.AccountID, s.root(caller.AccountID)}
	maps.Copy(a.conditions, caller.Conditions())
	if id := call.Input.Text("ExternalId"); id != "" {
		a.conditions["sts:ExternalId"] = []string{id}
	}
	for _, action := range a.actions("sts:AssumeRole") {
		if !s.permits(a, action) {
			return nil, accessDenied("User: %s is not authorized to perform: %s on resource: %s",
				caller.PrincipalARN, action, call.Input.Text("RoleArn"))
		}
	}
	return s.open(a)
}

// assumption reads what both ways of assuming a role share. A role that there is not trusts nobody.
func (s *Service) assumption(call model.Call, caller authorize.Credential) (*assumption, error) {
	in := call.Input
	if in.Has("Policy") || len(in.List("PolicyArns")) > 0 {
		return nil, model.NotImplemented("sts", "AssumeRole",
			"session policies are not judged; leave Policy and PolicyArns out")
	}
	a := &assumption{
		caller: caller, call: call, tags: map[string]string{}, transitive: in.Texts("TransitiveTagKeys"),
		source: in.Text("SourceIdentity"), conditions: map[string][]string{
			"sts:RoleSessionName": {in.Text("RoleSessionName")},
		},
	}
	var known bool
	if a.role, known = s.options.Host.Role(in.Text("RoleArn")); !known {
		a.role = Role{ARN: in.Text("RoleArn")}
	}
	s.inherit(a)
	for _, one := range in.Objects("Tags") {
		key := one.Text("Key")
		a.tags[key] = one.Text("Value")
		a.conditions["aws:RequestTag/"+key] = []string{one.Text("Value")}
		a.conditions["aws:TagKeys"] = append(a.conditions["aws:TagKeys"], key)
	}
	if a.source != "" {
		a.conditions["sts:SourceIdentity"] = []string{a.source}
	}
	return a, nil
}

// inherit takes over what a session hands on to those that it makes.
func (s *Service) inherit(a *assumption) {
	parent, chained := s.store.Read(region).Sessions[a.call.AccessKeyID]
	if !chained {
		return
	}
	for _, key := range parent.Transitive {
		a.tags[key] = parent.Tags[key]
		a.transitive = append(a.transitive, key)
	}
	if a.source == "" {
		a.source = parent.SourceIdentity
	}
}

// actions returns what must be allowed.
func (a *assumption) actions(assume string) []string {
	actions := []string{assume}
	if len(a.call.Input.List("Tags")) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if a.call.Input.Has("SourceIdentity") {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	return actions
}

// permits says whether the trust policy, and for callers that it does not name themselves their own
// policies, let an action pass. The account's root may do what its account may.
//
// Unlike AWS: the root may assume roles; any credentials are taken for it here.
func (s *Service) permits(a *assumption, action string) bool {
	trusted := a.trust(action)
	if trusted.Effect != policy.Allow {
		return false
	}
	if a.federated || isRoot(&a.caller) {
		return true
	}
	allowed, denied := s.options.Host.Allows(a.caller, action, a.role.ARN)
	return !denied && (allowed || !trusted.Delegated && a.sameAccount())
}

func (a *assumption) sameAccount() bool {
	parts := strings.SplitN(a.role.ARN, ":", 6)
	return len(parts) == 6 && parts[4] == a.caller.AccountID
}

// trust returns what the role's trust policy says of an action.
func (a *assumption) trust(action string) policy.Decision {
	denied := policy.Decision{Effect: policy.NoMatch}
	text, err := a.evaluable()
	if err != nil {
		return denied
	}
	parsed, err := policy.Parse(text)
	if err != nil {
		return denied
	}
	return parsed.Evaluate(policy.Request{
		Action: action, Resource: a.role.ARN, Conditions: a.conditions, Principals: a.names,
		Accounts: a.accounts,
	})
}

// evaluable gives a trust policy the resource that it is about. Providers take the place of
// principals where the caller comes from one.
func (a *assumption) evaluable() ([]byte, error) {
	var document struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal(a.role.Trust, &document); err != nil {
		return nil, err
	}
	statements := []map[string]any{{}}
	if json.Unmarshal(document.Statement, &statements[0]) != nil {
		if err := json.Unmarshal(document.Statement, &statements); err != nil {
			return nil, err
		}
	}
	for _, one := range statements {
		one["Resource"] = "*"
		if !a.federated {
			continue
		}
		for _, element := range []string{"Principal", "NotPrincipal"} {
			if kinds, ok := one[element].(map[string]any); ok {
				one[element] = map[string]any{"AWS": kinds["Federated"]}
				if kinds["Federated"] == nil {
					one[element] = map[string]any{"AWS": []any{}}
				}
			}
		}
	}
	readable := map[string]any{"Statement": statements}
	if document.Version != "" { // CDK's bootstrap stack has none
		readable["Version"] = document.Version
	}
	return json.Marshal(readable)
}

// open hands out the session.
func (s *Service) open(a *assumption) (model.Object, error) {
	lasts := defaultDuration
	if a.call.Input.Has("DurationSeconds") {
		lasts = time.Duration(a.call.Input.Int("DurationSeconds")) * time.Second
	}
	switch {
	case isSession(&a.caller) && lasts > chainedDuration:
		return nil, validationError("The requested DurationSeconds exceeds the 1 hour session limit " +
			"for roles assumed by role chaining.")
	case lasts > a.role.MaxSession:
		return nil, validationError("The requested DurationSeconds exceeds the MaxSessionDuration " +
			"set for this role.")
	}
	before, path, _ := strings.Cut(a.role.ARN, ":role/")
	account := before[strings.LastIndexByte(before, ':')+1:]
	name := a.call.Input.Text("RoleSessionName")
	slices.Sort(a.transitive)
	made, err := s.issue(Session{
		PrincipalARN: strings.Replace(before, ":iam:", ":sts:", 1) + ":assumed-role/" +
			path[strings.LastIndexByte(path, '/')+1:] + "/" + name,
		IdentityOf: a.role.ARN, Account: account, Tags: a.tags,
		Transitive: slices.Compact(a.transitive), SourceIdentity: a.source,
	}, lasts)
	if err != nil {
		return nil, err
	}
	identity := authorize.Credential{PrincipalARN: made.PrincipalARN, IdentityOf: made.IdentityOf}
	out := model.Object{
		"Credentials": made.credentials(),
		"AssumedRoleUser": model.Object{
			"AssumedRoleId": identity.UniqueID(), "Arn": made.PrincipalARN,
		},
	}
	if a.source != "" {
		out["SourceIdentity"] = a.source
	}
	if len(a.tags) > 0 {
		out["PackedPolicySize"] = int64(1)
	}
	return out, nil
}
