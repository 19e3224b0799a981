package test

import (
	"archive/zip"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/runner"
)

// runClients runs a script of testdata/control with each of AWS's own clients, against a runner of
// its own. A client that is not installed is skipped.
func runClients(
	t *testing.T, script string, start func(*testing.T) *runner.Runner, environment ...string,
) {
	for _, client := range []struct {
		name, program, ending, install string
		probe                          []string
	}{
		{"the aws CLI", "sh", ".sh", "pip install awscli installs it", []string{"aws", "--version"}},
		{
			"boto3", "python3", ".py", "pip install boto3 installs it",
			[]string{"python3", "-c", "import boto3"},
		},
	} {
		t.Run(client.name, func(t *testing.T) {
			if out, err := exec.Command(client.probe[0], client.probe[1:]...).CombinedOutput(); err != nil {
				t.Skipf("%s does not run (%v); %s\n%s", client.name, err, client.install, out)
			}
			t.Parallel()
			path := filepath.Join("testdata", "control", script+client.ending)
			command := exec.CommandContext(t.Context(), client.program, path)
			command.Env = append(awsEnvironment(start(t)), environment...)
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", path, err, out)
			}
		})
	}
}

// onTemplate serves a small template, for the management APIs beside it.
func onTemplate(t *testing.T) *runner.Runner { return startControl(t, "") }

// outgoing is a request of a runner.
type outgoing struct {
	line, body string // "GET /orders"
	host       string // of the URL when empty
	// service is what the request is signed for, by keys that mean nothing; "" leaves it unsigned.
	service string
	header  map[string]string
}

// dispatch makes a request of a runner, and returns its answer.
func dispatch(t *testing.T, r *runner.Runner, m outgoing) (int, string) {
	t.Helper()
	method, path, _ := strings.Cut(m.line, " ")
	request, err := http.NewRequestWithContext(t.Context(), method, r.URL()+path,
		strings.NewReader(m.body))
	if err != nil {
		t.Fatal(err)
	}
	request.Host = m.host
	if m.service != "" {
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/"+
			m.service+"/aws4_request, SignedHeaders=host, Signature=0")
	}
	for name, value := range m.header {
		request.Header.Set(name, value)
	}
	return receive(t, request)
}

// receive sends a request, and returns its answer.
func receive(t *testing.T, request *http.Request) (int, string) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// reset forgets what the management APIs created.
func reset(t *testing.T, r *runner.Runner) {
	t.Helper()
	if status, text := dispatch(t, r, outgoing{line: "POST /_portico/reset"}); status != http.StatusOK {
		t.Fatalf("a reset answers %d %s", status, text)
	}
}

// zipped builds a function for this machine, with flags for the linker, and packs it as Lambda wants
// it.
func zipped(t *testing.T, source, linking string) string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "bootstrap")
	build := exec.Command("go", "build", "-o", program, "-ldflags", linking, source)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", source, err, out)
	}
	code, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "function.zip")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	archive := zip.NewWriter(file)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	entry, err := archive.CreateHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entry.Write(code); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
