package httpapi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/exchange"
)

const (
	signSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	signerARN  = "arn:aws:sts::123456789012:assumed-role/partner/me"
)

// keyring knows one access key.
type keyring struct{}

func (keyring) Secret(id string) (authorize.Credential, bool) {
	return authorize.Credential{
		SecretAccessKey: signSecret, PrincipalARN: signerARN, AccountID: "123456789012",
	}, id == "AKIDEXAMPLE"
}

// signed puts routes behind AWS_IAM; the signer has the policies.
func signed(policies ...string) func(*setup) {
	return func(s *setup) {
		for _, route := range []struct{ key, integration string }{
			{"ANY /iam/{proxy+}", "two"}, {"GET /iam10", "one"},
		} {
			s.def.Routes = append(s.def.Routes, api.Route{
				Key: route.key, AuthorizationType: "AWS_IAM", IntegrationID: route.integration,
			})
		}
		s.secrets = keyring{}
		for _, document := range policies {
			if err := s.principals.Add("partner", []byte(document)); err != nil {
				panic(err)
			}
		}
	}
}

// sign signs a call as an SDK does, for one service and region.
func (s *setup) sign(t *testing.T, r *exchange.Request, service, region string) *exchange.Request {
	t.Helper()
	target := "http://" + r.Host + r.RawPath
	if r.RawQuery != "" {
		target += "?" + r.RawQuery
	}
	out, err := http.NewRequest(r.Method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(r.Body)
	err = v4.NewSigner().SignHTTP(t.Context(), credentials, out, hex.EncodeToString(sum[:]),
		service, region, s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Authorization", "X-Amz-Date"} {
		r.Header.Add(name, out.Header.Get(name))
	}
	return r
}

var credentials = aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: signSecret}

// presign signs a call in its query string.
func (s *setup) presign(t *testing.T, line string) *exchange.Request {
	t.Helper()
	r := s.request(line)
	out, err := http.NewRequest(r.Method, "http://"+r.Host+r.RawPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(nil)
	made, _, err := v4.NewSigner().PresignHTTP(t.Context(), credentials, out,
		hex.EncodeToString(sum[:]), "execute-api", "us-east-1", s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := url.Parse(made)
	if err != nil {
		t.Fatal(err)
	}
	r.RawQuery = parsed.RawQuery
	return r
}

func statement(effect, resource string) string {
	return `{"Statement":{"Sid":"S","Effect":"` + effect + `","Action":"execute-api:Invoke",` +
		`"Resource":"` + resource + `"}}`
}

// An HTTP API answers 403 Forbidden to all of them (spec authorizers.md §9).
func TestIAMAtTheWire(t *testing.T) {
	may := statement("Allow", source+"$default/GET/iam/*")
	forbidden := message(403, "Forbidden")
	good := func(t *testing.T, s *setup) *exchange.Request {
		return s.sign(t, s.request("GET /iam/a?b=c"), "execute-api", "us-east-1")
	}
	rows := []struct {
		name     string
		policies []string
		request  func(*testing.T, *setup) *exchange.Request
		want     string
		logged   string
	}{
		{"signed in a header", []string{may}, good, served, ""},
		{"signed in the query string", []string{may}, func(t *testing.T, s *setup) *exchange.Request {
			return s.presign(t, "GET /iam/a")
		}, served, ""},
		{"unsigned", []string{may}, func(t *testing.T, s *setup) *exchange.Request {
			return s.request("GET /iam/a")
		}, forbidden, "Missing Authentication Token"},
		{"a bearer token", []string{may}, func(t *testing.T, s *setup) *exchange.Request {
			return s.request("GET /iam/a", "Authorization: Bearer x")
		}, forbidden, "not a valid key=value pair"},
		{"another path than signed", []string{may}, func(t *testing.T, s *setup) *exchange.Request {
			r := good(t, s)
			r.RawPath = "/iam/b"
			return r
		}, forbidden, "does not match"},
		{"another query than signed", []string{may}, func(t *testing.T, s *setup) *exchange.Request {
			r := good(t, s)
			r.RawQuery = "b=d"
			return r
		}, forbidden, "does not match"},
		{"a body that was not signed", []string{may}, func(t *testing.T, s *setup) *exchange.Request {
			r := good(t, s)
			r.Body = []byte("x")
			return r
		}, forbidden, "does not match"},
		{"expired", []string{may}, func(t *testing.T, s *setup) *exchange.Request {
			r := good(t, s)
			s.clock.Advance(6 * time.Minute)
			return r
		}, forbidden, "Signature expired"},
		{"another service", []string{may}, func(t *testing.T, s *setup) *exchange.Request {
			return s.sign(t, s.request("GET /iam/a"), "lambda", "us-east-1")
		}, forbidden, "correct service: 'execute-api'"},
		{"another region", []string{may}, func(t *testing.T, s *setup) *exchange.Request {
			return s.sign(t, s.request("GET /iam/a"), "execute-api", "eu-west-1")
		}, forbidden, "valid region"},
		{"no policy at all", nil, good, forbidden, "is not authorized to perform"},
		{
			"a policy for another method",
			[]string{statement("Allow", source+"$default/POST/*")},
			good,
			forbidden, source + "$default/GET/iam/a",
		},
		{
			"explicitly denied",
			[]string{may, statement("Deny", "*")},
			good, forbidden,
			"is not authorized",
		},
		{
			"an escaped letter evades no denial",
			[]string{statement("Allow", "*"), statement("Deny", source+"$default/GET/iam/secret")},
			func(t *testing.T, s *setup) *exchange.Request {
				return s.sign(t, s.request("GET /iam/%73ecret"), "execute-api", "us-east-1")
			}, forbidden, "/GET/iam/secret",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, signed(r.policies...))
			if diff := cmp.Diff(r.want, s.serve(t, r.request(t, s))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (len(s.invoked) == 1) != (r.want == served) {
				t.Errorf("the function was called %d times", len(s.invoked))
			}
			if got := s.authorizerError(); !strings.Contains(got, r.logged) ||
				(got == "") != (r.logged == "") {
				t.Errorf("$context.authorizer.error is %q, want %q in it", got, r.logged)
			}
			if r.want != served && s.reason() == "" {
				t.Error("the refusal has no reason")
			}
		})
	}
}

// The keys are those of aws-lambda-go's apigw-v2-request-iam.json.
func TestWhoSignedReachesTheFunction(t *testing.T) {
	s := start(t, signed(statement("Allow", "*")))
	s.serve(t, s.sign(t, s.request("GET /iam/a"), "execute-api", "us-east-1"))
	signer := authorize.Credential{PrincipalARN: signerARN}
	want := `"authorizer":{"iam":{"accessKey":"AKIDEXAMPLE","accountId":"123456789012","callerId":"` +
		signer.UniqueID() + `","cognitoIdentity":null,"principalOrgId":null,"userArn":"` + signerARN +
		`","userId":"` + signer.UniqueID() + `"}}`
	if got := s.payloadOf(orders); !strings.Contains(got, want) {
		t.Errorf("event lacks %s:\n%s", want, got)
	}
	s.serve(t, s.sign(t, s.request("GET /iam10"), "execute-api", "us-east-1"))
	for _, want := range []string{
		`"identity":{"accessKey":"AKIDEXAMPLE","accountId":"123456789012","caller":"AROA`,
		`"userArn":"` + signerARN + `"`,
	} {
		if got := s.payloadOf(orders); !strings.Contains(got, want) {
			t.Errorf("event lacks %s:\n%s", want, got)
		}
	}
}
