package authorize_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
)

// noKeys is an issuer that publishes none.
type noKeys struct{ asked []string }

func (n *noKeys) Keys(_ context.Context, issuer string) (*jose.JSONWebKeySet, error) {
	n.asked = append(n.asked, issuer)
	return &jose.JSONWebKeySet{}, nil
}

func cognito(source *noKeys, pools ...string) (*authorize.Cognito, error) {
	now := clock.NewManual(time.Unix(1_789_000_000, 0))
	return authorize.NewCognito(authorize.CognitoOptions{
		Name: "people", Pools: pools, Keys: authorize.NewKeyCache(source, now), Clock: now,
	})
}

func TestPoolsAreNamedByARN(t *testing.T) {
	for arn, ok := range map[string]bool{
		"arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc":      true,
		"arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/cn-north-1_Abc": true,
		"us-east-1_Abc": false,
		"arn:aws:cognito-idp:us-east-1:123456789012:userpool/":                   false,
		"arn:aws:cognito-idp:us-east-1:123456789012:identitypool/us-east-1_Abc":  false,
		"arn:aws:cognito-identity:us-east-1:123456789012:userpool/us-east-1_Abc": false,
		"arn:aws:cognito-idp::123456789012:userpool/us-east-1_Abc":               false,
	} {
		if _, err := cognito(&noKeys{}, arn); (err == nil) != ok {
			t.Errorf("%s: got %v", arn, err)
		}
	}
	if _, err := authorize.NewCognito(authorize.CognitoOptions{}); err == nil {
		t.Error("an authorizer without pools was made")
	}
	_, err := authorize.NewCognito(authorize.CognitoOptions{
		Pools: []string{"arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_A"}, Validation: "(",
	})
	if err == nil || !strings.Contains(err.Error(), "validation expression") {
		t.Errorf("got %v", err)
	}
}

// No text is let in that no key has signed, and no issuer is asked that is not the authorizer's.
func FuzzCognito(f *testing.F) {
	f.Add("Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2NvZ25pdG8taWRwLnVzLWVhc3QtMS5hbWF6b25hd3MuY29tL3VzLWVhc3QtMV9BIn0.AA")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("Bearer ")
	f.Add("a.b.c.d")
	f.Fuzz(func(t *testing.T, text string) {
		source := &noKeys{}
		guard, err := cognito(source, "arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_A")
		if err != nil {
			t.Fatal(err)
		}
		_, err = guard.Authorize(t.Context(), text, nil)
		var denied *authorize.CognitoError
		if !errors.As(err, &denied) {
			t.Fatalf("%q: got %v", text, err)
		}
		for _, issuer := range source.asked {
			if issuer != "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_A" {
				t.Errorf("%q made us ask %s", text, issuer)
			}
		}
	})
}
