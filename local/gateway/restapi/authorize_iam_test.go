package restapi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

const (
	signerARN  = "arn:aws:sts::123456789012:assumed-role/admin/me"
	signSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// keyring knows who may sign, and what they may do.
type keyring struct {
	credential authorize.Credential
	policy     string
}

func (k *keyring) Secret(id string) (authorize.Credential, bool) {
	return k.credential, id == "AKIDEXAMPLE"
}

func (k *keyring) principals() authorize.Principals {
	var known authorize.Principals
	if k.policy == "" {
		return known
	}
	if err := known.Add(k.credential.PrincipalARN, []byte(k.policy)); err != nil {
		panic(err)
	}
	return known
}

// signed puts GET /admin/{id} behind AWS_IAM.
func (w *world) signed(t *testing.T) *keyring {
	t.Helper()
	w.clock = clock.NewManual(time.Unix(1_789_000_000, 0))
	m := proxy()
	m.AuthorizationType = "AWS_IAM"
	w.method("/admin/{id}", "GET", m)
	w.keys = &keyring{
		credential: authorize.Credential{
			SecretAccessKey: signSecret, PrincipalARN: signerARN, AccountID: "123456789012",
		},
		policy: `{"Statement":[{"Sid":"Admin","Effect":"Allow","Action":"execute-api:Invoke","Resource":"` +
			executeAPI + `/dev/GET/admin/*"}]}`,
	}
	return w.keys
}

// sign signs a GET as an SDK does.
func (w *world) sign(t *testing.T, target, service, region string) *exchange.Request {
	t.Helper()
	return w.signAs(t, request("GET", target), target, service, region)
}

// signBody signs a GET with a body.
func (w *world) signBody(t *testing.T, target string, body []byte) *exchange.Request {
	t.Helper()
	r := request("GET", target)
	r.Body = body
	return w.signAs(t, r, target, "execute-api", "us-east-1")
}

func (w *world) signAs(
	t *testing.T, r *exchange.Request, target, service, region string,
) *exchange.Request {
	t.Helper()
	out, err := http.NewRequest("GET", "http://"+r.Host+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(r.Body)
	err = v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{
		AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: signSecret,
	}, out, hex.EncodeToString(sum[:]), service, region, w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Authorization", "X-Amz-Date"} {
		r.Header.Add(name, out.Header.Get(name))
	}
	return r
}

// The rows are those of spec authorizers.md §9.
func TestIAM(t *testing.T) {
	const (
		admin     = "/dev/admin/7"
		mayNot    = `{"Message":"User: ` + signerARN + ` is not authorized to perform: execute-api:Invoke on resource: `
		masked    = `arn:aws:execute-api:us-east-1:********9012:abc1234567/dev/GET/admin/7`
		invalid   = `{"message":"The security token included in the request is invalid."}`
		signature = "InvalidSignatureException"
	)
	denied := func(suffix string) answer {
		return answer{403, "AccessDeniedException", mayNot + masked + suffix + `"}`}
	}
	for _, r := range []struct {
		name   string
		change func(*keyring)
		call   func(*world) *exchange.Request
		want   answer
	}{
		{"signed and allowed", nil, nil, answer{200, "", "ok"}},
		{"an escape in the path", nil, func(w *world) *exchange.Request {
			return w.sign(t, "/dev/admin/a%20b?x=1&y=a+b", "execute-api", "us-east-1")
		}, answer{200, "", "ok"}},
		{"not signed", nil, func(*world) *exchange.Request { return request("GET", admin) }, answer{403, "MissingAuthenticationTokenException", missing}},
		{"another scheme", nil, func(*world) *exchange.Request {
			return request("GET", admin, "Authorization: Bearer token-without-equal-sign")
		}, answer{403, "IncompleteSignatureException", `{"message":"Invalid key=value pair (missing equal-sign) in ` +
			`Authorization header (hashed with SHA-256 and encoded with Base64): 'l/VpPaR9/d2xCwdwKmbILE1Zambim0vQvJvAdeujJFk='."}`}},
		{"fields are missing", nil, func(*world) *exchange.Request {
			return request("GET", admin, "Authorization: AWS4-HMAC-SHA256 Credential=x")
		}, answer{403, "IncompleteSignatureException", `{"message":"Authorization header requires 'Signature' parameter. ` +
			`Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a ` +
			`'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 Credential=x"}`}},
		{"an unknown access key", nil, func(w *world) *exchange.Request {
			asked := w.sign(t, admin, "execute-api", "us-east-1")
			asked.Header.Set("Authorization", strings.Replace(asked.Header.Get("Authorization"), "AKIDEXAMPLE", "AKIDNOBODY", 1))
			return asked
		}, answer{403, "UnrecognizedClientException", invalid}},
		{"another service", nil, func(w *world) *exchange.Request {
			return w.sign(t, admin, "sqs", "us-east-1")
		}, answer{403, signature, `{"message":"Credential should be scoped to correct service: 'execute-api'."}`}},
		{"another region", nil, func(w *world) *exchange.Request {
			return w.sign(t, admin, "execute-api", "eu-west-1")
		}, answer{403, signature, `{"message":"Credential should be scoped to a valid region."}`}},
		{"no statement", func(k *keyring) { k.policy = "" }, nil, denied("")},
		{"a statement for another method", func(k *keyring) {
			k.policy = strings.Replace(k.policy, "GET", "POST", 1)
		}, nil, denied("")},
		{"an explicit deny", func(k *keyring) {
			k.policy = strings.Replace(k.policy, "Allow", "Deny", 1)
		}, nil, denied(" with an explicit deny")},
		{"credentials of another account", func(k *keyring) { k.credential.AccountID = "210987654321" }, nil, denied("")},
		{"a condition on the caller", func(k *keyring) {
			k.policy = strings.Replace(k.policy, `"Effect"`, `"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/admin"},`+
				`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"},"StringLike":{"aws:userid":"AROA*:me"}},"Effect"`, 1)
		}, nil, answer{200, "", "ok"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			keys := w.signed(t)
			if r.change != nil {
				r.change(keys)
			}
			asked := w.sign(t, admin, "execute-api", "us-east-1")
			if r.call != nil {
				asked = r.call(w)
			}
			if got := seen(w.serve(t, asked)); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if reason := w.records[0].Reason(); (reason == "") != (r.want.status == 200) {
				t.Errorf("the reason is %q", reason)
			}
		})
	}
}

func TestSignatureThatDoesNotHold(t *testing.T) {
	w := newWorld()
	w.signed(t)
	asked := w.sign(t, "/dev/admin/7", "execute-api", "us-east-1")
	asked.RawQuery = "added=1"
	reply := w.serve(t, asked)
	const want = `{"message":"The request signature we calculated does not match the signature you provided. ` +
		`Check your AWS Secret Access Key and signing method. Consult the service documentation for details.`
	if !strings.HasPrefix(string(reply.Body), want) || reply.Status != 403 ||
		reply.Header.Get("x-amzn-ErrorType") != "InvalidSignatureException" {
		t.Errorf("got %+v", seen(reply))
	}
}

func TestNobodyKnowsWhoMayCall(t *testing.T) {
	w := newWorld()
	w.signed(t)
	asked := w.sign(t, "/dev/admin/7", "execute-api", "us-east-1")
	w.keys = nil
	if got := w.serve(t, asked); got.Status != 403 {
		t.Errorf("without secrets and policies the answer is %d", got.Status)
	}
}

func TestIdentityOfASigner(t *testing.T) {
	w := newWorld()
	w.signed(t)
	w.def.Stages[0].AccessLog = &api.AccessLog{
		DestinationARN: "log", Format: "$context.identity.userArn $context.identity.accessKey $context.identity.accountId",
	}
	w.serve(t, w.sign(t, "/dev/admin/7", "execute-api", "us-east-1"))
	identity := proxyEvent(t, w).RequestContext.Identity
	if identity.UserArn != signerARN || identity.AccessKey != "AKIDEXAMPLE" ||
		identity.AccountID != "123456789012" || identity.User != identity.Caller ||
		!strings.HasPrefix(identity.Caller, "AROA") || !strings.HasSuffix(identity.Caller, ":me") {
		t.Errorf("got %+v", identity)
	}
	if want := "log " + signerARN + " AKIDEXAMPLE 123456789012"; w.lines[0] != want {
		t.Errorf("the access log says %q, want %q", w.lines[0], want)
	}
	if strings.Contains(string(w.lambda.last(t).Payload), "AWS4-") {
		t.Error("the function sees the signature")
	}
}

func TestMethodARNThatIsTooLong(t *testing.T) {
	w := newWorld()
	w.signed(t)
	asked := w.sign(t, "/dev/admin/"+strings.Repeat("x", 1600), "execute-api", "us-east-1")
	want := answer{414, "RequestUriTooLongException", `{"message":"Request URI too long"}`}
	if got := seen(w.serve(t, asked)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
