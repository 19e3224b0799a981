package runner

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheRunnersOwnAddressIsForThisMachine(t *testing.T) {
	r := &Runner{calls: &calls{}}
	handler := r.knobHandler()
	tests := []struct {
		name, method, host, origin string
		want                       int
	}{
		{"a command on this machine", "GET", "localhost:3000", "", http.StatusOK},
		{"by address", "GET", "127.0.0.1:3000", "", http.StatusOK},
		{"by address of IPv6", "GET", "[::1]:3000", "", http.StatusOK},
		{"by a name that somebody made lead here", "GET", "evil.example:3000", "", http.StatusForbidden},
		{"a page elsewhere that posts", "POST", "localhost:3000", "https://evil.example", http.StatusForbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := knobs + "calls"
			if test.method == http.MethodPost {
				path = knobs + "functions/orders/invocations"
			}
			request := httptest.NewRequest(test.method, path, strings.NewReader("{}"))
			request.Host = test.host
			if test.origin != "" {
				request.Header.Set("Origin", test.origin)
			}
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, request)
			if recorder.Code != test.want {
				t.Errorf("got %d %s, want %d", recorder.Code, recorder.Body, test.want)
			}
		})
	}
}
