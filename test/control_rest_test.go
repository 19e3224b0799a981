package test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"portico/local/runner"
)

// TestADomainThatIsCreatedAnswers creates a custom domain name by the management API, maps it to an
// API, calls it, and deletes what leads there.
func TestADomainThatIsCreatedAnswers(t *testing.T) {
	r := startControl(t, "")
	api := member(manage(t, r, "POST /restapis?mode=import", mockDocument), "id")
	manage(t, r, "POST /restapis/"+api+"/deployments", `{"stageName":"dev"}`)
	manage(t, r, "POST /domainnames", `{"domainName":"made.example.com",`+
		`"endpointConfiguration":{"types":["REGIONAL"]}}`)
	manage(t, r, "POST /domainnames/made.example.com/basepathmappings",
		`{"basePath":"v1","restApiId":"`+api+`","stage":"dev"}`)
	if status, text := visitAs(t, r, "made.example.com", "/v1/x"); status != 200 || text != "ok" {
		t.Errorf("the domain answers %d %s", status, text)
	}
	manage(t, r, "DELETE /domainnames/made.example.com/basepathmappings/v1", "")
	if status, text := visitAs(t, r, "made.example.com", "/v1/x"); status != 403 {
		t.Errorf("without its mapping the domain answers %d %s", status, text)
	}
	manage(t, r, "DELETE /domainnames/made.example.com", "")
	if text := manage(t, r, "GET /domainnames", ""); text != `{"item":[]}` {
		t.Errorf("after it was deleted there are %s", text)
	}
	http.DefaultClient.CloseIdleConnections()
}

func visitAs(t *testing.T, r *runner.Runner, host, path string) (int, string) {
	t.Helper()
	return dispatch(t, r, outgoing{line: "GET " + path, host: host})
}

// TestAClientCertificateIsAnX509Certificate generates one, and finds it again after a restart.
func TestAClientCertificateIsAnX509Certificate(t *testing.T) {
	state := t.TempDir()
	r := startControl(t, state)
	made := manage(t, r, "POST /clientcertificates", `{"description":"d"}`)
	if !strings.Contains(made, `"pemEncodedCertificate":"-----BEGIN CERTIFICATE-----`) {
		t.Errorf("generated %s", made)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	again := manage(t, startControl(t, state), "GET /clientcertificates/"+
		member(made, "clientCertificateId"), "")
	if member(again, "pemEncodedCertificate") != member(made, "pemEncodedCertificate") {
		t.Errorf("after a restart it is %s, it was %s", again, made)
	}
	http.DefaultClient.CloseIdleConnections()
}

// roleTemplate writes a template with a role.
func roleTemplate(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(path, []byte(`Resources:
  Operator:
    Type: AWS::IAM::Role
    Properties:
      RoleName: operator
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {AWS: "*"}, Action: "sts:AssumeRole"}]
`), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSignaturesAreVerifiedWhenAskedFor signs a management call with the keys of a role, and then
// with a secret of nobody's.
func TestSignaturesAreVerifiedWhenAskedFor(t *testing.T) {
	o := runner.Options{
		Dir: t.TempDir(), Template: roleTemplate(t), State: t.TempDir(), Verify: true,
	}
	r := runner.Start(t, o)
	keys, err := runner.Credentials(t.Context(), o, "operator")
	if err != nil {
		t.Fatal(err)
	}
	if status, text := signedCall(t, r, keys); status != 200 {
		t.Errorf("a good signature is answered %d %s", status, text)
	}
	keys.SecretAccessKey = "guess"
	if status, text := signedCall(t, r, keys); status != 403 ||
		!strings.Contains(text, "does not match the signature you provided") {
		t.Errorf("another secret is answered %d %s", status, text)
	}
	keys.AccessKeyID = "AKIAUNKNOWN"
	if status, text := signedCall(t, r, keys); status != 403 ||
		!strings.Contains(text, "The security token included in the request is invalid.") {
		t.Errorf("an unknown key is answered %d %s", status, text)
	}
	http.DefaultClient.CloseIdleConnections()
}

func signedCall(t *testing.T, r *runner.Runner, keys runner.Keys) (int, string) {
	t.Helper()
	body := []byte(`{"name":"signed"}`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL()+"/restapis",
		bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{
		AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey, SessionToken: keys.SessionToken,
	}, request, hex.EncodeToString(sum[:]), "apigateway", "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	status, text := receive(t, request)
	if status == http.StatusCreated {
		status = http.StatusOK
	}
	return status, text
}
