package httpapi_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// sample reads an event that aws-lambda-go keeps.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-lambda-go").
		Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(
		strings.TrimSpace(string(dir)), "events", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// flat writes the values of a JSON document into fields, by their way down to them.
func flat(t *testing.T, fields map[string]string, way string, document json.RawMessage) {
	t.Helper()
	var object map[string]json.RawMessage
	if json.Unmarshal(document, &object) != nil || len(object) == 0 {
		var text bytes.Buffer
		if err := json.Compact(&text, document); err != nil {
			t.Fatal(err)
		}
		fields[way] = text.String()
		return
	}
	for name, value := range object {
		flat(t, fields, strings.TrimPrefix(way+"."+name, "."), value)
	}
}

// differences returns the fields in which an event differs from a sample, as the event has them.
func differences(t *testing.T, sample, event []byte) map[string]string {
	t.Helper()
	want, got := map[string]string{}, map[string]string{}
	flat(t, want, "", sample)
	flat(t, got, "", event)
	found := map[string]string{}
	for way, value := range got {
		if want[way] != value {
			found[way] = value
		}
	}
	for way := range want {
		if _, ok := got[way]; !ok {
			found[way] = absent
		}
	}
	return found
}

// sampled is the API, and the certificate, that the samples speak of.
func sampled(t *testing.T, route api.Route, change func(*setup)) *setup {
	t.Helper()
	return start(t, func(s *setup) {
		s.clock = clock.NewManual(time.UnixMilli(1583348638390))
		s.def.ID = "api-id"
		s.def.Routes = []api.Route{route}
		s.def.Stages = []api.Stage{{Name: "$default", Variables: map[string]string{
			"stageVariable1": "value1", "stageVariable2": "value2",
		}}}
		if change != nil {
			change(s)
		}
	})
}

func sampleCall(s *setup, line string, headers ...string) *exchange.Request {
	r := s.request(line, headers...)
	r.Host, r.TLS, r.SourceIP = "id.execute-api.us-east-1.amazonaws.com", true, "IP"
	r.Header[0].Value = r.Host
	r.Header.Add("User-Agent", "agent")
	r.Header.Add("X-Amzn-Trace-Id", "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c")
	r.Domain = &exchange.Domain{Name: r.Host, Stage: s.def.Stages[0].Name, Path: r.RawPath}
	r.ClientCertificate = &exchange.ClientCertificate{
		PEM:          "-----BEGIN CERTIFICATE-----\nMIIEZTCCAk0CAQEwDQ...",
		SubjectDN:    "C=US,ST=Washington,L=Seattle,O=Amazon Web Services,OU=Security,CN=My Client",
		IssuerDN:     "C=US,ST=Washington,L=Seattle,O=Amazon Web Services,OU=Security,CN=My Private CA",
		SerialNumber: "1",
		NotBefore:    "Aug 29 00:28:21 2020 GMT", NotAfter: "Aug  5 00:28:21 2120 GMT",
	}
	return r
}

func (s *setup) id() string { return `"` + s.observer.records[0].RequestID + `"` }

// differing puts differences together, and fills in the id of the call.
func (s *setup) differing(all ...map[string]string) map[string]string {
	together := map[string]string{"requestContext.requestId": s.id()}
	for _, some := range all {
		maps.Copy(together, some)
	}
	return together
}

// Of the one sample that was captured, nothing differs but the id, which is random.
func TestTheCapturedSample(t *testing.T) {
	s := sampled(t, api.Route{Key: "$default", AuthorizationType: "NONE", IntegrationID: "two"},
		func(s *setup) {
			s.clock = clock.NewManual(time.UnixMilli(1587481701067))
			s.def.ID, s.def.Account.Region = "aaaaaaaaaa", "us-west-2"
			s.def.Stages[0].Variables = nil
		})
	r := sampleCall(s, "GET /", "Accept: */*", "X-Forwarded-Proto: http")
	r.Host, r.SourceIP, r.Domain = "aaaaaaaaaa.execute-api.us-west-2.amazonaws.com", "1.2.3.4", nil
	r.Header[0].Value = r.Host
	for i := range r.Header {
		if r.Header[i].Name == "User-Agent" {
			r.Header[i].Value = "curl/7.58.0"
		}
	}
	s.serve(t, r)
	event := s.invoked[0].Payload
	captured := sample(t, "apigw-v2-request-no-authorizer")
	if diff := cmp.Diff(s.differing(), differences(t, captured, event)); diff != "" {
		t.Errorf("fields that differ (-want +got):\n%s", diff)
	}
	var want bytes.Buffer
	if err := json.Compact(&want, captured); err != nil {
		t.Fatal(err)
	}
	got := strings.Replace(string(event), s.id(), `"LV7fzho-PHcEJPw="`, 1)
	if diff := cmp.Diff(want.String(), got); diff != "" {
		t.Errorf("the text, with its order of keys (-want +got):\n%s", diff)
	}
}

// writtenByHand is what the other samples have that no gateway sends: header names in upper case
// and none of the usual headers, parameters of a path without any, and a time that is not timeEpoch.
var writtenByHand = map[string]string{
	"headers.Header1": absent, "headers.header1": `"value1"`,
	"headers.Header2": absent, "headers.header2": `"value2"`,
	"headers.content-length":    `"13"`,
	"headers.content-type":      `"application/json"`,
	"headers.host":              `"id.execute-api.us-east-1.amazonaws.com"`,
	"headers.user-agent":        `"agent"`,
	"headers.x-amzn-trace-id":   `"Root=1-5e9f0c65-1de4d666d4dd26aced652b6c"`,
	"headers.x-forwarded-for":   `"IP"`,
	"headers.x-forwarded-port":  `"443"`,
	"headers.x-forwarded-proto": `"https"`,
	"pathParameters.proxy":      absent,
	"requestContext.time":       `"04/Mar/2020:19:03:58 +0000"`,
}

const sampleLine = "GET /my/path?parameter1=value1&parameter1=value2&parameter2=value"

// theSamplesCall is what all samples of a user's call but the captured one begin with.
func theSamplesCall(s *setup, headers ...string) *exchange.Request {
	r := sampleCall(s, sampleLine, append([]string{
		"Header1: value1", "Header2: value2", "Cookie: cookie1; cookie2",
		"Content-Type: application/json",
	}, headers...)...)
	r.Body = []byte("{\r\n\t\"a\": 1\r\n}")
	return r
}

func TestTheSampleOfAJWTAuthorizer(t *testing.T) {
	s := sampled(t, api.Route{
		Key: "$default", AuthorizationType: "JWT", AuthorizerID: "pool", IntegrationID: "two",
		AuthorizationScopes: []string{"scope1", "scope2"},
	}, nil)
	token := s.tokenOf(t, map[string]any{
		"claim1": "value1", "claim2": "value2", "scope": "scope1 scope2",
	})
	s.serve(t, theSamplesCall(s, token))
	want := s.differing(writtenByHand, map[string]string{
		"headers.authorization": `"` + strings.TrimPrefix(token, "Authorization: ") + `"`,
		// What a token cannot do without.
		"requestContext.authorizer.jwt.claims.iss":       `"` + issuer + `"`,
		"requestContext.authorizer.jwt.claims.client_id": `"client"`,
		"requestContext.authorizer.jwt.claims.sub":       `"u-1"`,
		"requestContext.authorizer.jwt.claims.exp":       `"1583348698"`,
		"requestContext.authorizer.jwt.claims.scope":     `"scope1 scope2"`,
	})
	event := []byte(s.payloadOf(orders))
	got := differences(t, sample(t, "apigw-v2-request-jwt-authorizer"), event)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields that differ (-want +got):\n%s", diff)
	}
}

func TestTheSampleOfALambdaAuthorizer(t *testing.T) {
	g := policyGate(answering(`{"isAuthorized":true,"context":{"key":"value"}}`))
	g.authorizer.IdentitySource, g.authorizer.EnableSimpleResponses = nil, true
	s := sampled(t, api.Route{
		Key: "$default", AuthorizationType: "CUSTOM", AuthorizerID: "fn", IntegrationID: "two",
	}, g.put)
	s.serve(t, theSamplesCall(s))
	got := differences(t, sample(t, "apigw-v2-request-lambda-authorizer"), []byte(s.payloadOf(orders)))
	if diff := cmp.Diff(s.differing(writtenByHand), got); diff != "" {
		t.Errorf("fields that differ (-want +got):\n%s", diff)
	}
}

func TestTheSampleOfIAM(t *testing.T) {
	s := sampled(t, api.Route{
		Key: "$default", AuthorizationType: "AWS_IAM", IntegrationID: "two",
	}, func(s *setup) {
		s.secrets = keyring{}
		if err := s.principals.Add("partner", []byte(statement("Allow", "*"))); err != nil {
			t.Fatal(err)
		}
	})
	call := s.sign(t, theSamplesCall(s), "execute-api", "us-east-1")
	s.serve(t, call)
	event := []byte(s.payloadOf(orders))
	const iam = "requestContext.authorizer.iam."
	caller := member(t, event, iam+"callerId")
	want := s.differing(writtenByHand, map[string]string{
		"headers.authorization": `"` + call.Header.Get("Authorization") + `"`,
		"headers.x-amz-date":    `"20200304T190358Z"`,
		// Who signs here is the session of a role; it has no identity pool and no organization.
		iam + "accessKey": `"AKIDEXAMPLE"`, iam + "accountId": `"123456789012"`,
		iam + "callerId": caller, iam + "userId": caller, iam + "userArn": `"` + signerARN + `"`,
		iam + "principalOrgId": "null", iam + "cognitoIdentity": "null",
		iam + "cognitoIdentity.amr": absent, iam + "cognitoIdentity.identityId": absent,
		iam + "cognitoIdentity.identityPoolId": absent,
	})
	if diff := cmp.Diff(want, differences(t, sample(t, "apigw-v2-request-iam"), event)); diff != "" {
		t.Errorf("fields that differ (-want +got):\n%s", diff)
	}
}
