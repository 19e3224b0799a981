package control_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"portico/local/control"
	"portico/local/gateway/authorize"
)

// known is the one access key whose signatures hold.
type known struct{}

func (known) Secret(id string) (authorize.Credential, bool) {
	return authorize.Credential{SecretAccessKey: "secret"}, id == "AKIAKNOWN"
}

func TestSignaturesAreVerified(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	options := newClient(t, "").with
	options.Verify = known{}
	door, err := control.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, service, key, secret, path, body string
		status                                 int
		want                                   string
	}{
		{
			name: "a good signature", service: "apigateway", key: "AKIAKNOWN", secret: "secret",
			path: "/restapis?limit=5", status: 200, want: `{"item":[]}`,
		}, {
			name: "an unknown key", service: "apigateway", key: "AKIAGONE", secret: "secret",
			path: "/restapis", status: 403, want: "The security token included in the request is invalid.",
		}, {
			name: "another secret", service: "apigateway", key: "AKIAKNOWN", secret: "guess",
			path: "/restapis", status: 403,
			want: "The request signature we calculated does not match the signature you provided.",
		}, {
			name: "an unknown key of the protocol Query", service: "sts", key: "AKIAGONE", secret: "secret",
			path: "/", body: "Action=GetCallerIdentity&Version=2011-06-15", status: 403,
			want: "<Code>InvalidClientTokenId</Code>",
		}, {
			name: "another secret of the protocol Query", service: "sts", key: "AKIAKNOWN", secret: "guess",
			path: "/", body: "Action=GetCallerIdentity&Version=2011-06-15", status: 403,
			want: "<Code>SignatureDoesNotMatch</Code>",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodGet, "http://localhost"+test.path, nil)
			if test.body != "" {
				request = httptest.NewRequest(http.MethodPost, "http://localhost"+test.path,
					strings.NewReader(test.body))
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			sum := sha256.Sum256([]byte(test.body))
			err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{
				AccessKeyID: test.key, SecretAccessKey: test.secret,
			}, request, hex.EncodeToString(sum[:]), test.service, "us-east-1", now)
			if err != nil {
				t.Fatal(err)
			}
			request.RequestURI = test.path // as it stands in a request line
			recorder := httptest.NewRecorder()
			door.ServeHTTP(recorder, request)
			text, _ := io.ReadAll(recorder.Result().Body)
			if recorder.Code != test.status || !strings.Contains(string(text), test.want) {
				t.Errorf("answers %d %s, want %d %s", recorder.Code, text, test.status, test.want)
			}
		})
	}
}

func TestAServiceIsToldByItsHost(t *testing.T) {
	c := newClient(t, "")
	for host, want := range map[string]bool{
		"apigateway.localhost:3000":          true,
		"apigateway.eu-west-1.amazonaws.com": true,
		"sts.localhost":                      true,
		"execute-api.localhost":              false,
		"abc123.execute-api.localhost:3000":  false,
		"apigateway.example.com":             false,
		"localhost:3000":                     false,
	} {
		request := httptest.NewRequest(http.MethodGet, "/restapis", nil)
		request.Host = host
		request.Header.Set("Authorization", "Bearer anything")
		if got := c.door.Serves(request); got != want {
			t.Errorf("%s is served: %v, want %v", host, got, want)
		}
	}
}

// TestS3SignsPathsOnceAndNamesItsPayload signs as S3's clients do: the path encoded once, and a word
// for the body.
func TestS3SignsPathsOnceAndNamesItsPayload(t *testing.T) {
	options := newClient(t, "").with
	options.Verify = known{}
	door, err := control.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	for secret, want := range map[string]int{"secret": http.StatusOK, "guess": http.StatusForbidden} {
		request := httptest.NewRequest(http.MethodPut, "http://localhost/bucket", nil)
		request.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
		err := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).SignHTTP(
			context.Background(), aws.Credentials{AccessKeyID: "AKIAKNOWN", SecretAccessKey: secret},
			request, "UNSIGNED-PAYLOAD", "s3", "us-east-1", time.Unix(1_700_000_000, 0))
		if err != nil {
			t.Fatal(err)
		}
		request.RequestURI = "/bucket"
		recorder := httptest.NewRecorder()
		door.ServeHTTP(recorder, request)
		if recorder.Code != want {
			t.Errorf("signed with %q it answers %d %s, want %d", secret, recorder.Code, recorder.Body, want)
		}
	}
}
