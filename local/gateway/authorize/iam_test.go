package authorize_test

import (
	"strings"
	"testing"

	"portico/local/gateway/authorize"
	"portico/local/gateway/policy"
)

const (
	ownAccount   = "123456789012"
	otherAccount = "111122223333"
	petsARN      = "arn:aws:execute-api:us-east-2:123456789012:aabbccddee/stage/GET/pets"
	allowPets    = `{"Statement":[{"Sid":"Pets","Effect":"Allow","Action":"execute-api:Invoke","Resource":"` + petsARN + `"}]}`
	denyAll      = `{"Statement":[{"Sid":"Stop","Effect":"Deny","Action":"*","Resource":"*"}]}`
	allowS3      = `{"Statement":[{"Sid":"Files","Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
)

func sessionOf(account, role string) authorize.Credential {
	return authorize.Credential{
		PrincipalARN: "arn:aws:sts::" + account + ":assumed-role/" + role + "/me", AccountID: account,
	}
}

func userOf(account, user string) authorize.Credential {
	return authorize.Credential{
		PrincipalARN: "arn:aws:iam::" + account + ":user/" + user, AccountID: account,
	}
}

// letIn returns a resource policy that lets principals call GET /pets.
func letIn(t *testing.T, principal string) *policy.Policy {
	t.Helper()
	p, err := authorize.NewResourcePolicy([]byte(`{"Version":"2012-10-17","Statement":[{"Sid":"Guests",`+
		`"Effect":"Allow","Principal":`+principal+`,"Action":"execute-api:Invoke","Resource":["execute-api:/stage/GET/pets"]}]}`),
		"arn:aws:execute-api:us-east-2:123456789012:aabbccddee")
	if err != nil {
		t.Fatal(err)
	}
	return p.Policy()
}

func TestDecide(t *testing.T) {
	developer := sessionOf(otherAccount, "developer")
	admin := sessionOf(ownAccount, "admin")
	eve := userOf(ownAccount, "eve")
	// The resource policy of AWS's example "Allow roles in another AWS account to use an API".
	roles := `{"AWS":["arn:aws:iam::111122223333:role/developer","arn:aws:iam::111122223333:role/Admin"]}`
	for _, r := range []struct {
		name                string
		caller              authorize.Credential
		policies            []string
		boundary, principal string // "" for none
		allowed, explicit   bool
		why                 string // a part of it
	}{
		{"a role's own policy", admin, []string{allowPets}, "", "", true, false, "statement Pets of the policies of role admin allows it"},
		{"a user's own policy", eve, []string{allowPets}, "", "", true, false, "statement Pets of the policies of user eve allows it"},
		{"no policy", admin, nil, "", "", false, false, "the policies of role admin are none"},
		{"a policy of other things", admin, []string{allowS3}, "", "", false, false, "statement Files fails at Action"},
		{"a second policy denies", admin, []string{allowPets, denyAll}, "", "", false, true, "statement Stop of the policies of role admin denies it"},
		{"the resource policy names the role", admin, nil, "", `{"AWS":"arn:aws:iam::123456789012:role/admin"}`, true, false, "statement Guests of the resource policy allows it"},
		{"the resource policy names the account only", admin, nil, "", `{"AWS":"123456789012"}`, false, false, "the caller's account only"},
		{"the account, and a policy of its own", admin, []string{allowPets}, "", `{"AWS":"123456789012"}`, true, false, "Pets"},
		{"another account's role with both", developer, []string{allowPets}, "", roles, true, false, "Pets"},
		{"another account's role by its account", developer, []string{allowPets}, "", `{"AWS":"111122223333"}`, true, false, "Pets"},
		{"another account's role without its own", developer, nil, "", roles, false, false, "the policies of role developer are none"},
		{"another account's role without the API's", developer, []string{allowPets}, "", "", false, false, "no resource policy that lets it in"},
		{"another account's role that is not named", sessionOf(otherAccount, "tester"), []string{allowPets}, "", roles, false, false, "statement Guests fails at Principal"},
		{"a boundary that allows", admin, []string{allowPets}, allowPets, "", true, false, "Pets"},
		{"a boundary that does not", admin, []string{allowPets}, allowS3, "", false, false, "the permissions boundary of role admin: no statement allows it"},
		{"a boundary that denies", admin, []string{allowPets}, denyAll, "", false, true, "the permissions boundary of role admin denies it"},
		{"a boundary hides no deny", admin, []string{denyAll}, allowS3, "", false, true, "the policies of role admin denies it"},
		{"a boundary alone gives nothing", admin, nil, allowPets, "", false, false, "none"},
		{"a boundary limits what a role is given", admin, nil, allowS3, `{"AWS":"arn:aws:iam::123456789012:role/admin"}`, false, false, "boundary"},
		{"a boundary does not limit what a session is given", admin, nil, allowS3, `{"AWS":"arn:aws:sts::123456789012:assumed-role/admin/me"}`, true, false, "Guests"},
		{"a boundary does not limit what a user is given", eve, nil, allowS3, `{"AWS":"arn:aws:iam::123456789012:user/eve"}`, true, false, "Guests"},
		{"a boundary denies what everyone is given", eve, nil, denyAll, `"*"`, false, true, "Stop"},
		{"a caller without an account", authorize.Credential{PrincipalARN: admin.PrincipalARN}, []string{allowPets}, "", `"*"`, true, false, "Pets"},
		{"a caller without a name", authorize.Credential{}, nil, "", `"*"`, false, false, "none"},
	} {
		t.Run(r.name, func(t *testing.T) {
			var known authorize.Principals
			name := r.caller.IdentityARN()
			for _, document := range r.policies {
				if err := known.Add(name, []byte(document)); err != nil {
					t.Fatal(err)
				}
			}
			if r.boundary != "" {
				if err := known.Bound(name, []byte(r.boundary)); err != nil {
					t.Fatal(err)
				}
			}
			call := authorize.IAMCall{
				Action: "execute-api:Invoke", Resource: petsARN, Caller: r.caller, APIAccount: ownAccount,
			}
			if r.principal != "" {
				call.ResourcePolicy = letIn(t, r.principal)
			}
			got := known.Decide(call)
			if got.Allowed != r.allowed || got.Explicit != r.explicit || !strings.Contains(got.Why, r.why) {
				t.Errorf("got %+v, want %v, %v, …%s…", got, r.allowed, r.explicit, r.why)
			}
		})
	}
}

func TestPlainNamesAreOfTheAPIsAccount(t *testing.T) {
	var known authorize.Principals
	if err := known.Add("admin", []byte(allowPets)); err != nil {
		t.Fatal(err)
	}
	for caller, want := range map[string]bool{ownAccount: true, otherAccount: false} {
		got := known.Decide(authorize.IAMCall{
			Action: "execute-api:Invoke", Resource: petsARN, Caller: sessionOf(caller, "admin"),
			APIAccount: ownAccount, ResourcePolicy: letIn(t, `"*"`),
		})
		if caller == otherAccount && got.Allowed != want {
			t.Errorf("a role of account %s: got %+v", caller, got)
		}
		if caller == ownAccount && !strings.Contains(got.Why, "Pets") {
			t.Errorf("a role of account %s: got %+v", caller, got)
		}
	}
	if err := known.Add("admin", []byte(`{`)); err == nil {
		t.Error("a document that is none was taken")
	}
	if err := known.Bound("admin", []byte(`{`)); err == nil {
		t.Error("a boundary that is none was taken")
	}
}

func TestConditionsOfTheCaller(t *testing.T) {
	role := sessionOf(ownAccount, "admin")
	role.IdentityOf = "arn:aws:iam::123456789012:role/teams/admin"
	role.OrgID, role.Tags = "o-1", map[string]string{"team": "orders"}
	for name, condition := range map[string]string{
		"the role's ARN with its path": `{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/teams/admin"}}`,
		"the account":                  `{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}`,
		"the organization":             `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`,
		"a tag":                        `{"StringEquals":{"aws:PrincipalTag/team":"orders"}}`,
		"a tag as a variable":          `{"StringEquals":{"aws:PrincipalTag/team":"${aws:PrincipalTag/team}"}}`,
		"the kind":                     `{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}`,
		"the unique id":                `{"StringLike":{"aws:userid":"AROA*:me"}}`,
		"no user":                      `{"Null":{"aws:username":"true"}}`,
		"the call's own keys":          `{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`,
		"what the call cannot say":     `{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}`,
	} {
		var known authorize.Principals
		document := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}}`
		if err := known.Add(role.IdentityARN(), []byte(document)); err != nil {
			t.Fatal(err)
		}
		got := known.Decide(authorize.IAMCall{
			Action: "execute-api:Invoke", Resource: petsARN, Caller: role, APIAccount: ownAccount,
			Conditions: map[string][]string{"aws:SourceIp": {"203.0.113.7"}, "aws:PrincipalType": {"User"}},
		})
		if !got.Allowed {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}
