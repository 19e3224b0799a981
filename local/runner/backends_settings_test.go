package runner

import (
	"strings"
	"testing"
)

func TestBackendsStayOnTheMachineUnlessAsked(t *testing.T) {
	b := backends{
		"orders.example": "http://localhost:9000", "real.example:8443": "https://real.example:8443",
	}
	tests := []struct{ name, origin, want string }{
		{"a listed host is led elsewhere", "https://orders.example", "http://localhost:9000"},
		{"whatever its port", "https://orders.example:444", "http://localhost:9000"},
		{"a host may be led to itself", "https://real.example:8443", "https://real.example:8443"},
		{"a loopback name is called", "http://localhost:8080", "http://localhost:8080"},
		{"a loopback address is called", "http://127.0.0.2:8080", "http://127.0.0.2:8080"},
		{"another host is not", "https://other.example", ""},
		{"nor a private address", "http://10.0.0.1", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := b.Backend(test.origin)
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
			if err != nil && !strings.Contains(err.Error(), "backends in portico.yaml") {
				t.Errorf("%q does not name the setting", err)
			}
		})
	}
}
