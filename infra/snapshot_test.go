package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"portico/infra/settings"
)

var update = flag.Bool("update", false, "write the snapshots anew; read the diff before you commit it")

// TestSnapshots holds every environment against what was reviewed: prod whole, the others by what
// differs from it. What changes with every edit of a function's source is left out.
func TestSnapshots(t *testing.T) {
	prod := snapshot(t, "prod")
	for _, environment := range settings.Names() {
		name, got := environment+".diff", diff.Diff("prod", prod, environment, snapshot(t, environment))
		if environment == "prod" {
			name, got = "prod.json", prod
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s changed; if it should have, write it anew with go test ./infra -run Snapshots "+
				"-update, and have it reviewed:\n%s", path, diff.Diff("reviewed", want, "now", got))
		}
	}
}

var (
	contentHash = regexp.MustCompile(`[0-9a-f]{64}|(CurrentVersion|ApiDeployment)[0-9A-F]{8}[0-9a-f]{32}`)
	// inName is the environment in the names of stacks and of what is in them.
	inName = regexp.MustCompile(`\b(portico-)(dev|sit|uat|prod)\b`)
)

// snapshot is every template of an environment, without what names the environment.
func snapshot(t *testing.T, environment string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(synthesized(t, environment).dir, "*.template.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no templates: %v", environment, err)
	}
	var all bytes.Buffer
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(filepath.Base(file) + "\n")
		if err := json.Indent(&all, text, "", " "); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all.WriteString("\n")
	}
	return inName.ReplaceAll(contentHash.ReplaceAll(all.Bytes(), []byte("${1}HASH")), []byte("${1}ENV"))
}
