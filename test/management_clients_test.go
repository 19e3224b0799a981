package test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"
	"github.com/coder/websocket"

	"portico/local/runner"
)

// TestManagementClients calls @connections with AWS's own clients, which are told an endpoint and
// nothing else: the one that a function finds in its environment, the API's host name, and its path
// on the main address.
func TestManagementClients(t *testing.T) {
	r := startConnections(t)
	keys := r.roleKeys(t, "pusher")
	found, err := where(t.Context(), r.connect(t, "").conn, "where am I?")
	if err != nil {
		t.Fatal(err)
	}
	for name, endpoint := range map[string]string{
		"at the API's own port": found.Endpoint, "by host": r.byHost(),
		"by path": r.URL() + "/restapis/" + r.realtime.ID + "/live/_user_request_",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &manager{r, keys, endpoint}
			t.Run("aws-sdk-go-v2", c.testGo)
			t.Run("boto3", c.testBoto3)
			t.Run("the aws command", c.testCommand)
		})
	}
	t.Run("a role that may not", func(t *testing.T) { testNoManager(t, r, found) })
}

// manager is who calls @connections.
type manager struct {
	*reference
	keys     runner.Keys
	endpoint string
}

// open connects, and returns the connection's id beside it.
func (m *manager) open(t *testing.T) (*socket, string) {
	t.Helper()
	client := m.connect(t, "")
	found, err := where(t.Context(), client.conn, "hello")
	if err != nil {
		t.Fatal(err)
	}
	return client, found.Connection
}

// ended waits for the close frame of a deleted connection.
func (m *manager) ended(t *testing.T, client *socket) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, _, err := client.conn.Read(ctx)
	if websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("a deleted connection ended with %v, want 1000", err)
	}
}

func (m *manager) testGo(t *testing.T) {
	// No resolver on this machine needs to know names below localhost.
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, _ := strings.Cut(address, ":")
			return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	client := apigatewaymanagementapi.New(apigatewaymanagementapi.Options{
		Region: signingRegion, BaseEndpoint: aws.String(m.endpoint), RetryMaxAttempts: 1,
		HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider(
			m.keys.AccessKeyID, m.keys.SecretAccessKey, m.keys.SessionToken),
	})
	connected, id := m.open(t)
	post := func(data []byte) error {
		_, err := client.PostToConnection(t.Context(),
			&apigatewaymanagementapi.PostToConnectionInput{ConnectionId: &id, Data: data})
		return err
	}
	if err := post([]byte("hello from Go")); err != nil {
		t.Fatal(err)
	}
	if got := connected.hear(); got != "hello from Go" {
		t.Errorf("heard %q", got)
	}
	var large *types.PayloadTooLargeException
	if err := post(make([]byte, 128<<10+1)); !errors.As(err, &large) {
		t.Errorf("129 KB: %v, want a PayloadTooLargeException", err)
	}
	got, err := client.GetConnection(t.Context(),
		&apigatewaymanagementapi.GetConnectionInput{ConnectionId: &id})
	if err != nil || time.Since(*got.ConnectedAt) > patience ||
		got.LastActiveAt.Before(*got.ConnectedAt) ||
		net.ParseIP(*got.Identity.SourceIp) == nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := client.DeleteConnection(t.Context(),
		&apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: &id}); err != nil {
		t.Error(err)
	}
	m.ended(t, connected)
	var gone *types.GoneException
	if err := post([]byte("late")); !errors.As(err, &gone) {
		t.Errorf("after the end: %v, want a GoneException", err)
	}
}

// command runs a program that calls @connections. For the API's host name, the main address is its
// HTTP proxy: no resolver on this machine needs to know names below localhost.
func (m *manager) command(t *testing.T, name string, arguments ...string) ([]byte, string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, arguments...)
	home, proxy := t.TempDir(), ""
	if m.endpoint == m.byHost() {
		proxy = m.URL()
	}
	command.Env = append(os.Environ(), "HOME="+home, "AWS_CONFIG_FILE="+home,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID="+m.keys.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+m.keys.SecretAccessKey,
		"AWS_SESSION_TOKEN="+m.keys.SessionToken, "AWS_DEFAULT_REGION="+signingRegion,
		"HTTP_PROXY="+proxy, "http_proxy="+proxy, "NO_PROXY=", "no_proxy=",
		"AWS_RETRY_MODE=standard", "AWS_MAX_ATTEMPTS=1")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil && stderr.Len() == 0 {
		t.Fatalf("%s: %v", name, err)
	}
	return out, stderr.String()
}

func (m *manager) testBoto3(t *testing.T) {
	python := whereBoto3Is(t)
	connected, id := m.open(t)
	out, failed := m.command(t, python, "testdata/connections/boto3_calls.py", m.endpoint, id)
	var got struct {
		SourceIP, ConnectedAt              string
		TooLarge, Malformed, Deleted, Gone []any
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, failed)
	}
	if heard := connected.hear(); heard != "hello from boto3" {
		t.Errorf("heard %q", heard)
	}
	if net.ParseIP(got.SourceIP) == nil || got.ConnectedAt == "" || got.Deleted != nil {
		t.Errorf("got %+v", got)
	}
	for name, pair := range map[string][2][]any{
		"too large": {got.TooLarge, {413.0, "PayloadTooLargeException"}},
		"malformed": {got.Malformed, {400.0, "ClientError"}},
		"gone":      {got.Gone, {410.0, "GoneException"}},
	} {
		if len(pair[0]) != 2 || pair[0][0] != pair[1][0] || pair[0][1] != pair[1][1] {
			t.Errorf("%s: boto3 raised %v, want %v", name, pair[0], pair[1])
		}
	}
	m.ended(t, connected)
}

// whereBoto3Is finds a Python that has boto3.
func whereBoto3Is(t *testing.T) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed, so boto3 cannot call")
	}
	if out, err := exec.Command(python, "-c", "import boto3").CombinedOutput(); err != nil {
		t.Skipf("boto3 is not installed; pip install boto3 installs it: %s", out)
	}
	return python
}

func (m *manager) testCommand(t *testing.T) {
	program, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("the aws command is not installed")
	}
	if out, err := exec.Command(program, "--version").CombinedOutput(); err != nil {
		t.Skipf("the aws command does not run: %s", out)
	}
	connected, id := m.open(t)
	run := func(arguments ...string) ([]byte, string) {
		t.Helper()
		return m.command(t, program, append([]string{
			"apigatewaymanagementapi", "--endpoint-url", m.endpoint, "--output", "json",
		}, arguments...)...)
	}
	data := t.TempDir() + "/data"
	if err := os.WriteFile(data, []byte("hello from the shell"), 0o600); err != nil {
		t.Fatal(err)
	}
	post := []string{"post-to-connection", "--connection-id", id, "--data", "fileb://" + data}
	if _, failed := run(post...); failed != "" {
		t.Fatal(failed)
	}
	if got := connected.hear(); got != "hello from the shell" {
		t.Errorf("heard %q", got)
	}
	out, failed := run("get-connection", "--connection-id", id)
	if !strings.Contains(strings.ToLower(string(out)), `"connectedat"`) {
		t.Errorf("get-connection printed %s %s", out, failed)
	}
	if _, failed := run("delete-connection", "--connection-id", id); failed != "" {
		t.Error(failed)
	}
	m.ended(t, connected)
	if _, failed := run(post...); !strings.Contains(failed, "(GoneException)") &&
		!strings.Contains(failed, "(410)") {
		t.Errorf("after the end: %s, want a GoneException", failed)
	}
}

// testNoManager signs with the keys of nobody that the app knows.
func testNoManager(t *testing.T, r *reference, found place) {
	client := apigatewaymanagementapi.New(apigatewaymanagementapi.Options{
		Region: signingRegion, BaseEndpoint: aws.String(found.Endpoint), RetryMaxAttempts: 1,
		HTTPClient:  r.client,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
	_, err := client.PostToConnection(t.Context(), &apigatewaymanagementapi.PostToConnectionInput{
		ConnectionId: aws.String("L0SM9cOFvHcCIhw="), Data: []byte("hello"),
	})
	var answered interface{ HTTPStatusCode() int }
	if !errors.As(err, &answered) || answered.HTTPStatusCode() != http.StatusForbidden {
		t.Errorf("error = %v, want 403", err)
	}
}
