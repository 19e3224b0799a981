package restapi_test

import (
	"errors"
	"strings"
	"testing"
)

// elsewhere leads one origin to another and refuses all others.
type elsewhere map[string]string

func (e elsewhere) Backend(origin string) (string, error) {
	if to, ok := e[origin]; ok {
		return to, nil
	}
	return "", errors.New(origin + " is not listed")
}

func TestBackendsAreCalledWhereTheyAreReached(t *testing.T) {
	for _, kind := range []string{"HTTP", "HTTP_PROXY"} {
		t.Run(kind, func(t *testing.T) {
			b := backend(t, says(200, "here"))
			w := newWorld()
			w.backends = elsewhere{"https://orders.example": b.URL}
			w.method("/listed", "GET", httpMethod(kind, "https://orders.example/a/b?x=1"))
			w.method("/other", "GET", httpMethod(kind, "https://other.example/a"))
			w.compile(t)
			if reply := w.get(t, "/dev/listed"); reply.Status != 200 || string(reply.Body) != "here" {
				t.Errorf("got %d %s", reply.Status, reply.Body)
			}
			if got := b.request.URL.String(); got != "/a/b?x=1" {
				t.Errorf("the backend was asked for %s", got)
			}
			reply := w.get(t, "/dev/other")
			if want := `{"message": "Internal server error"}`; reply.Status != 500 || string(reply.Body) != want {
				t.Errorf("got %d %s, want 500 %s", reply.Status, reply.Body, want)
			}
			reason := w.records[len(w.records)-1].Reason()
			if !strings.Contains(reason, "https://other.example is not listed") {
				t.Errorf("got reason %q", reason)
			}
		})
	}
}
