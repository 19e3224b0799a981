package lambda_test

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	plane "portico/local/lambda"
)

// TestZipsStayInTheirFolder unpacks what would lead out of it, and what is larger than it says.
func TestZipsStayInTheirFolder(t *testing.T) {
	state := t.TempDir()
	c := newClient(t, state, plane.Configuration{})
	for name, entries := range map[string][]entry{
		"leads out of it: up":        {{"../evil", 0o644, "x"}},
		"leads out of it: deeper up": {{"a/../../evil", 0o644, "x"}},
		"leads out of it: absolute":  {{"/tmp/portico-evil", 0o644, "x"}},
		"leads out of it: backslash": {{`..\evil`, 0o644, "x"}},
		"leads out of it: link":      {{"link", fs.ModeSymlink | 0o777, "../../evil"}},
		"leads out of it: far link":  {{"link", fs.ModeSymlink | 0o777, "/etc/passwd"}},
		"cannot be unpacked: a file": {{"a", 0o644, "x"}, {"a/b", 0o644, "x"}},
		"neither a file: a device":   {{"d", fs.ModeDevice | 0o644, ""}},
	} {
		got := c.send(functions, `{"FunctionName":"x","Runtime":"provided.al2023","Handler":"b",`+role+
			`,"Code":{"ZipFile":"`+base64.StdEncoding.EncodeToString(zipped(entries...))+`"}}`)
		want, _, _ := strings.Cut(name, ":")
		if got.Status != 400 || !strings.Contains(got.text, want) {
			t.Errorf("%s: %d %s", name, got.Status, got.text)
		}
	}
	var left []string
	_ = filepath.WalkDir(state, func(path string, entry fs.DirEntry, _ error) error {
		if !entry.IsDir() {
			left = append(left, path)
		}
		return nil
	})
	if len(left) != 0 {
		t.Errorf("files are left: %v", left)
	}
	inside := zipped(entry{"a/real", 0o644, "x"}, entry{"link", fs.ModeSymlink | 0o777, "a/real"})
	c.do(functions, `{"FunctionName":"x","Runtime":"provided.al2023","Handler":"b",`+role+
		`,"Code":{"ZipFile":"`+base64.StdEncoding.EncodeToString(inside)+`"}}`)
	links, err := filepath.Glob(filepath.Join(state, "control/code/*/link"))
	if err != nil || len(links) != 1 {
		t.Fatal(links, err)
	}
	if text, err := os.ReadFile(links[0]); err != nil || string(text) != "x" {
		t.Errorf("the link leads to %q: %v", text, err)
	}
}
