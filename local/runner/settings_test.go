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
		{"so does one that only has comments", "# port: 4000\n", ""},
		{"and one whose settings have no values", "port:\nfunctions:\n", ""},
		{"known keys are taken", "port: 4000\nfunctions:\n  orders:\n    source: functions/orders\n", ""},
		{"an account may be its id alone", "account: \"123456789012\"\n", ""},
		{"or more", "account: {id: 123456789012, throttle: {rate: 1.5, burst: 2}}\n", ""},
		{"policies are whatever they are", "principals: [{name: p, policies: [{Statement: [{Effect: Allow}]}]}]\n", ""},
		{"settings may be shared", "functions: {a: &a {source: x}, b: {<<: *a, environment: {A: b}}}\n", ""},
		{"but not by themselves", "functions: &a {<<: *a}\n", "portico.yaml: "},
		{"any port that is free", "port: 0\ntlsPort: 0\nports: {a: 0, b: 0}\n", ""},
		{
			"an unknown key is an error with its line, and those that there are", "port: 3000\ncompanions: {sqz: true}\n",
			"portico.yaml: line 2: companions.sqz: there is no such setting; there are: dynalite, sqs",
		},
		{"also in a list", "principals:\n  - {name: a, kid: role}\n", "line 2: principals[0].kid: there is no such setting; there are: name, kind, account"},
		{"also at the top", "port: 3000\nprot: 1\n", "line 2: prot: there is no such setting; there are: app, template, environment, account, region, port, ports"},
		{"what is no number is an error with its line", "port: many\n", `line 1: port: "many" is none, want a whole number`},
		{"what is neither true nor false", "verify: maybe\n", `line 1: verify: "maybe" is none, want true or false`},
		{"what is no list", "principals: partner\n", "line 1: principals: want a list"},
		{"what has no settings below it", "functions: orders\n", "line 1: functions: want settings below it"},
		{"what has settings below it and should not", "app: {path: a}\n", `line 1: app: "" is none, want one value`},
		{"a file that is something else", "- port\n", "line 1: want settings below it"},
		{"all mistakes are named at once", "prot: 1\nports:\n  a: b\n", "line 3: ports.a"},
		{"two documents", "port: 1\n---\nport: 2\n", "line 2: want one document"},
		{"no YAML", "port: [\n", "portico.yaml: "},
		{"a port that there is not", "ports:\n  web: 70000\n", "line 2: ports.web: there is no port 70000; allowed are 1 to 65535, and 0"},
		{"a negative one", "port: -1\n", "line 1: port: there is no port -1"},
		{"one for TLS", "tlsPort: 65536\n", "line 1: tlsPort: there is no port 65536"},
		{"a port for two", "port: 3000\nports: {web: 3000}\n", "line 2: ports.web: port has the port 3000 already"},
		{"an app and a template", "app: cdk.out\ntemplate: a.yaml\n", "line 2: template: there is app too"},
		{"no account", "region: us-east-1\naccount: {id: 12}\n", `line 2: account: "12" is no account, want 12 digits`},
		{"no region", "region: mars\n", `line 1: region: "mars" is no region, want one like us-east-1`},
		{"an issuer's address without a scheme is an error", "issuers:\n  https://a.example: localhost\n", `line 2: issuers.https://a.example: "localhost" is no address`},
		{"so is a private target's", "privateTargets:\n  alb: localhost:9000\n", "line 2: privateTargets.alb"},
		{"a service's", "endpoints: {sqs: localhost:9324}\n", "line 1: endpoints.sqs"},
		{"a backend's", "backends: {a: localhost:9000}\n", "line 1: backends.a"},
		{"and a backend's with a path", "backends: {a: http://localhost:9000/path}\n", "line 1: backends.a"},
		{"a VPC endpoint that none is", "port: 1\nvpcEndpoint: one\n", `line 2: vpcEndpoint: "one" is no such id, want one like vpce-`},
		{"a range that none is", "firewall:\n  reputation: [a]\n", `line 1: firewall.reputation: "a" is no range of addresses`},
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

// FuzzSettings holds that any file is settings or an error, and that one names the file.
func FuzzSettings(f *testing.F) {
	for _, text := range []string{
		"port: 3000\n", "ports: {a: 1}\n", "principals: &a [*a]\n", "parameters: &x {a: *x}\n", "%YAML 1.2\n---\n",
		"? [a]\n: b\n", "<<: {port: 1}\n", "functions: &a {<<: *a}\n", "account: {throttle: {rate: 1}}\n", "functions: {a: }\n", "!!int 3\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, settingsFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readSettings(dir); err != nil && !strings.Contains(err.Error(), settingsFile) {
			t.Errorf("%q: %v does not name the file", text, err)
		}
	})
}
