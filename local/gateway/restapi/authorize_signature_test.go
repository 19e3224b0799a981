package restapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// signPayload signs a GET whose x-amz-content-sha256 says what stands for the body's hash.
func (w *world) signPayload(t *testing.T, body, hash string) *exchange.Request {
	t.Helper()
	const target = "/dev/admin/7"
	r := request("GET", target)
	r.Body = []byte(body)
	out, err := http.NewRequest("GET", "http://"+r.Host+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	out.Header.Set("X-Amz-Content-Sha256", hash)
	keys := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: signSecret}
	if err := v4.NewSigner().SignHTTP(t.Context(), keys, out, hash, "execute-api", "us-east-1", w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Content-Sha256"} {
		r.Header.Add(name, out.Header.Get(name))
	}
	return r
}

// API Gateway hashes every body. SDK users report that it takes no UNSIGNED-PAYLOAD (aws-sdk-java-v2
// issue 5581); S3's forms of streaming payloads are S3's.
func TestPayloadsAreAlwaysSigned(t *testing.T) {
	const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, r := range []struct {
		name, body, hash string
		want             int
	}{
		{"the hash of the body", "", emptyHash, 200},
		{"the hash of another body", "x", emptyHash, 403},
		{"UNSIGNED-PAYLOAD", "x", "UNSIGNED-PAYLOAD", 403},
		{"UNSIGNED-PAYLOAD without a body", "", "UNSIGNED-PAYLOAD", 403},
		{"a signed stream", "1;chunk-signature=0\r\nx\r\n", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", 403},
		{"an unsigned stream", "1\r\nx\r\n", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", 403},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.signed(t)
			reply := w.serve(t, w.signPayload(t, r.body, r.hash))
			if reply.Status != r.want {
				t.Errorf("got %+v", seen(reply))
			}
			if r.want == 403 && reply.Header.Get("x-amzn-ErrorType") != "InvalidSignatureException" {
				t.Errorf("got %+v", seen(reply))
			}
		})
	}
}

func TestReplayedSignatures(t *testing.T) {
	for name, change := range map[string]func(*exchange.Request){
		"another path":                 func(r *exchange.Request) { r.RawPath = "/dev/admin/8" },
		"an escaped path":              func(r *exchange.Request) { r.RawPath = "/dev/admin/%37" },
		"another method":               func(r *exchange.Request) { r.Method = "POST" },
		"a query":                      func(r *exchange.Request) { r.RawQuery = "a=b" },
		"a body":                       func(r *exchange.Request) { r.Body = []byte("x") },
		"another host":                 func(r *exchange.Request) { r.Header.Set("Host", "evil.example"); r.Host = "evil.example" },
		"an unsigned x-amz header":     func(r *exchange.Request) { r.Header.Add("X-Amz-Target", "x") },
		"another date":                 func(r *exchange.Request) { r.Header.Set("X-Amz-Date", "20260910T000000Z") },
		"a session token":              func(r *exchange.Request) { r.Header.Add("X-Amz-Security-Token", "x") },
		"a signature of another case":  func(r *exchange.Request) { upperSignature(r) },
		"no host among what is signed": func(r *exchange.Request) { replaceSigned(r, "host;x-amz-date", "x-amz-date") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.signed(t)
			m := w.def.Resources[len(w.def.Resources)-1].Methods["GET"]
			w.method("/admin/{id}", "POST", m)
			r := w.sign(t, "/dev/admin/7", "execute-api", "us-east-1")
			change(r)
			if got := w.serve(t, r).Status; got != 403 || len(w.lambda.calls) != 0 {
				t.Errorf("got %d after %d calls", got, len(w.lambda.calls))
			}
		})
	}
}

func upperSignature(r *exchange.Request) {
	before, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	r.Header.Set("Authorization", before+"Signature="+strings.ToUpper(signature))
}

func replaceSigned(r *exchange.Request, old, replacement string) {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"),
		"SignedHeaders="+old, "SignedHeaders="+replacement, 1))
}

func TestSignatureGrowsOld(t *testing.T) {
	for name, r := range map[string]struct {
		after time.Duration
		want  int
	}{
		"at once":               {0, 200},
		"after five minutes":    {5 * time.Minute, 200},
		"after a second more":   {5*time.Minute + time.Second, 403},
		"five minutes too soon": {-5 * time.Minute, 200},
		"a second more":         {-5*time.Minute - time.Second, 403},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.signed(t)
			asked := w.sign(t, "/dev/admin/7", "execute-api", "us-east-1")
			w.clock = clock.NewManual(w.clock.Now().Add(r.after))
			if got := w.serve(t, asked).Status; got != r.want {
				t.Errorf("got %d, want %d", got, r.want)
			}
		})
	}
}

func TestUsersSignToo(t *testing.T) {
	w := newWorld()
	keys := w.signed(t)
	keys.credential.PrincipalARN = "arn:aws:iam::123456789012:user/partners/eve"
	keys.policy = strings.Replace(keys.policy, `"Effect"`,
		`"Condition":{"StringEquals":{"aws:username":"eve","aws:PrincipalType":"User"}},"Effect"`, 1)
	w.check(t, w.sign(t, "/dev/admin/7", "execute-api", "us-east-1"), answer{200, "", "ok"}, 1)
	if got := proxyEvent(t, w).RequestContext.Identity.Caller; !strings.HasPrefix(got, "AIDA") {
		t.Errorf("the caller is %s", got)
	}
}
