package test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"portico/local/runner"
)

// signing is an API whose every call asks for a signature, being served.
type signing struct {
	*reference
	keys, stranger runner.Keys
	url            string // of the stage
}

// startSigning serves a REST API and an HTTP API that answer who called.
func startSigning(t *testing.T) (rest, public *signing) {
	t.Helper()
	r := startFolder(t, "testdata/signing", "caller")
	keys, stranger := r.roleKeys(t, "caller"), r.roleKeys(t, "stranger")
	for _, api := range r.Addresses() {
		s := &signing{reference: r, keys: keys, stranger: stranger, url: api.URL}
		if api.Kind == "REST" {
			rest = s
		} else {
			public = s
		}
	}
	return rest, public
}

// roleKeys are what `portico credentials --role` prints.
func (r *reference) roleKeys(t *testing.T, role string) runner.Keys {
	t.Helper()
	keys, err := runner.Credentials(t.Context(), r.options, role)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// signedCase is a call that a real client signs.
type signedCase struct {
	Name   string            `json:"-"`
	Method string            `json:"method"`
	Target string            `json:"target"` // path and query, as on the wire
	Body   string            `json:"body,omitempty"`
	Header map[string]string `json:"header,omitempty"`
	Query  bool              `json:"query,omitempty"` // signed in the query string
}

// signedCases are calls that every client must get through, whatever it makes of paths and queries.
var signedCases = []signedCase{
	{Name: "a plain path", Method: "GET", Target: "/orders"},
	{Name: "a plain path, signed in the query", Method: "GET", Target: "/orders", Query: true},
	{Name: "spaces", Method: "GET", Target: "/two%20words/and%20more"},
	{Name: "spaces, signed in the query", Method: "GET", Target: "/two%20words", Query: true},
	{Name: "an encoded slash", Method: "GET", Target: "/a%2Fb/c"},
	{Name: "an encoded slash, signed in the query", Method: "GET", Target: "/a%2Fb/c", Query: true},
	{Name: "an encoded percent sign", Method: "GET", Target: "/100%25/x"},
	{Name: "unicode", Method: "GET", Target: "/t%C3%A9/%E8%8C%B6"},
	{Name: "unicode, signed in the query", Method: "GET", Target: "/%E8%8C%B6", Query: true},
	{Name: "marks that some clients encode", Method: "GET", Target: "/a:b/c@d/e=f/(g)/h,i/$j/k!l/m*n/o'p"},
	{Name: "marks that are encoded", Method: "GET", Target: "/a%3Ab/c%40d/e%3Df/%28g%29"},
	{Name: "unreserved marks", Method: "GET", Target: "/-._~"},
	{Name: "doubled slashes", Method: "GET", Target: "/a//b"},
	{Name: "a slash at the end", Method: "GET", Target: "/a/b/"},
	{Name: "a key twice", Method: "GET", Target: "/q?a=2&a=1&a=10"},
	{Name: "a key twice, signed in the query", Method: "GET", Target: "/q?a=1&a=2", Query: true},
	{Name: "keys out of order", Method: "GET", Target: "/q?b=1&B=2&a=3&%C3%A4=4"},
	{Name: "an empty value", Method: "GET", Target: "/q?a=&b="},
	{Name: "an empty value, signed in the query", Method: "GET", Target: "/q?a=&b=1", Query: true},
	{Name: "marks in a value", Method: "GET", Target: "/q?a=1%2B1%3D2%26%2F%3A&t=x%20y"},
	{Name: "a body", Method: "POST", Target: "/orders", Body: `{"sku":"té","quantity":2}`, Header: map[string]string{
		"Content-Type": "application/json",
	}},
	{Name: "an empty body", Method: "POST", Target: "/orders", Header: map[string]string{
		"Content-Type": "application/json",
	}},
	{Name: "a form", Method: "PUT", Target: "/orders?x=1", Body: "a=1&b=2", Header: map[string]string{
		"Content-Type": "application/x-www-form-urlencoded",
	}},
	{Name: "a header with spaces", Method: "GET", Target: "/h", Header: map[string]string{
		"X-Amz-Meta-Note": "  several   words  ",
	}},
	{Name: "another method", Method: "DELETE", Target: "/orders/o-1"},
}

func TestSignedCalls(t *testing.T) {
	rest, public := startSigning(t)
	for name, api := range map[string]*signing{"REST API": rest, "HTTP API": public} {
		t.Run(name, func(t *testing.T) {
			t.Run("the signer of aws-sdk-go-v2", func(t *testing.T) {
				for _, c := range signedCases {
					t.Run(c.Name, func(t *testing.T) {
						api.send(t, api.sign(t, c, api.keys)).check(t, want{status: 200, body: api.keys.PrincipalARN})
					})
				}
			})
			t.Run("botocore", func(t *testing.T) { api.testBotocore(t) })
		})
	}
	t.Run("a tampered call is refused", func(t *testing.T) { rest.testTampering(t, public) })
	t.Run("a call of somebody else is refused", func(t *testing.T) { rest.testStrangers(t, public) })
}

const signingRegion = "us-east-1"

// sign makes a call with the signer of aws-sdk-go-v2.
func (s *signing) sign(t *testing.T, c signedCase, keys runner.Keys) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), c.Method, s.url+c.Target, strings.NewReader(c.Body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range c.Header {
		r.Header.Set(name, value)
	}
	sum := sha256.Sum256([]byte(c.Body))
	hash, signer := hex.EncodeToString(sum[:]), v4.NewSigner()
	credentials := aws.Credentials{
		AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey, SessionToken: keys.SessionToken,
	}
	if !c.Query {
		err = signer.SignHTTP(context.Background(), credentials, r, hash, "execute-api", signingRegion, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	address, header, err := signer.PresignHTTP(context.Background(), credentials, r, hash, "execute-api",
		signingRegion, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if r, err = http.NewRequestWithContext(t.Context(), c.Method, address, nil); err != nil {
		t.Fatal(err)
	}
	header.Del("Host")
	r.Header = header
	return r
}

// send makes a call as it was signed, and reads the answer.
func (s *signing) send(t *testing.T, r *http.Request) answer {
	t.Helper()
	response, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, body.String()}
}

func (s *signing) testBotocore(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed, so botocore cannot sign calls")
	}
	if out, err := exec.Command(python, "-c", "import botocore").CombinedOutput(); err != nil {
		t.Skipf("botocore is not installed; pip install botocore installs it: %s", out)
	}
	given, err := json.Marshal(map[string]any{
		"url": s.url, "region": signingRegion, "keys": s.keys, "cases": signedCases,
	})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), python, "testdata/signing/botocore_calls.py")
	command.Stdin = bytes.NewReader(given)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("botocore: %v\n%s", err, &stderr)
	}
	var answers []struct {
		Status int
		Body   string
	}
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(signedCases) {
		t.Fatalf("botocore made %d calls of %d: %v", len(answers), len(signedCases), err)
	}
	for i, got := range answers {
		t.Run(signedCases[i].Name, func(t *testing.T) {
			answer{status: got.Status, body: got.Body}.check(t, want{status: 200, body: s.keys.PrincipalARN})
		})
	}
}

// forbidden is how an HTTP API answers whatever is wrong with a signature.
const forbidden = `{"message":"Forbidden"}`

// testTampering changes calls after they were signed. A REST API says what it wants to have seen.
func (s *signing) testTampering(t *testing.T, public *signing) {
	const invalid = "InvalidSignatureException"
	const mismatch = `^\{"message":"The request signature we calculated does not match the signature you ` +
		`provided\. Check your AWS Secret Access Key and signing method\. Consult the service documentation ` +
		`for details\.\\n\\nThe Canonical String for this request should have been\\n'`
	post := signedCase{
		Method: "POST", Target: "/orders/o-1?a=1", Body: `{"quantity":2}`,
		Header: map[string]string{"Content-Type": "application/json", "X-Amz-Meta-Note": "n"},
	}
	query := signedCase{Method: "GET", Target: "/orders?a=1", Query: true}
	target := func(old, changed string) func(*http.Request) {
		return func(r *http.Request) {
			r.URL.Path = strings.Replace(r.URL.Path, old, changed, 1)
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, old, changed, 1)
		}
	}
	rows := []struct {
		name       string
		call       signedCase
		change     func(*http.Request)
		kind, body string
	}{
		{"the path", post, target("o-1", "o-2"), invalid, mismatch + `POST\\n/dev/orders/o-2\\na=1\\n`},
		{"the path, to one that is written otherwise", post, target("o-1", "./o-1x/../o-1x"), invalid, mismatch},
		{"the query", post, target("a=1", "a=2"), invalid, mismatch + `POST\\n/dev/orders/o-1\\na=2\\n`},
		{"another query key", post, target("a=1", "a=1&b=2"), invalid, mismatch},
		{"the method", post, func(r *http.Request) { r.Method = "PUT" }, invalid, mismatch + `PUT\\n`},
		{"the body", post, func(r *http.Request) {
			r.Body, r.GetBody = http.NoBody, nil
			r.ContentLength = 0
		}, invalid, mismatch},
		{"a signed header", post, func(r *http.Request) { r.Header.Set("X-Amz-Meta-Note", "m") }, invalid, mismatch},
		{
			"a header that only AWS may add", post, func(r *http.Request) { r.Header.Set("X-Amz-Extra", "1") },
			invalid, `^\{"message":"'x-amz-extra' must be a 'SignedHeader' in the AWS Authorization\."`,
		},
		{"the host", post, func(r *http.Request) {
			_, port, _ := strings.Cut(r.URL.Host, ":")
			r.Host = "127.0.0.1:" + port
		}, invalid, mismatch},
		{"the time, by a minute", post, func(r *http.Request) {
			r.Header.Set("X-Amz-Date", time.Now().Add(-time.Minute).UTC().Format("20060102T150405Z"))
		}, invalid, mismatch},
		{
			"the time, by a week", post, func(r *http.Request) { r.Header.Set("X-Amz-Date", "20200101T000000Z") },
			invalid, `^\{"message":"(Date in Credential scope does not match|Signature expired)`,
		},
		{
			"the session token", post, func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "x") },
			"UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`,
		},
		{
			"the key", post, func(r *http.Request) {
				header := r.Header.Get("Authorization")
				r.Header.Set("Authorization", strings.Replace(header, "Credential=ASIA", "Credential=AKIA", 1))
			},
			"UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`,
		},
		{"the signature", post, func(r *http.Request) {
			header := r.Header.Get("Authorization")
			r.Header.Set("Authorization", header[:len(header)-8]+"00000000")
		}, invalid, mismatch},
		{
			"no signature at all", post, func(r *http.Request) { r.Header.Del("Authorization") },
			"MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`,
		},
		{"the path of a presigned URL", query, target("orders", "others"), invalid, mismatch},
		{"the query of a presigned URL", query, target("a=1", "a=2"), invalid, mismatch},
		{"the lifetime of a presigned URL", query, func(r *http.Request) {
			r.URL.RawQuery += "&X-Amz-Expires=604800"
		}, invalid, mismatch},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := s.sign(t, row.call, s.keys)
			row.change(r)
			s.send(t, r).check(t, want{status: 403, body: row.body, header: map[string]string{
				"X-Amzn-Errortype": row.kind, "Content-Type": "application/json",
			}})
			r = public.sign(t, row.call, s.keys)
			row.change(r)
			s.send(t, r).check(t, want{status: 403, body: forbidden})
		})
	}
	t.Run("an old call, made again", func(t *testing.T) {
		r := s.sign(t, query, s.keys)
		for range 2 { // AWS keeps no list of signatures either: within its time a call may be repeated
			s.send(t, r).check(t, want{status: 200, body: s.keys.PrincipalARN})
		}
	})
}

// testStrangers signs well, with keys that may not call.
func (s *signing) testStrangers(t *testing.T, public *signing) {
	const text = `^\{"[Mm]essage":"User: %s is not authorized to perform: execute-api:Invoke on resource: ` +
		`arn:aws:execute-api:us-east-1:\*{8}\d{4}:[a-z0-9]{10}/dev/GET/%s%s`
	rows := []struct {
		name, target string
		keys         runner.Keys
		why          string
	}{
		{"a role without a policy", "/orders", s.stranger, `[^"]*"\}$`},
		{"a path that the policy denies", "/closed/1", s.keys, ` with an explicit deny[^"]*"\}$`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s.send(t, s.sign(t, signedCase{Method: "GET", Target: row.target}, row.keys)).check(t, want{
				status: 403,
				body:   fmt.Sprintf(text, row.keys.PrincipalARN, row.target[1:], row.why),
				header: map[string]string{"X-Amzn-Errortype": "AccessDeniedException"},
			})
		})
	}
	t.Run("a role without a policy, at the HTTP API", func(t *testing.T) {
		r := public.sign(t, signedCase{Method: "GET", Target: "/orders"}, s.stranger)
		s.send(t, r).check(t, want{status: 403, body: forbidden})
	})
}

// TestAdminsOfTheReferenceApplication signs calls of its admin route with the keys of the role that
// may make them, and with those of a function that may not.
func TestAdminsOfTheReferenceApplication(t *testing.T) {
	r := startReference(t, runner.Options{App: assemblyOfDev(t)})
	s := &signing{reference: r, url: r.partner.URL}
	list := signedCase{Method: "GET", Target: "/v1/admin/orders?customer=c-1"}
	s.send(t, s.sign(t, list, r.roleKeys(t, "portico-dev-partner-admin"))).check(t, want{
		status: 200, body: `^\{"orders":\[`,
	})
	var other string
	for _, role := range r.App().Roles {
		if role.Name != "portico-dev-partner-admin" {
			other = role.Name
		}
	}
	s.send(t, s.sign(t, list, r.roleKeys(t, other))).check(t, want{
		status: 403, body: `/portico is not authorized to perform: execute-api:Invoke`,
		header: map[string]string{"X-Amzn-Errortype": "AccessDeniedException"},
	}.matching())
}
