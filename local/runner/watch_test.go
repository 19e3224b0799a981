package runner

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const watchedTemplate = `
Resources:
  Work:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: work
      Runtime: provided.al2023
      Handler: bootstrap
      Role: arn:aws:iam::123456789012:role/work
      Code: {S3Bucket: code, S3Key: work.zip}
    Metadata: {"aws:asset:path": work}
`

// said hands on what a runner prints, a print at a time.
type said chan string

func (s said) Write(text []byte) (int, error) {
	s <- string(bytes.Clone(text))
	return len(text), nil
}

// until waits for a print that has the text.
func (s said) until(text string) {
	for line := range s {
		if strings.Contains(line, text) {
			return
		}
	}
}

// TestEditsAreTakenIn edits what is no Go program.
func TestEditsAreTakenIn(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write("template.yaml", watchedTemplate)
	write("work/bootstrap", "#!/bin/sh\n")
	write("work/lib/part", "one")
	free, prints := 0, make(said, 64)
	r, err := Open(t.Context(), Options{
		Dir: dir, Template: filepath.Join(dir, "template.yaml"), Port: &free, Watch: true,
		NoCompanions: true, Console: prints, unannounced: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, row := range []struct{ does, name, text, want string }{
		{"code that is run as it is", "work/bootstrap", "#!/bin/sh\nexit 1\n", "work rebuilt in "},
		{"a file below it", "work/lib/part", "two", "work rebuilt in "},
		{"the template", "template.yaml", watchedTemplate + "# edited\n", "the app was reloaded"},
	} {
		t.Log(row.does)
		write(row.name, row.text)
		prints.until(row.want)
	}
}
