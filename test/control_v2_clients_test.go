package test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"portico/local/runner"
)

// v2Settings list the backend, and whose keys sign the calls of connections.
const v2Settings = `
backends: {backend.example.com: %q}
principals:
  - name: backend
    account: "123456789012"
    accessKeyId: test
    secretAccessKey: test
    policies: [{Statement: [{Effect: Allow, Action: "execute-api:ManageConnections", Resource: "*"}]}]
`

// startV2 serves a small template beside a backend that answers with what it is asked.
func startV2(t *testing.T) *runner.Runner {
	t.Helper()
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Method, " ", r.URL.Path)
	}))
	t.Cleanup(backend.Close)
	dir := t.TempDir()
	settings := filepath.Join(dir, "portico.yaml")
	if err := os.WriteFile(settings, fmt.Appendf(nil, v2Settings, backend.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	template, err := filepath.Abs("testdata/control/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return runner.Start(t, runner.Options{Dir: dir, Template: template})
}

// TestClientsBuildHTTPAndWebSocketAPIs runs AWS's own clients, each of which builds APIs from
// nothing, calls them while it changes them, and deletes them.
func TestClientsBuildHTTPAndWebSocketAPIs(t *testing.T) { runClients(t, "build_v2", startV2) }
