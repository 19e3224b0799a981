package test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/local/runner"
)

// startConnections serves a WebSocket API whose function says which connection it is asked on.
func startConnections(t *testing.T) *reference {
	t.Helper()
	r := startFolder(t, "testdata/connections", "echo")
	r.realtime = r.Addresses()[0]
	return r
}

// startFolder serves the template of a folder, whose one function is in a folder in it.
func startFolder(t *testing.T, folder, function string) *reference {
	t.Helper()
	source, err := filepath.Abs(filepath.Join(folder, function))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	settings := "functions: {" + function + ": {source: " + source + "}}\n"
	if err := os.WriteFile(filepath.Join(dir, "portico.yaml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	r := &reference{
		client: &http.Client{Transport: transport, Timeout: time.Minute},
		options: runner.Options{
			Dir: dir, Template: filepath.Join(folder, "template.yaml"), State: t.TempDir(),
		},
	}
	r.Runner = runner.Start(t, r.options)
	return r
}

// place is where a function finds itself.
type place struct{ Connection, Endpoint, Message string }

// where asks a connection's function where it is.
func where(ctx context.Context, conn *websocket.Conn, message string) (place, error) {
	if err := conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
		return place{}, fmt.Errorf("asking: %w", err)
	}
	_, text, err := conn.Read(ctx)
	if err != nil {
		return place{}, fmt.Errorf("hearing: %w", err)
	}
	return readPlace(text)
}

func readPlace(text []byte) (found place, err error) {
	if err = json.Unmarshal(text, &found); err == nil && found.Connection == "" {
		err = errors.New("no connection is named")
	}
	if err != nil {
		err = fmt.Errorf("reading %s: %w", text, err)
	}
	return found, err
}

// byHost is the endpoint as AWS has it: the API in the host name.
func (r *reference) byHost() string {
	_, port, _ := strings.Cut(strings.TrimPrefix(r.URL(), "http://"), ":")
	return "http://" + r.realtime.ID + ".execute-api.localhost:" + port + "/live"
}
