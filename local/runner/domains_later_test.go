package runner

import (
	"os"
	"path/filepath"
	"testing"
)

// createDomain creates api.example.com by API Gateway's management API.
func createDomain(t *testing.T, r *Runner) {
	t.Helper()
	managing{T: t, Runner: r}.gateway("POST", "/domainnames",
		`{"domainName":"api.example.com","endpointConfiguration":{"types":["REGIONAL"]}}`)
}

func TestTheFirstDomainThatComesHasTLS(t *testing.T) {
	authority, _ := partners(t)
	domains, err := filepath.Abs("testdata/domains/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	template := func(path string) string {
		return "template: " + path + "\ndocuments: {trust/partners.pem: trust.pem}\n"
	}
	tests := []struct {
		name   string
		before func(t *testing.T, o Options)             // an earlier run with the same state
		come   func(t *testing.T, r *Runner, dir string) // while it serves
	}{
		{
			name: "by a reload of the template",
			come: func(t *testing.T, r *Runner, dir string) {
				writeAll(t, dir, map[string]string{settingsFile: template(domains)})
				if err := r.reload(t.Context()); err != nil {
					t.Fatal(err)
				}
			},
		},
		{
			name: "by a management API",
			come: func(t *testing.T, r *Runner, _ string) { createDomain(t, r) },
		},
		{
			name: "by a management API in an earlier run",
			before: func(t *testing.T, o Options) {
				t.Run("earlier", func(t *testing.T) { createDomain(t, Start(t, o)) })
			},
			come: func(*testing.T, *Runner, string) {},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			writeAll(t, dir, map[string]string{
				settingsFile: template("live.yaml"), "live.yaml": webSocketTemplate, "trust.pem": string(authority),
			})
			o := Options{Dir: dir, State: filepath.Join(dir, "state")}
			if test.before != nil {
				test.before(t, o)
			}
			r := Start(t, o)
			test.come(t, r, dir)
			status, text := told(t, clientsOf(t, r)(), at(t, r, "api.example.com")+"/none")
			if status != 403 || text != `{"message":"Forbidden"}` { // of a domain without such a mapping
				t.Errorf("got %d %s", status, text)
			}
		})
	}
}

func writeAll(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
