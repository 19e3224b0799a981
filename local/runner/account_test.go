package runner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/gateway/throttle"
)

func writeFile(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSettingsOfTheAccount(t *testing.T) {
	usual := throttle.NewAccount("us-east-1")
	for _, r := range []struct {
		name, text string
		id         string
		want       throttle.Quotas
		wantError  string
	}{
		{"nothing means a new account", "", "", usual, ""},
		{"the id alone", `account: "012345678901"`, "012345678901", usual, ""},
		{"the id as a number", "account: 012345678901", "012345678901", usual, ""},
		{
			"quotas", "account:\n  id: 123456789012\n  throttle: { rate: 2.5, burst: 3 }\n  newConnections: { rate: 1, burst: 2 }",
			"123456789012",
			throttle.Quotas{
				Requests: throttle.Limit{Rate: 2.5, Burst: 3}, Connections: throttle.Limit{Rate: 1, Burst: 2},
			},
			"",
		},
		{"a quota that lets nothing pass", "account: { throttle: { rate: 0, burst: 0 } }", "", throttle.Quotas{Connections: usual.Connections}, ""},
		{"an unknown key", "account:\n  throttle:\n    rates: 1", "", throttle.Quotas{}, "line 3"},
		{"a negative rate", "account: { throttle: { rate: -1, burst: 3 } }", "", throttle.Quotas{}, "account.throttle: rate -1 and burst 3, allowed are 0 and more"},
		{"a list", "account: [1]", "", throttle.Quotas{}, "line 1"},
	} {
		t.Run(r.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, settingsFile), []byte(r.text))
			settings, err := readSettings(dir)
			if r.wantError != "" {
				if err == nil || !strings.Contains(err.Error(), r.wantError) {
					t.Errorf("got %v, want it to name %q", err, r.wantError)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			app := &App{Settings: settings}
			app.Lambda.Region = "us-east-1"
			if got := quotasOf(app); got != r.want || settings.Account.ID != r.id {
				t.Errorf("got %q with %+v, want %q with %+v", settings.Account.ID, got, r.id, r.want)
			}
		})
	}
}
