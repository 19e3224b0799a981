package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/runner"
)

const accessSettings = `template: %[1]s/access/template.yaml
functions:
  echo:
    source: %[1]s/app/echo
  gate:
    source: %[1]s/access/gate
`

// BenchmarkAccess compares routes behind an authorizer with the same routes without: a token that
// was seen before, and a policy from the cache. All of them carry the token, so that they differ in
// nothing else. The aim is less than 1.5 times the cost, a ratio of more than 0.67.
func BenchmarkAccess(b *testing.B) { sideBySide(b, guarded(b)) }

// guarded starts the runner on testdata/access.
func guarded(b *testing.B) []target {
	b.Helper()
	data, err := filepath.Abs("testdata")
	if err != nil {
		b.Fatal(err)
	}
	options := runner.Options{Dir: b.TempDir(), State: b.TempDir()}
	settings := fmt.Appendf(nil, accessSettings, data)
	if err := os.WriteFile(filepath.Join(options.Dir, "portico.yaml"), settings, 0o644); err != nil {
		b.Fatal(err)
	}
	r := runner.Start(b, options)
	address := map[string]string{}
	for _, a := range r.Addresses() {
		address[a.Kind] = strings.TrimPrefix(a.URL, "http://")
	}
	minted, err := runner.Token(b.Context(), options, runner.TokenRequest{Subject: "u-1"})
	if err != nil {
		b.Fatal(err)
	}
	rest, http := &pacer{}, &pacer{}
	on := func(kind, path string) string { return address[kind] + path + "?token=" + minted.Token }
	return []target{
		{name: "http-open", address: on("HTTP", "/open"), pace: http},
		{name: "http-jwt", address: on("HTTP", "/jwt"), pace: http, of: "http-open"},
		{name: "http-lambda-cached", address: on("HTTP", "/gated"), pace: http, of: "http-open"},
		{name: "rest-open", address: on("REST", "/open"), pace: rest},
		{name: "rest-lambda-cached", address: on("REST", "/gated"), pace: rest, of: "rest-open"},
	}
}
