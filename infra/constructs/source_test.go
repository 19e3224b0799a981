package constructs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeRepository makes a module with the functions a and b; both import shared/s.
func writeRepository(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	const main = "package main\n\nimport _ \"example.test/app/shared/s\"\n\nfunc main() {}\n"
	for name, content := range map[string]string{
		"go.mod":              "module example.test/app\n\ngo 1.26\n",
		"shared/s/s.go":       "package s\n\nconst S = 1\n",
		"functions/a/main.go": main,
		"functions/a/words.go": "package main\n\nimport _ \"embed\"\n\n" +
			"//go:embed words.txt\nvar words string\n",
		"functions/a/words.txt": "one",
		"functions/b/main.go":   main,
	} {
		write(t, root, name, content)
	}
	return root
}

func write(t *testing.T, root, name, content string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func fingerprint(t *testing.T, root, source string) string {
	t.Helper()
	hash, err := NewSources(root, "functions").Fingerprint(source)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func TestFingerprintFollowsWhatTheBuildDependsOn(t *testing.T) {
	rows := []struct {
		name    string
		file    string
		content string
		changes bool
	}{
		{"the handler", "functions/a/main.go", "package main\n\nfunc main() { _ = 1 }\n", true},
		{"an embedded file", "functions/a/words.txt", "two", true},
		{
			"a package it imports", "shared/s/s.go", "package s\n\nconst S = 2\n", true,
		},
		{"the language version", "go.mod", "module example.test/app\n\ngo 1.25\n", true},
		{"a new file", "functions/a/more.go", "package main\n", true},
		{"its tests", "functions/a/main_test.go", "package main\n", false},
		{"another function", "functions/b/main.go", "package main\n\nfunc main() { _ = 1 }\n", false},
		{"a package it does not import", "shared/t/t.go", "package t\n", false},
		{"a file for another system", "functions/a/a_windows.go", "package main\n", false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			root := writeRepository(t)
			before := fingerprint(t, root, "functions/a")
			write(t, root, row.file, row.content)
			after := fingerprint(t, root, "functions/a")
			if changed := before != after; changed != row.changes {
				t.Errorf("a change of %s: fingerprint changed = %v, want %v",
					row.file, changed, row.changes)
			}
		})
	}
}

func TestFingerprintDoesNotDependOnThePlace(t *testing.T) {
	if a, b := fingerprint(t, writeRepository(t), "functions/a"),
		fingerprint(t, writeRepository(t), "functions/a"); a != b {
		t.Errorf("two clones have the fingerprints %s and %s", a, b)
	}
}

func TestFingerprintOfABrokenFunctionIsStillMade(t *testing.T) {
	root := writeRepository(t)
	write(t, root, "functions/b/main.go", "package main\n\nfunc main( {\n")
	fingerprint(t, root, "functions/a")
}

func TestFingerprintOfAMissingFunctionIsASentence(t *testing.T) {
	_, err := NewSources(writeRepository(t), "functions").Fingerprint("functions/c")
	const want = `function source "functions/c" holds no Go package`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
