package lambda

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// folder makes a folder of empty files.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestASourceFolderOfAManagedRuntimeIsItsCode runs what portico.yaml names in the place of an asset.
func TestASourceFolderOfAManagedRuntimeIsItsCode(t *testing.T) {
	c := inline(t, "nodejs22.x", "index.handler", "")
	dir := folder(t)
	text := []byte("exports.handler = async () => 'from the source';")
	if err := os.WriteFile(filepath.Join(dir, "index.js"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	c.Functions[0].Code = Code{Source: dir, Dir: folder(t)}
	if out := invoke(t, open(t, Options{}, c), `{}`); string(out.Payload) != `"from the source"` {
		t.Errorf("got %s", out.Payload)
	}
	c.Functions[0].Code = Code{Source: filepath.Join(dir, "nowhere")}
	err := open(t, Options{}, Configuration{}).Deploy(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "nowhere, is no folder that can be read") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// TestWhatTouchesAProgram says which edits call for a rebuild.
func TestWhatTouchesAProgram(t *testing.T) {
	dir := folder(t, "index.js", "lib/part.js", "node_modules/x/index.js", ".git/HEAD",
		"__pycache__/app.pyc")
	asIs := program{watched: foldersOf(dir)}
	if diff := cmp.Diff([]string{dir, filepath.Join(dir, "lib")}, asIs.watched); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	compiled := program{compiled: true, watched: []string{dir, filepath.Join(dir, "page.html")}}
	for _, row := range []struct {
		does string
		of   program
		file string
		want bool
	}{
		{"a file of a managed runtime", asIs, "index.js", true},
		{"one in a folder of it", asIs, "lib/part.js", true},
		{"the folder itself", asIs, ".", true},
		{"a package", asIs, "node_modules/x/index.js", false},
		{"what an editor leaves", asIs, "index.js~", false},
		{"a hidden file", asIs, ".index.js.swp", false},
		{"a log, perhaps the runner's own", asIs, "run.log", false},
		{"a cache", asIs, "__pycache__", false},
		{"a file beside it", asIs, "../index.js", false},
		{"a Go file", compiled, "main.go", true},
		{"a test", compiled, "main_test.go", false},
		{"an embedded file", compiled, "page.html", true},
		{"another file", compiled, "README.md", false},
	} {
		t.Run(row.does, func(t *testing.T) {
			if got := row.of.touchedBy(filepath.Join(dir, row.file)); got != row.want {
				t.Errorf("%s: got %v, want %v", row.file, got, row.want)
			}
		})
	}
}
