package runner

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCompanionsAreReachedAtTheMainAddress(t *testing.T) {
	tables := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		_, _ = w.Write([]byte(`{"TableNames":["` + request.Header.Get("X-Amz-Target") + `"]}`))
	}))
	defer tables.Close()
	dir := t.TempDir()
	template := filepath.Join(dir, "live.yaml")
	if err := os.WriteFile(template, []byte(webSocketTemplate), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := "endpoints: {dynamodb: " + tables.URL + "}\n"
	if err := os.WriteFile(filepath.Join(dir, settingsFile), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	r := Start(t, Options{Dir: dir, Template: template})
	for _, row := range []struct{ service, target, mark, want string }{
		{"dynamodb", "DynamoDB_20120810.ListTables", "", "DynamoDB_20120810.ListTables"},
		{"sqs", "AmazonSQS.ListQueues", "", `/jobs"`}, // the queue of the template
		{"dynamodb", "DynamoDB_20120810.ListTables", "1", "no endpoint for the AWS service dynamodb"},
		{"states", "AWSStepFunctions.ListStateMachines", "", "no endpoint for the AWS service states"},
	} {
		_, text := ask(t, http.MethodPost, r.URL()+"/", "{}", http.Header{
			"Authorization": {"AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/" + row.service +
				"/aws4_request, SignedHeaders=host, Signature=0"},
			"X-Amz-Target": {row.target}, "Content-Type": {"application/x-amz-json-1.0"},
			forwarded: {row.mark},
		})
		if !strings.Contains(text, row.want) {
			t.Errorf("%s, marked %q: got %s, want …%s…", row.target, row.mark, text, row.want)
		}
	}
	tables.Close()
	_, text := ask(t, http.MethodPost, r.URL()+"/", "{}", http.Header{
		"Authorization": {"AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/dynamodb/aws4_request, " +
			"SignedHeaders=host, Signature=0"},
	})
	if want := "the endpoint " + tables.URL + " does not answer"; !strings.Contains(text, want) {
		t.Errorf("an endpoint that is gone: got %s, want …%s…", text, want)
	}
}
