package httpapi_test

import (
	"strings"
	"testing"

	"portico/local/gateway/exchange"
)

const (
	urlAction = "lambda:InvokeFunctionUrl"
	runAction = "lambda:InvokeFunction"
)

// grant is a statement of the function's policy for both or one of the actions.
func grant(principal, action, condition string) string {
	text := `{"Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `","Resource":"` + orders + `"`
	if condition != "" {
		text += `,"Condition":` + condition
	}
	return text + "}"
}

func functionPolicy(statements ...string) []byte {
	return []byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + "]}")
}

const (
	forNone = `{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}`
	forIAM  = `{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}`
	viaURL  = `{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}`
	anyone  = `"*"`
)

// "Control access to Lambda function URLs": with AuthType NONE the policy of the function is in effect
// too, and both actions are needed.
func TestAccessToPublicFunctionURLs(t *testing.T) {
	rows := []struct {
		name   string
		policy []byte
		served bool
		reason string
	}{
		{"both actions, as the console grants them", functionPolicy(grant(anyone, urlAction, forNone), grant(anyone, runAction, viaURL)), true, ""},
		{"both actions without conditions", functionPolicy(grant(anyone, urlAction, ""), grant(anyone, runAction, "")), true, ""},
		{"no policy", nil, false, "has no resource policy"},
		{"the URL alone", functionPolicy(grant(anyone, urlAction, forNone)), false, runAction + " by anyone"},
		{"the function alone", functionPolicy(grant(anyone, runAction, viaURL)), false, urlAction + " by anyone"},
		{"for URLs with IAM", functionPolicy(grant(anyone, urlAction, forIAM), grant(anyone, runAction, viaURL)), false, urlAction + " by anyone"},
		{"for an account", functionPolicy(grant(`{"AWS":"123456789012"}`, urlAction, ""), grant(anyone, runAction, "")), false, urlAction + " by anyone"},
		{"for API Gateway", functionPolicy(grant(`{"Service":"apigateway.amazonaws.com"}`, "lambda:*", "")), false, urlAction + " by anyone"},
		{"for another source", functionPolicy(grant(anyone, "lambda:*", `{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b"}}`)), false, urlAction + " by anyone"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := startURL(t, func(s *urlSetup) { s.url.Policy = r.policy })
			want := urlForbidden
			if r.served {
				want = urlServed
			}
			if got := s.call(t, s.request("GET /")); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if (len(s.invoked) == 1) != r.served || !strings.Contains(s.reason(), r.reason) {
				t.Errorf("invoked %d times, because %q", len(s.invoked), s.reason())
			}
		})
	}
}

// invoking is an identity-based policy.
func invoking(actions string) string {
	return `{"Statement":{"Effect":"Allow","Action":` + actions + `,"Resource":"` + orders + `"}}`
}

// "Control access to Lambda function URLs": within an account the policies of either side do, between
// accounts both have to.
func TestAccessToFunctionURLsWithIAM(t *testing.T) {
	const both = `["` + urlAction + `","` + runAction + `"]`
	const me = `{"AWS":"` + signerARN + `"}`
	own := []string{invoking(both)}
	sign := func(t *testing.T, s *urlSetup) *exchange.Request {
		return s.sign(t, s.request("GET /a?b=c"), "lambda", "us-east-1")
	}
	const wrongSignature = "403\nContent-Type: application/json\nx-amzn-ErrorType: InvalidSignatureException\n\n" +
		`{"message":"The request signature we calculated does not match the signature you provided. ` +
		`Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}`
	rows := []struct {
		name    string
		own     []string
		policy  []byte
		account string // of the function
		request func(*testing.T, *urlSetup) *exchange.Request
		want    string
	}{
		{"by the signer's own policy", own, nil, "123456789012", sign, urlServed},
		{"by the function's policy", nil, functionPolicy(grant(me, urlAction, forIAM), grant(me, runAction, viaURL)), "123456789012", sign, urlServed},
		{"one action of either", []string{invoking(`"` + urlAction + `"`)}, functionPolicy(grant(me, runAction, viaURL)), "123456789012", sign, urlServed},
		{"the URL alone", []string{invoking(`"` + urlAction + `"`)}, nil, "123456789012", sign, urlForbidden},
		{"nothing", nil, nil, "123456789012", sign, urlForbidden},
		{"for URLs that are public", nil, functionPolicy(grant(me, urlAction, forNone), grant(me, runAction, viaURL)), "123456789012", sign, urlForbidden},
		{"from another account, by its own policy alone", own, nil, "999999999999", sign, urlForbidden},
		{"from another account, by both", own, functionPolicy(grant(me, urlAction, forIAM), grant(me, runAction, viaURL)), "999999999999", sign, urlServed},
		{"denied by its own policy", []string{own[0], `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`}, nil, "123456789012", sign, urlForbidden},
		{"unsigned", own, nil, "123456789012", func(_ *testing.T, s *urlSetup) *exchange.Request {
			return s.request("GET /a")
		}, urlForbidden},
		{"another query than signed", own, nil, "123456789012", func(t *testing.T, s *urlSetup) *exchange.Request {
			r := sign(t, s)
			r.RawQuery = "b=d"
			return r
		}, wrongSignature},
		{"signed for an API", own, nil, "123456789012", func(t *testing.T, s *urlSetup) *exchange.Request {
			return s.sign(t, s.request("GET /a"), "execute-api", "us-east-1")
		}, "403\nContent-Type: application/json\nx-amzn-ErrorType: InvalidSignatureException\n\n" +
			`{"message":"Credential should be scoped to correct service: 'lambda'."}`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := startURL(t, func(s *urlSetup) {
				s.secrets = keyring{}
				for _, document := range r.own {
					if err := s.principals.Add("arn:aws:iam::123456789012:role/partner", []byte(document)); err != nil {
						t.Fatal(err)
					}
				}
				s.url.AuthType, s.url.Policy, s.url.Account.ID = "AWS_IAM", r.policy, r.account
			})
			if got := s.call(t, r.request(t, s)); got != r.want {
				t.Errorf("got %q\nwant %q, because %s", got, r.want, s.reason())
			}
			if (len(s.invoked) == 1) != (r.want == urlServed) {
				t.Errorf("invoked %d times", len(s.invoked))
			}
		})
	}
	t.Run("who signed reaches the function", func(t *testing.T) {
		s := startURL(t, func(s *urlSetup) {
			signed(own...)(&s.setup)
			s.url.AuthType, s.url.Policy = "AWS_IAM", nil
		})
		s.call(t, sign(t, s))
		for _, want := range []string{
			`"requestContext":{"accountId":"123456789012"`, `"authorizer":{"iam":{"accessKey":"AKIDEXAMPLE"`, `"userArn":"` + signerARN + `"`,
		} {
			if got := string(s.invoked[0].Payload); !strings.Contains(got, want) {
				t.Errorf("the event lacks %s:\n%s", want, got)
			}
		}
	})
}
