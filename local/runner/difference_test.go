package runner

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// signedAPI is an API whose method wants a signature, as OpenAPI.
const signedAPI = `{"openapi":"3.0.1","info":{"title":"made","version":"1"},"paths":{"/":{"get":{` +
	`"x-amazon-apigateway-auth":{"type":"AWS_IAM"},"responses":{"200":{"description":"ok"}},` +
	`"x-amazon-apigateway-integration":{"type":"mock",` +
	`"requestTemplates":{"application/json":"{\"statusCode\": 200}"},` +
	`"responses":{"default":{"statusCode":"200"}}}}}}}`

// gateway makes a call of API Gateway's management API, and returns the answer.
func (m managing) gateway(method, path, body string) string {
	m.Helper()
	request, err := http.NewRequestWithContext(m.Context(), method, m.URL()+path, strings.NewReader(body))
	if err != nil {
		m.Fatal(err)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/"+
		"apigateway/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		m.Fatal(err)
	}
	return textOfResponse(m.T, response)
}

// withMade creates an API beside the template's, and returns it.
func (m managing) withMade() managing {
	m.Helper()
	made := m
	made.api = between(m.gateway("POST", "/restapis?mode=import", signedAPI), `"id":"`, `"`)
	m.gateway("POST", "/restapis/"+made.api+"/deployments", `{"stageName":"dev"}`)
	return made
}

// anew returns the APIs that were compiled since.
func (m managing) anew(before []*served) []string {
	var ids []string
	for _, s := range m.allServed() {
		if !slices.Contains(before, s) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func TestAPermissionIsInEffectForTheNextCallAndCompilesNoAPI(t *testing.T) {
	m := startManaging(t)
	made := m.withMade()
	m.query("iam", "CreateUser", "UserName", "ada")
	keys := keysIn(m.query("iam", "CreateAccessKey", "UserName", "ada"))
	before := m.allServed()
	put := func(document string) func() {
		return func() {
			m.query("iam", "PutUserPolicy", "UserName", "ada", "PolicyName", "p", "PolicyDocument", document)
		}
	}
	for _, s := range []struct {
		name string
		do   func()
		want int
	}{
		{"a user without a policy", func() {}, http.StatusForbidden},
		{"with one that allows", put(mayInvoke), http.StatusOK},
		{"with one that denies", put(strings.Replace(mayInvoke, "Allow", "Deny", 1)), http.StatusForbidden},
		{"with one that allows again", put(mayInvoke), http.StatusOK},
		{"whose policy is gone", func() {
			m.query("iam", "DeleteUserPolicy", "UserName", "ada", "PolicyName", "p")
		}, http.StatusForbidden},
	} {
		s.do()
		for _, api := range []managing{m, made} {
			if got := api.call(keys); got != s.want {
				t.Errorf("%s: API %s answers %d, want %d", s.name, api.api, got, s.want)
			}
		}
	}
	if anew := m.anew(before); anew != nil {
		t.Errorf("%v were compiled anew, want none", anew)
	}
}

func TestAWebACLCompilesTheAPIsThatItIsBefore(t *testing.T) {
	m := startManaging(t)
	made := m.withMade()
	before := m.allServed()
	text := m.waf("200", "CreateWebACL", `{"Name":"acl","Scope":"REGIONAL","DefaultAction":{"Allow":{}},`+
		`"Rules":[`+evil+`],`+visibility+`}`)
	if anew := m.anew(before); anew != nil {
		t.Errorf("for a web ACL before nothing %v were compiled anew, want none", anew)
	}
	arn := between(text, `"ARN":"`, `"`)
	stage := func() string { return m.gateway("GET", "/restapis/"+made.api+"/stages/dev", "") }
	if text := stage(); strings.Contains(text, "webAclArn") {
		t.Errorf("before the association the stage is %s", text)
	}
	m.waf("200", "AssociateWebACL", `{"WebACLArn":"`+arn+`","ResourceArn":`+
		`"arn:aws:apigateway:us-east-1::/restapis/`+made.api+`/stages/dev"}`)
	if text := stage(); !strings.Contains(text, `"webAclArn":"`+arn+`"`) {
		t.Errorf("after the association the stage is %s, want %s", text, arn)
	}
	if anew := m.anew(before); !slices.Equal(anew, []string{made.api}) {
		t.Errorf("for an association %v were compiled anew, want %s", anew, made.api)
	}
	for range 2 {
		if got := m.visit("evil"); got != http.StatusOK {
			t.Errorf("the API without the web ACL answers %d", got)
		}
		if got := made.visit("evil"); got != http.StatusForbidden {
			t.Errorf("the API behind the web ACL answers %d", got)
		}
		// What is written elsewhere leaves the web ACL where it is.
		m.query("iam", "CreateUser", "UserName", "ada")
		m.query("iam", "DeleteUser", "UserName", "ada")
	}
}

func TestADomainCompilesNoAPI(t *testing.T) {
	m := startManaging(t)
	before := m.allServed()
	m.gateway("POST", "/domainnames", `{"domainName":"a.example.com","endpointConfiguration":{"types":["REGIONAL"]}}`)
	m.gateway("POST", "/domainnames/a.example.com/basepathmappings", `{"restApiId":"`+m.api+`","stage":"dev"}`)
	if anew := m.anew(before); anew != nil {
		t.Errorf("%v were compiled anew, want none", anew)
	}
	request, err := http.NewRequestWithContext(t.Context(), "GET", m.URL()+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "a.example.com"
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if got := response.Header.Get("x-amzn-ErrorType"); got != "MissingAuthenticationTokenException" {
		t.Errorf("the domain leads to %d %s, want the method that wants a signature", response.StatusCode, got)
	}
}
