package control_test

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWhoSigns(t *testing.T) {
	c := documents(t)
	c.run("sts", "", []step{{
		call: "GetCallerIdentity", status: 200,
		want: "<UserId>123456789012</UserId><Account>123456789012</Account><Arn>" + account + "root</Arn>",
	}})
	c.run("iam", "", []step{
		{call: "CreateUser?UserName=ada", status: 200, take: "userID=<UserId>|</UserId>"},
		{call: "CreateAccessKey?UserName=ada", status: 200, take: "key=<AccessKeyId>|</AccessKeyId>"},
		{call: "GetUser", status: 200, want: "<UserName>ada</UserName>"},
	})
	c.run("sts", "", []step{
		{
			call: "GetCallerIdentity", status: 200,
			want: "<UserId><userID></UserId><Account>123456789012</Account><Arn>" + account + "user/ada</Arn>",
		},
		{call: "GetAccessKeyInfo?AccessKeyId=AKIAIOSFODNN7EXAMPLE", status: 200, want: "<Account>123456789012</"},
		{call: "GetSessionToken", status: 200, want: "<SessionToken>", take: "key=<AccessKeyId>|</AccessKeyId>"},
		{call: "GetCallerIdentity", status: 200, want: account + "user/ada</Arn>"},
		{
			call: "GetSessionToken", status: 403,
			want: "<Code>AccessDenied</Code><Message>Cannot call GetSessionToken with session credentials<",
		},
		{call: "DecodeAuthorizationMessage?EncodedMessage=x", status: 501, want: "sts DecodeAuthorizationMessage"},
	})
}

func TestAssumingRoles(t *testing.T) {
	c := documents(t)
	trusts := func(principal, more string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":` + principal +
			`,"Action":"sts:AssumeRole"` + more + `}}`
	}
	c.names["ours"] = trusts(`{"AWS":"123456789012"}`, "")
	c.names["adas"] = trusts(`{"AWS":"`+account+`user/ada"}`, "")
	c.names["external"] = trusts(`{"AWS":"*"}`, `,"Condition":{"StringEquals":{"sts:ExternalId":"xy"}}`)
	c.names["unversioned"] = strings.Replace(c.names["ours"], `"Version":"2012-10-17",`, "", 1)
	c.names["role"] = account + "role/"
	const assume = "AssumeRole?RoleSessionName=me&RoleArn=<role>"
	c.run("iam", "", []step{
		{call: "CreateUser?UserName=ada", status: 200},
		{call: "CreateRole?RoleName=ours&AssumeRolePolicyDocument=<ours>", status: 200, take: "id=<RoleId>|</RoleId>"},
		{call: "CreateRole?RoleName=adas&AssumeRolePolicyDocument=<adas>", status: 200},
		{call: "CreateRole?RoleName=external&AssumeRolePolicyDocument=<external>", status: 200},
		{call: "CreateRole?RoleName=unversioned&AssumeRolePolicyDocument=<unversioned>", status: 200},
		{call: "CreateRole?RoleName=services&AssumeRolePolicyDocument=<trust>", status: 200},
	})
	denied := func(who, role string) string {
		return "<Code>AccessDenied</Code><Message>User: " + account + who +
			" is not authorized to perform: sts:AssumeRole on resource: <role>" + role + "</Message>"
	}
	c.run("sts", "", []step{
		{
			call: assume + "ours", status: 200,
			want: "<AssumedRoleUser><AssumedRoleId><id>:me</AssumedRoleId>" +
				"<Arn>arn:aws:sts::123456789012:assumed-role/ours/me</Arn></AssumedRoleUser>",
		},
		{call: assume + "unversioned", status: 200},
		{call: assume + "services", status: 403, want: denied("root", "services")},
		{call: assume + "none", status: 403, want: denied("root", "none")},
		{call: assume + "external", status: 403, want: denied("root", "external")},
		{call: assume + "external&ExternalId=xy", status: 200},
		{
			call: assume + "ours&DurationSeconds=7200", status: 400,
			want: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
		},
		{call: assume + "ours&Policy={}", status: 501, want: "session policies are not judged"},
	})
	c.run("iam", "", []step{
		{call: "CreateAccessKey?UserName=ada", status: 200, take: "key=<AccessKeyId>|</AccessKeyId>"},
	})
	c.run("sts", "", []step{
		{call: assume + "ours", status: 403, want: denied("user/ada", "ours")},
		{call: assume + "adas", status: 200},
	})
	c.run("iam", "", []step{
		{call: "PutUserPolicy?UserName=ada&PolicyName=p&PolicyDocument=<invoke>", status: 200},
	})
	c.run("sts", "", []step{
		{call: assume + "ours", status: 200, take: "key=<AccessKeyId>|</AccessKeyId>"},
		{call: "GetCallerIdentity", status: 200, want: "assumed-role/ours/me</Arn>"},
		{
			call: assume + "ours&DurationSeconds=3601", status: 400,
			want: "exceeds the 1 hour session limit for roles assumed by role chaining.",
		},
	})
}

func TestWebIdentities(t *testing.T) {
	c := documents(t)
	c.names["federated"] = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{` +
		`"Federated":"` + account + `oidc-provider/issuer.example"},` +
		`"Action":"sts:AssumeRoleWithWebIdentity",` +
		`"Condition":{"StringEquals":{"issuer.example:aud":"app","issuer.example:sub":"ada"}}}}`
	c.run("iam", "", []step{
		{call: "CreateRole?RoleName=web&AssumeRolePolicyDocument=<federated>", status: 200},
		{call: "CreateRole?RoleName=not&AssumeRolePolicyDocument=<trust>", status: 200},
	})
	const assume = "AssumeRoleWithWebIdentity?RoleSessionName=me&RoleArn=" + account + "role/"
	c.run("sts", "", []step{
		{
			call: assume + "web&WebIdentityToken=good", status: 200,
			want: "<SubjectFromWebIdentityToken>ada</SubjectFromWebIdentityToken>",
		},
		{
			call: assume + "not&WebIdentityToken=good", status: 403,
			want: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
		},
		{call: assume + "web&WebIdentityToken=evil", status: 400, want: "<Code>InvalidIdentityToken</Code>"},
	})
}

func TestWebIdentitiesNeedNoSignature(t *testing.T) {
	c := documents(t)
	request := httptest.NewRequest("POST", "/", strings.NewReader("Action=AssumeRoleWithWebIdentity&"+
		"RoleSessionName=me&WebIdentityToken=evil&RoleArn="+account+"role/web"))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	if !c.door.Serves(request) {
		t.Fatal("the request is not served")
	}
	recorder := httptest.NewRecorder()
	c.door.ServeHTTP(recorder, request)
	if !strings.Contains(recorder.Body.String(), "<Code>InvalidIdentityToken</Code>") {
		t.Errorf("got %s", recorder.Body)
	}
	for _, other := range []string{"Action=GetCallerIdentity", "", "%"} {
		request := httptest.NewRequest("POST", "/", strings.NewReader(other))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if c.door.Serves(request) {
			t.Errorf("%q is served without a signature", other)
		}
	}
}

func TestPeopleAndWebACLsOutliveTheDoor(t *testing.T) {
	state := t.TempDir()
	before := newClient(t, state)
	before.run("iam", "", []step{
		{call: "CreateUser?UserName=ada", status: 200},
		{call: "CreateAccessKey?UserName=ada", status: 200, take: "key=<AccessKeyId>|</AccessKeyId>"},
	})
	before.run("sts", "", []step{
		{call: "GetSessionToken", status: 200, take: "session=<AccessKeyId>|</AccessKeyId>"},
	})
	before.run("wafv2", waf, []step{
		{call: `CreateWebACL {` + aclBody + `,"Rules":[` + block + `]}`, status: 200},
	})
	after := newClient(t, state)
	after.names["key"] = before.names["session"]
	steps := []step{{call: "GetCallerIdentity", status: 200, want: account + "user/ada</Arn>"}}
	after.run("sts", "", steps)
	after.run("wafv2", waf, []step{
		{call: `ListWebACLs {"Scope":"REGIONAL"}`, status: 200, want: `"Name":"acl"`},
	})
	if err := after.door.Reset(); err != nil {
		t.Fatal(err)
	}
	after.run("wafv2", waf, []step{
		{call: `ListWebACLs {"Scope":"REGIONAL"}`, status: 200, want: `{"WebACLs":[]}`},
	})
	steps[0].want = account + "root</Arn>"
	after.run("sts", "", steps)
}
