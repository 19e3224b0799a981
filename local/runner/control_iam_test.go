package runner

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// guardedTemplate is a REST API whose method wants a signature, with a stage and a web ACL.
const guardedTemplate = `
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: guarded}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: GET
      AuthorizationType: AWS_IAM
      Integration:
        Type: MOCK
        RequestTemplates: {application/json: '{"statusCode": 200}'}
        IntegrationResponses: [{StatusCode: "200"}]
      MethodResponses: [{StatusCode: "200"}]
  Deployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: Method
    Properties: {RestApiId: !Ref Api, StageName: dev}
  Known:
    Type: AWS::IAM::Role
    Properties:
      RoleName: known
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: {Effect: Allow, Principal: {AWS: "123456789012"}, Action: "sts:AssumeRole"}
      Policies:
        - PolicyName: calls
          PolicyDocument:
            Version: "2012-10-17"
            Statement: {Effect: Allow, Action: "execute-api:Invoke", Resource: "*"}
`

// managing is a runner that is told what to create.
type managing struct {
	*testing.T
	*Runner
	api string
}

func startManaging(t *testing.T) managing { return startManagingOf(t, guardedTemplate) }

func startManagingOf(t *testing.T, text string) managing {
	t.Helper()
	dir := t.TempDir()
	template := filepath.Join(dir, "guarded.yaml")
	if err := os.WriteFile(template, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := Start(t, Options{Dir: dir, Template: template})
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return managing{t, r, r.App().REST[0].ID}
}

// send makes a call of a management API, signed as far as the door looks.
func (m managing) send(service string, headers map[string]string, body string) string {
	m.Helper()
	request, err := http.NewRequestWithContext(m.Context(), "POST", m.URL()+"/", strings.NewReader(body))
	if err != nil {
		m.Fatal(err)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/"+service+
		"/aws4_request, SignedHeaders=host, Signature=0")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		m.Fatal(err)
	}
	return textOfResponse(m.T, response)
}

func textOfResponse(t *testing.T, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	var text strings.Builder
	if err := response.Write(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// query makes a call of the protocol Query; members are name, value, name, value.
func (m managing) query(service, action string, members ...string) string {
	m.Helper()
	form := url.Values{"Action": {action}}
	for i := 0; i+1 < len(members); i += 2 {
		form.Set(members[i], members[i+1])
	}
	text := m.send(service, map[string]string{
		"Content-Type": "application/x-www-form-urlencoded",
	}, form.Encode())
	if !strings.HasPrefix(text, "HTTP/1.1 200 ") {
		m.Fatalf("%s %q answers %s", action, members, text)
	}
	return text
}

func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}

// keysIn reads the credentials of an answer.
func keysIn(text string) aws.Credentials {
	return aws.Credentials{
		AccessKeyID:     between(text, "<AccessKeyId>", "<"),
		SecretAccessKey: between(text, "<SecretAccessKey>", "<"),
		SessionToken:    between(text, "<SessionToken>", "<"),
	}
}

// call makes a signed call of the API, and returns its status.
func (m managing) call(keys aws.Credentials) int {
	m.Helper()
	request, err := http.NewRequestWithContext(m.Context(), "GET",
		m.URL()+"/restapis/"+m.api+"/dev/_user_request_/", http.NoBody)
	if err != nil {
		m.Fatal(err)
	}
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if err := v4.NewSigner().SignHTTP(context.Background(), keys, request, empty, "execute-api",
		"us-east-1", time.Now()); err != nil {
		m.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		m.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

const mayInvoke = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
	`"Action":"execute-api:Invoke","Resource":"*"}]}`

func TestUsersThatWereCreatedSignCalls(t *testing.T) {
	m := startManaging(t)
	m.query("iam", "CreateUser", "UserName", "ada")
	keys := keysIn(m.query("iam", "CreateAccessKey", "UserName", "ada"))
	steps := []struct {
		name string
		do   func()
		want int
	}{
		{"a user without a policy", func() {}, http.StatusForbidden},
		{"with one", func() {
			m.query("iam", "PutUserPolicy", "UserName", "ada", "PolicyName", "p", "PolicyDocument", mayInvoke)
		}, http.StatusOK},
		{"with a boundary of nothing", func() {
			m.query("iam", "PutUserPermissionsBoundary", "UserName", "ada", "PermissionsBoundary",
				"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
		}, http.StatusForbidden},
		{"without a boundary", func() {
			m.query("iam", "DeleteUserPermissionsBoundary", "UserName", "ada")
		}, http.StatusOK},
		{"with a key that is not active", func() {
			m.query("iam", "UpdateAccessKey", "UserName", "ada", "AccessKeyId", keys.AccessKeyID,
				"Status", "Inactive")
		}, http.StatusForbidden},
		{"with an active one", func() {
			m.query("iam", "UpdateAccessKey", "UserName", "ada", "AccessKeyId", keys.AccessKeyID,
				"Status", "Active")
		}, http.StatusOK},
		{"whose key was deleted", func() {
			m.query("iam", "DeleteAccessKey", "UserName", "ada", "AccessKeyId", keys.AccessKeyID)
		}, http.StatusForbidden},
	}
	for _, s := range steps {
		s.do()
		if got := m.call(keys); got != s.want {
			t.Errorf("%s: got %d, want %d", s.name, got, s.want)
		}
	}
}

func TestSessionsOfRolesSignCalls(t *testing.T) {
	m := startManaging(t)
	const trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow",` +
		`"Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}}`
	m.query("iam", "CreateRole", "RoleName", "made", "AssumeRolePolicyDocument", trust)
	assume := func(role string) aws.Credentials {
		return keysIn(m.query("sts", "AssumeRole", "RoleSessionName", "me", "RoleArn",
			"arn:aws:iam::123456789012:role/"+role))
	}
	if got := m.call(assume("known")); got != http.StatusOK {
		t.Errorf("a role of the template: got %d", got)
	}
	keys := assume("made")
	if got := m.call(keys); got != http.StatusForbidden {
		t.Errorf("a role without a policy: got %d", got)
	}
	m.query("iam", "PutRolePolicy", "RoleName", "made", "PolicyName", "p", "PolicyDocument", mayInvoke)
	if got := m.call(keys); got != http.StatusOK {
		t.Errorf("the same session once the role has a policy: got %d", got)
	}
	m.query("iam", "DeleteRolePolicy", "RoleName", "made", "PolicyName", "p")
	m.query("iam", "DeleteRole", "RoleName", "made")
	if got := m.call(keys); got != http.StatusForbidden {
		t.Errorf("a session of a role that is gone: got %d", got)
	}
}

func TestTheTemplatesPrincipalsAreShown(t *testing.T) {
	m := startManaging(t)
	for _, want := range []string{
		"<Arn>arn:aws:iam::123456789012:role/known</Arn>",
		"<PermissionsBoundaryArn>", // absent
	} {
		text := m.query("iam", "GetRole", "RoleName", "known")
		if strings.Contains(text, want) != strings.HasPrefix(want, "<Arn>") {
			t.Errorf("GetRole answers %s", text)
		}
	}
	if text := m.query("iam", "ListRolePolicies", "RoleName", "known"); !strings.Contains(text, "<member>calls</member>") {
		t.Errorf("ListRolePolicies answers %s", text)
	}
	form := url.Values{"Action": {"DeleteRole"}, "RoleName": {"known"}}
	text := m.send("iam", map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		form.Encode())
	if !strings.Contains(text, "is described by the template that is served here; change it there") {
		t.Errorf("DeleteRole answers %s", text)
	}
}
