package test

import (
	"archive/zip"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/runner"
)

// packaged builds a release of testdata/control/function, and returns it as a zip file.
func packaged(t *testing.T, release string) string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "bootstrap")
	build := exec.Command("go", "build", "-o", program, "-ldflags", "-s -w -X main.release="+release,
		"./testdata/control/function")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the function: %v\n%s", err, out)
	}
	path := filepath.Join(dir, "code.zip")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	archive := zip.NewWriter(file)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	into, err := archive.CreateHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := into.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestClientsCreateFunctions runs AWS's own clients, each of which creates functions, releases and
// calls them.
func TestClientsCreateFunctions(t *testing.T) {
	codeA, codeB := packaged(t, "a"), packaged(t, "b")
	for _, client := range []struct {
		name, script string
		probe        []string
		run, install string
	}{
		{
			"the aws CLI", "lambda.sh",
			[]string{"aws", "--version"},
			"sh", "pip install awscli installs it",
		},
		{
			"boto3", "lambda.py",
			[]string{"python3", "-c", "import boto3"},
			"python3", "pip install boto3 installs it",
		},
	} {
		t.Run(client.name, func(t *testing.T) {
			if out, err := exec.Command(client.probe[0], client.probe[1:]...).CombinedOutput(); err != nil {
				t.Skipf("%s does not run (%v); %s\n%s", client.name, err, client.install, out)
			}
			t.Parallel()
			r := startControl(t, "")
			script := filepath.Join("testdata", "control", client.script)
			command := exec.Command(client.run, script)
			command.Env = append(awsEnvironment(r), "CODE_A="+codeA, "CODE_B="+codeB)
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", script, err, out)
			}
		})
	}
}

// functions makes a signed call of Lambda, and returns the answer.
func functions(t *testing.T, r *runner.Runner, line string, body []byte) (int, string) {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	request, err := http.NewRequestWithContext(t.Context(), method, r.URL()+path,
		strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/"+
		"lambda/aws4_request, SignedHeaders=host, Signature=0")
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

func createFunction(t *testing.T, r *runner.Runner, name string) {
	t.Helper()
	code, err := os.ReadFile(packaged(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{
		"FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 20,
		"Role": "arn:aws:iam::123456789012:role/r", "Code": map[string]any{"ZipFile": code},
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, text := functions(t, r, "POST /2015-03-31/functions", body); status != 201 {
		t.Fatalf("creating %s answers %d %s", name, status, text)
	}
}

// TestFunctionsReachTheDoor calls, from within a function, services that are served and that are not,
// and restarts the runner.
func TestFunctionsReachTheDoor(t *testing.T) {
	state := t.TempDir()
	t.Run("the first runner", func(t *testing.T) {
		r := startControl(t, state)
		createFunction(t, r, "caller")
		testCalls(t, r)
	})
	r := startControl(t, state)
	testCalls(t, r)
	response, err := http.Post(r.URL()+"/_portico/reset", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if status, text := functions(t, r, "GET /2015-03-31/functions/caller", nil); status != 404 {
		t.Errorf("after a reset: %d %s", status, text)
	}
	http.DefaultClient.CloseIdleConnections()
}

func testCalls(t *testing.T, r *runner.Runner) {
	t.Helper()
	for event, want := range map[string]string{
		`{"function":"caller"}`: `"answer":"{\"release\":\"a\"`,
		`{"function":"nobody"}`: `Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody`,
		`{"service":"kinesis"}`: `AWS_ENDPOINT_URL_KINESIS`,
	} {
		status, text := functions(t, r, "POST /2015-03-31/functions/caller/invocations", []byte(event))
		if status != 200 || !strings.Contains(text, want) {
			t.Errorf("%s answers %d %s, want %s", event, status, text, want)
		}
	}
}
