package push_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/google/go-cmp/cmp"

	"portico/shared/push"
)

// gateway is an @connections API: it keeps what was posted, and answers 410 or 500 for
// connections whose name says so.
type gateway struct {
	mu     sync.Mutex // guards posted
	posted map[string]string
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, "/dev/@connections/")
	body, _ := io.ReadAll(r.Body)
	switch {
	case strings.HasPrefix(id, "gone"):
		w.WriteHeader(http.StatusGone) // AWS sends no body here
	case strings.HasPrefix(id, "broken"):
		w.WriteHeader(http.StatusInternalServerError)
	default:
		g.mu.Lock()
		defer g.mu.Unlock()
		g.posted[id] = string(body)
	}
}

// directory is a Directory in memory.
type directory struct {
	mu   sync.Mutex // guards gone
	list []push.Connection
	gone []string
}

func (d *directory) Subscribers(
	context.Context, string, time.Time,
) ([]push.Connection, error) {
	return d.list, nil
}

func (d *directory) Disconnect(_ context.Context, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone = append(d.gone, id)
	return nil
}

func sender(t *testing.T, d *directory) (*push.Sender, *gateway) {
	t.Helper()
	g := &gateway{posted: map[string]string{}}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	client := apigatewaymanagementapi.New(apigatewaymanagementapi.Options{
		BaseEndpoint: aws.String(server.URL + "/dev"), Region: "us-east-1",
		Credentials:      credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		RetryMaxAttempts: 1,
	})
	return &push.Sender{
		Directory: d, Timeout: time.Minute, Now: time.Now,
		Open: func() (*apigatewaymanagementapi.Client, error) { return client, nil },
	}, g
}

func TestPublishTellsTheCustomersConnections(t *testing.T) {
	d := &directory{list: []push.Connection{
		{ID: "one=", Customer: "c-1"},
		{ID: "broken=", Customer: "c-1"},
		{ID: "gone=", Customer: "c-1"},
		{ID: "other=", Customer: "c-2"},
		{ID: "two=", Customer: "c-1"},
	}}
	s, g := sender(t, d)
	report, err := s.Publish(context.Background(), push.Notice{
		OrderID: "o-1", Customer: "c-1", Order: map[string]string{"id": "o-1"},
	})
	if err == nil || !strings.Contains(err.Error(), "broken=") {
		t.Errorf("error = %v, want one that names broken=", err)
	}
	if diff := cmp.Diff(push.Report{Sent: 2, Gone: 1}, report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	want := map[string]string{
		"one=": `{"type":"order.changed","order":{"id":"o-1"}}`,
		"two=": `{"type":"order.changed","order":{"id":"o-1"}}`,
	}
	if diff := cmp.Diff(want, g.posted); diff != "" {
		t.Errorf("posted (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"gone="}, d.gone); diff != "" {
		t.Errorf("forgotten (-want +got):\n%s", diff)
	}
}

func TestSendForgetsAConnectionThatIsGone(t *testing.T) {
	d := &directory{}
	s, g := sender(t, d)
	if err := s.Send(context.Background(), "one=", json.RawMessage(`{}`)); err != nil {
		t.Errorf("Send to an open connection: %v", err)
	}
	if err := s.Send(context.Background(), "gone=", "x"); !errors.Is(err, push.ErrGone) {
		t.Errorf("error = %v, want ErrGone", err)
	}
	if diff := cmp.Diff([]string{"gone="}, d.gone); diff != "" {
		t.Errorf("forgotten (-want +got):\n%s", diff)
	}
	if g.posted["one="] != "{}" {
		t.Errorf("posted %q, want {}", g.posted["one="])
	}
}
