package test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/runner"
)

const certifiedTemplate = `
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: certified
      Body:
        openapi: 3.0.1
        info: {title: certified}
        paths:
          /proxy:
            get:
              x-amazon-apigateway-integration:
                {type: http_proxy, httpMethod: GET, uri: BACKEND, tlsConfig: {insecureSkipVerification: true}}
          /custom:
            get:
              responses: {"200": {description: ok}}
              x-amazon-apigateway-integration:
                type: http
                httpMethod: GET
                uri: BACKEND
                tlsConfig: {insecureSkipVerification: true}
                responses: {default: {statusCode: "200"}}
          /stream:
            get:
              x-amazon-apigateway-integration:
                type: http_proxy
                httpMethod: GET
                uri: BACKEND
                responseTransferMode: STREAM
                tlsConfig: {insecureSkipVerification: true}
  Certificate: {Type: AWS::ApiGateway::ClientCertificate, Properties: {Description: mine}}
  Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}
  With:
    Type: AWS::ApiGateway::Stage
    Properties:
      {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: with, ClientCertificateId: !Ref Certificate}
  Without:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: without}
`

// startTemplate serves a template in which BACKEND is an address.
func startTemplate(t *testing.T, template, backend, state string) *runner.Runner {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "template.yaml")
	text := strings.ReplaceAll(template, "BACKEND", backend)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return runner.Start(t, runner.Options{Dir: dir, Template: path, State: state})
}

// stageURL returns the address of a stage.
func stageURL(t *testing.T, r *runner.Runner, stage string) string {
	t.Helper()
	for _, address := range r.Addresses() {
		if address.Stage == stage {
			return address.URL
		}
	}
	t.Fatalf("there is no stage %s", stage)
	return ""
}

// TestBackendsKnowAStageByItsClientCertificate has a backend trust the certificate that the state
// folder holds, and nobody else.
func TestBackendsKnowAStageByItsClientCertificate(t *testing.T) {
	state := t.TempDir()
	trusted := x509.NewCertPool()
	backend := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.TLS.PeerCertificates[0].Subject)
	}))
	backend.TLS = &tls.Config{
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return &tls.Config{
				Certificates: backend.TLS.Certificates, ClientCAs: trusted,
				ClientAuth: tls.RequireAndVerifyClientCert,
			}, nil
		},
	}
	backend.StartTLS()
	t.Cleanup(backend.Close)
	r := startTemplate(t, certifiedTemplate, backend.URL, state)
	var table strings.Builder
	r.WriteTable(&table)
	_, path, _ := strings.Cut(table.String(), "client certificate of certified, stage with: ")
	path, _, _ = strings.Cut(path, "\n")
	pem, err := os.ReadFile(path)
	if err != nil || !trusted.AppendCertsFromPEM(pem) {
		t.Fatalf("the start table names no certificate: %v\n%s", err, table.String())
	}
	for _, row := range []struct {
		stage, path string
		status      int
		body        string
	}{
		{"with", "/proxy", 200, "CN=ApiGateway"},
		{"with", "/custom", 200, "CN=ApiGateway"},
		{"with", "/stream", 200, "CN=ApiGateway"},
		{"without", "/proxy", 504, `{"message": "Network error communicating with endpoint"}`},
		{"without", "/custom", 504, `{"message": "Network error communicating with endpoint"}`},
	} {
		t.Run(row.stage+" a certificate, "+row.path, func(t *testing.T) {
			in, err := http.Get(stageURL(t, r, row.stage) + row.path)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Body.Close()
			body, err := io.ReadAll(in.Body)
			if err != nil || in.StatusCode != row.status || string(body) != row.body {
				t.Errorf("got %d %s, %v, want %d %s", in.StatusCode, body, err, row.status, row.body)
			}
		})
	}
}
