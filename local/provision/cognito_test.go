package provision

import (
	"strings"
	"testing"
	"time"

	"portico/local/cloudformation/coverage"
	"portico/local/identity"
)

func TestReadOfUserPools(t *testing.T) {
	app, ids := read(t, "cognito.yaml", Options{})
	if len(app.UserPools) != 1 {
		t.Fatalf("got %d user pools", len(app.UserPools))
	}
	got := app.UserPools[0]
	for i, client := range got.Clients {
		if secret := client.Secret; client.ID == ids["Machine"] && len(secret) != 51 {
			t.Errorf("secret %q, want one of 51 characters", secret)
		}
		got.Clients[i].Secret = ""
	}
	equal(t, "user pool", identity.UserPool{
		ID: ids["Pool"], ARN: "arn:aws:cognito-idp:us-east-1:123456789012:userpool/" + ids["Pool"],
		Name: "customers", Region: "us-east-1", Domain: "customers-test", SignInWith: []string{"email"},
		Clients: []identity.Client{
			{ID: ids["Machine"], Name: "Machine", OAuth: true, Flows: []string{identity.FlowMachine}},
			{
				ID: ids["Web"], Name: "web", OAuth: true, Scopes: []string{"openid"},
				Flows:           []string{identity.FlowCode, identity.FlowImplicit},
				CallbackURLs:    []string{"http://localhost:5173/in", "https://app.example/in", "myapp://in"},
				LogoutURLs:      []string{"http://127.0.0.1:5173/"},
				DefaultRedirect: "https://app.example/in",
				Lifetimes: identity.Lifetimes{
					Access: 10 * time.Minute, ID: 2 * time.Hour, Refresh: 7 * 24 * time.Hour,
				},
				ReadAttributes: []string{"email"}, Irrevocable: true,
				Rotation: identity.Rotation{Enabled: true, Grace: 20 * time.Second},
			},
		},
		Groups: []identity.Group{
			{Name: "admins", Precedence: 1, RoleARN: "arn:aws:iam::123456789012:role/a"},
			{Name: "staff", Precedence: 1 << 31},
		},
		Users: []identity.User{{
			Name: "grace@navy.example", Groups: []string{"staff"},
			Attributes: map[string]string{"email": "grace@navy.example", "name": "Grace"},
		}},
	}, got)
	for _, finding := range coverage.Check(loaded(t, "cognito.yaml"), Coverage()) {
		if finding.Status == coverage.NotHonoured {
			t.Errorf("not honoured: %v", finding)
		}
	}
}

func TestMistakesInAppClients(t *testing.T) {
	const oauth = "AllowedOAuthFlowsUserPoolClient: true, "
	rows := []struct{ name, properties, want string }{
		{
			"machines beside people", "AllowedOAuthFlows: [code, client_credentials], GenerateSecret: true",
			"client_credentials cannot stand beside code or implicit",
		},
		{
			"machines without a secret", "AllowedOAuthFlows: [client_credentials]",
			"client_credentials needs GenerateSecret",
		},
		{"people without an address", "AllowedOAuthFlows: [code]", "code and implicit need CallbackURLs"},
		{"an unknown flow", "AllowedOAuthFlows: [password]", `"password" is none of client_credentials, code, implicit`},
		{"an address that is relative", "CallbackURLs: [/in]", `"/in" is no absolute URL without a fragment`},
		{"an address with a fragment", `CallbackURLs: ["https://a.example/#in"]`, "without a fragment"},
		{"an address without TLS", `CallbackURLs: ["http://a.example/"]`, "AWS takes http:// for localhost alone"},
		{"an address that is a program", `LogoutURLs: ["javascript:alert(1)"]`, "want https:// or the scheme of an app"},
		{
			"a default that is none of the addresses",
			`CallbackURLs: ["https://a.example/"], DefaultRedirectURI: "https://b.example/"`,
			"want one of the CallbackURLs: https://a.example/",
		},
		{"a token that holds too long", "AccessTokenValidity: 25", "AccessTokenValidity = 25: 25 hours, want 5m0s to 24h0m0s"},
		{
			"a token that holds too short", "IdTokenValidity: 4, TokenValidityUnits: {IdToken: minutes}",
			"4 minutes, want 5m0s to 24h0m0s",
		},
		{"an unknown unit", "TokenValidityUnits: {IdToken: weeks}", "want one of seconds, minutes, hours, days"},
		{
			"a grace period that is too long",
			"RefreshTokenRotation: {Feature: ENABLED, RetryGracePeriodSeconds: 61}", "want 0 to 60",
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := broken(t, "  P: {Type: AWS::Cognito::UserPool}\n  C: {Type: AWS::Cognito::UserPoolClient, "+
				"Properties: {UserPoolId: !Ref P, "+oauth+row.properties+"}}\n")
			if !strings.Contains(got, row.want) {
				t.Errorf("got %s, want %s in it", got, row.want)
			}
		})
	}
}
