package test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const streamedTemplate = `
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: streamed
      EndpointConfiguration: {Types: [REGIONAL]}
      Body:
        openapi: 3.0.1
        info: {title: streamed}
        paths:
          /{kind}:
            get:
              parameters: [{name: kind, in: path, required: true}]
              x-amazon-apigateway-integration:
                type: http_proxy
                httpMethod: GET
                uri: BACKEND/{kind}
                responseTransferMode: STREAM
                timeoutInMillis: 900000
                requestParameters: {integration.request.path.kind: method.request.path.kind}
  Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment
      StageName: dev
      AccessLogSetting:
        DestinationArn: !Sub arn:aws:logs:us-east-1:${AWS::AccountId}:log-group:access
        Format: line $context.path $context.status $context.responseLength $context.integration.responseTransferMode
`

// TestStreamsAreLoggedWhenTheyHaveEnded streams from a backend to clients: one that takes all, and
// one that leaves. That nothing is left behind TestMain sees.
func TestStreamsAreLoggedWhenTheyHaveEnded(t *testing.T) {
	gone := make(chan struct{})
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "first ")
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/endless" {
			<-r.Context().Done()
			close(gone)
			return
		}
		fmt.Fprint(w, "second")
	}))
	t.Cleanup(backend.Close)
	state := t.TempDir()
	served := startTemplate(t, streamedTemplate, backend.URL, state)
	url := stageURL(t, served, "dev")

	in, err := http.Get(url + "/whole")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(in.Body)
	_ = in.Body.Close()
	if err != nil || string(body) != "first second" {
		t.Errorf("got %q, %v", body, err)
	}
	if got := accessLines(t, state); got != "line /dev/whole 200 12 STREAMED\n" {
		t.Errorf("the client has seen the end, and the access log says %q", got)
	}

	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/endless", nil)
	if err != nil {
		t.Fatal(err)
	}
	in, err = http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	piece := make([]byte, len("first "))
	if _, err := io.ReadFull(in.Body, piece); err != nil {
		t.Fatal(err)
	}
	leave()
	_ = in.Body.Close()
	<-gone // the backend was let go
	if err := served.Close(); err != nil {
		t.Error(err)
	}
	want := "line /dev/whole 200 12 STREAMED\nline /dev/endless 200 6 STREAMED\n"
	if got := accessLines(t, state); got != want {
		t.Errorf("the access log says %q, want %q", got, want)
	}
}

// accessLines returns the lines of the access log, without what stands before them.
func accessLines(t *testing.T, state string) string {
	t.Helper()
	var lines strings.Builder
	err := filepath.WalkDir(filepath.Join(state, "logs"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for line := range strings.Lines(string(text)) {
			if at := strings.Index(line, "line /"); at >= 0 {
				lines.WriteString(line[at:])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines.String()
}
