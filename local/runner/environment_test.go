package runner

import "testing"

func TestAPIHostsBecomeLocalAddresses(t *testing.T) {
	e := endpoints{"abc.execute-api.us-east-1.amazonaws.com": "http://localhost:3003"}
	tests := []struct{ name, value, want string }{
		{"a callback URL", "https://abc.execute-api.us-east-1.amazonaws.com/dev", "http://localhost:3003/dev"},
		{"a socket URL", "wss://abc.execute-api.us-east-1.amazonaws.com/dev", "ws://localhost:3003/dev"},
		{"a bare host", "abc.execute-api.us-east-1.amazonaws.com", "localhost:3003"},
		{"another API's host stays", "https://zzz.execute-api.us-east-1.amazonaws.com", "https://zzz.execute-api.us-east-1.amazonaws.com"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := e.localize(test.value); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
