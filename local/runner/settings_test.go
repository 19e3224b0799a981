package runner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	tests := []struct{ name, text, wantError string }{
		{"an empty file means defaults", "", ""},
		{"known keys are taken", "port: 4000\nfunctions:\n  orders:\n    source: functions/orders\n", ""},
		{"an unknown key is an error with its line", "port: 3000\nprot: 1\n", "line 2"},
		{"a wrong type is an error with its line", "port: many\n", "line 1"},
		{"an issuer's address without a scheme is an error", "issuers:\n  https://a.example: localhost\n", "issuers.https://a.example"},
		{"so is a private target's", "privateTargets:\n  alb: localhost:9000\n", "privateTargets.alb"},
		{"a key given twice is an error", "port: 1\nport: 2\n", "port"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, settingsFile), []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := readSettings(dir)
			if (err != nil) != (test.wantError != "") {
				t.Fatalf("got error %v, want one with %q", err, test.wantError)
			}
			if err != nil && !strings.Contains(err.Error(), test.wantError) {
				t.Errorf("got %q, want it to name %q", err, test.wantError)
			}
		})
	}
}

func TestWatchPatternsCover(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"**", "a/b.go", true},
		{"infra", "infra/main.go", true},
		{"infra/**", "infra/stacks/a.go", true},
		{"infra", "infrared/main.go", false},
		{"**/*_test.go", "infra/stacks/a_test.go", true},
		{"*.md", "README.md", true},
		{"*.md", "docs/README.md", false},
		{"cdk.json", "cdk.json", true},
	}
	for _, test := range tests {
		if got := covers(test.pattern, test.name); got != test.want {
			t.Errorf("%q covers %q: got %v, want %v", test.pattern, test.name, got, test.want)
		}
	}
}
