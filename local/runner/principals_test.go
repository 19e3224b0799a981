package runner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/gateway/authorize"
	"portico/local/provision"
)

func appWith(t *testing.T, settings string) *App {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, settingsFile), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := readSettings(dir)
	if err != nil {
		t.Fatal(err)
	}
	app := &App{Settings: read}
	app.Lambda.Account, app.Lambda.Partition = "123456789012", "aws"
	app.Roles = []provision.Principal{{Name: "admin", ARN: "arn:aws:iam::123456789012:role/teams/admin"}}
	app.Users = []provision.Principal{{
		Name: "eve", ARN: "arn:aws:iam::123456789012:user/eve",
		Keys: []provision.AccessKey{{ID: "AKIAEVE", Secret: "secret"}},
	}}
	return app
}

const partnerSettings = `
principals:
  - name: partners/partner-7
    account: "210987654321"
    organization: o-1
    accessKeyId: AKIAPARTNER
    secretAccessKey: hidden
    tags: {team: orders}
    policies:
      - Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "execute-api:Invoke", Resource: "*"}]
    boundary:
      Statement: {Effect: Allow, Action: "*", Resource: "arn:x"}
  - name: auditor
    kind: role
`

func TestCredentialsOfEverybody(t *testing.T) {
	app := appWith(t, partnerSettings)
	everybody, err := app.members()
	if err != nil {
		t.Fatal(err)
	}
	secrets := newCredentials([]byte("seed"))
	secrets.recognise(everybody)
	partner, ok := secrets.Secret("AKIAPARTNER")
	if !ok || partner.PrincipalARN != "arn:aws:iam::210987654321:user/partners/partner-7" ||
		partner.AccountID != "210987654321" || partner.OrgID != "o-1" || partner.Tags["team"] != "orders" {
		t.Errorf("the partner is %+v", partner)
	}
	if eve, ok := secrets.Secret("AKIAEVE"); !ok || eve.SecretAccessKey != "secret" {
		t.Errorf("the key of the template is %+v", eve)
	}
	for _, role := range []string{
		"arn:aws:iam::123456789012:role/teams/admin", "arn:aws:iam::123456789012:role/auditor",
	} {
		keys := secrets.issue(role, "123456789012", session)
		got, ok := secrets.Secret(keys.AccessKeyID)
		if !ok || got.IdentityARN() != role || got.SessionToken == "" {
			t.Errorf("%s: got %+v", role, got)
		}
	}
	granted, err := grants(everybody)
	if err != nil {
		t.Fatal(err)
	}
	for resource, want := range map[string]bool{"arn:x": true, "arn:y": false} {
		got := granted.Decide(authorize.IAMCall{
			Action: "execute-api:Invoke", Resource: resource, Caller: partner, APIAccount: "210987654321",
		})
		if got.Allowed != want {
			t.Errorf("%s: got %+v", resource, got)
		}
	}
}

func TestKeysThatAreMadeAreTheSameForAStateFolder(t *testing.T) {
	user := member{name: "guest", arn: "arn:aws:iam::123456789012:user/guest"}
	one, other := newCredentials([]byte("a")), newCredentials([]byte("b"))
	first := one.ofUser(user)
	if first != one.ofUser(user) || first == other.ofUser(user) {
		t.Error("the keys do not depend on the state folder alone")
	}
	keys := one.ofUser(user)
	if !strings.HasPrefix(keys.AccessKeyID, "AKIA") || len(keys.AccessKeyID) != 20 || keys.SessionToken != "" {
		t.Errorf("got %+v", keys)
	}
	if _, ok := other.Secret(keys.AccessKeyID); ok {
		t.Error("another state folder recognises the keys")
	}
}

func TestPrincipalsThatAreRefused(t *testing.T) {
	for name, r := range map[string]struct{ settings, want string }{
		"no name":                    {"principals: [{kind: user}]", `principals[0]: name ""`},
		"a kind that is none":        {"principals: [{name: a, kind: group}]", "allowed are user and role"},
		"an account that is none":    {`principals: [{name: a, account: "12"}]`, "want 12 digits"},
		"half a key":                 {"principals: [{name: a, accessKeyId: x}]", "or none of them"},
		"a role with a key":          {"principals: [{name: a, kind: role, accessKeyId: x, secretAccessKey: y}]", "no access key"},
		"a role of the template":     {"principals: [{name: teams/admin, kind: role}]", "role/teams/admin is there already"},
		"the same principal again":   {"principals: [{name: a}, {name: a}]", "principals[1]"},
		"a policy that is no policy": {"principals: [{name: a, policies: [{Statement: x}]}]", "policy document"},
	} {
		t.Run(name, func(t *testing.T) {
			everybody, err := appWith(t, r.settings).members()
			if err == nil {
				_, err = grants(everybody)
			}
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want …%s…", err, r.want)
			}
		})
	}
}

func TestEndpointSettingsThatAreRefused(t *testing.T) {
	for _, settings := range []string{"vpcEndpoint: x", "vpc: vpce-1"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, settingsFile), []byte(settings), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readSettings(dir); err == nil || !strings.Contains(err.Error(), "is no such id") {
			t.Errorf("%s: got %v", settings, err)
		}
	}
}
