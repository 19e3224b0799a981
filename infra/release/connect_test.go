package release

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// alone keeps what this machine is configured with out of a test.
func alone(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "", "AWS_REGION": "",
		"AWS_DEFAULT_REGION": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
		"AWS_PROFILE": "", "AWS_SESSION_TOKEN": "",
	} {
		t.Setenv(name, value)
	}
}

// startClock serves a runner's clock, which goes on by a second each time it is read.
func startClock(t *testing.T) (url string, shown *atomic.Int64) {
	t.Helper()
	shown = &atomic.Int64{}
	shown.Store(1_790_000_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != runnerClock {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"now": time.Unix(shown.Add(1), 0).UTC()})
	}))
	t.Cleanup(server.Close)
	return server.URL, shown
}

func TestARunnersClockIsSleptBy(t *testing.T) {
	url, shown := startClock(t)
	c := Runner{URL: url, Client: http.DefaultClient}
	if err := c.Sleep(t.Context(), 2*time.Second); err != nil {
		t.Fatal(err)
	}
	if went := shown.Load() - 1_790_000_000; went != 3 {
		t.Errorf("the clock was read %d times, want 3: at the beginning, 1 s and 2 s later", went)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("a sleep that is broken off: %v", err)
	}
}

func TestWhatIsReached(t *testing.T) {
	alone(t)
	here, _ := startClock(t)
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, row := range []struct {
		name, endpoint, reached string
		clock                   Clock
		fails                   string
	}{
		{"AWS", "", "", Machine{}, ""},
		{"a runner", here + "/", here, Runner{URL: here}, ""},
		{"something else that stands for AWS", other.URL, "", Machine{}, ""},
		{
			"nobody", gone.URL, "", nil,
			"the endpoint of the SDK's configuration (AWS_ENDPOINT_URL): " + gone.URL +
				"/_portico/clock is not reached: dial tcp",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Reach(t.Context(), "", row.endpoint)
			if row.fails != "" {
				if err == nil || !strings.HasPrefix(err.Error(), row.fails) {
					t.Errorf("got %v, want %s", err, row.fails)
				}
				return
			}
			if runner, ok := got.Clock.(Runner); ok {
				got.Clock = Runner{URL: runner.URL}
			}
			if err != nil || got.Endpoint != row.reached || got.Clock != row.clock {
				t.Errorf("got %q %v %v", got.Endpoint, got.Clock, err)
			}
		})
	}
}

func TestARunnerNeedsNoCredentials(t *testing.T) {
	alone(t)
	here, _ := startClock(t)
	got, err := Reach(t.Context(), "", here)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := got.Config.Credentials.Retrieve(t.Context())
	if err != nil || keys.AccessKeyID == "" || got.Config.Region != "us-east-1" {
		t.Errorf("got %q in %q, %v", keys.AccessKeyID, got.Config.Region, err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAMINE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_REGION", "eu-west-1")
	got, err = Reach(t.Context(), "", here)
	if err != nil {
		t.Fatal(err)
	}
	keys, err = got.Config.Credentials.Retrieve(t.Context())
	if err != nil || keys.AccessKeyID != "AKIAMINE" || got.Config.Region != "eu-west-1" {
		t.Errorf("got %q in %q, %v", keys.AccessKeyID, got.Config.Region, err)
	}
}

func TestAims(t *testing.T) {
	alone(t)
	for _, row := range []struct {
		aim  Aim
		want string // the name of the target, or the error
	}{
		{Aim{Stack: "partner"}, "stack partner"},
		{Aim{API: "a", Stage: "prod"}, "stage prod of REST API a"},
		{Aim{Function: "orders", Alias: "live"}, "alias live of function orders"},
		{Aim{}, "name one thing to release: a stack, a REST API with a stage, or a function"},
		{
			Aim{Stack: "partner", Function: "orders", Alias: "live"},
			"name one thing to release: a stack, a REST API with a stage, or a function",
		},
		{Aim{API: "a"}, "REST API a: name the stage to release"},
		{Aim{Function: "orders"}, "function orders: name the alias to release"},
	} {
		connection, err := Connect(t.Context(), row.aim)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = connection.Target.Name()
		}
		if got != row.want {
			t.Errorf("%+v: got %s, want %s", row.aim, got, row.want)
		}
	}
}

func TestRecordsOfAnAim(t *testing.T) {
	for _, row := range []struct {
		aim  Aim
		want string // the target whose records they are, or the error
	}{
		{Aim{}, ""}, // of every target
		{Aim{Stack: "partner"}, "stack partner"},
		{Aim{API: "a", Stage: "prod"}, "stage prod of REST API a"},
		{Aim{Function: "orders", Alias: "live"}, "alias live of function orders"},
		{Aim{API: "a"}, "REST API a: name the stage to release"},
	} {
		got, err := row.aim.Name()
		if err != nil {
			got = err.Error()
		}
		if got != row.want {
			t.Errorf("%+v: got %q, want %q", row.aim, got, row.want)
		}
	}
}
