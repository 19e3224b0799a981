package interpreter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// script makes a program that says where it lies and which version it is.
func script(t *testing.T, dir, name, path, version string) {
	t.Helper()
	text := "#!/bin/sh\necho " + path + "\necho " + version + "\n"
	if version == "" {
		text = "#!/bin/sh\nexit 3\n"
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestAProgramIsFound(t *testing.T) {
	for _, test := range []struct {
		name     string
		programs map[string][2]string // what each says of itself
		runtime  string
		want     string // "path version", with "differs" behind
		wrong    string
	}{
		{"the runtime's own version", map[string][2]string{"python3.13": {"/a", "3.13"}, "python3": {"/b", "3.9"}}, "python3.13", "/a 3.13", ""},
		{"the one whose version fits", map[string][2]string{"python3.13": {"/a", "3.9"}, "python3": {"/b", "3.13"}}, "python3.13", "/b 3.13", ""},
		{"another version, for lack of a better", map[string][2]string{"node22": {"", ""}, "node": {"/n", "20"}}, "nodejs22.x", "/n 20 differs", ""},
		{"a program that does not run", map[string][2]string{"node24": {"", ""}, "node": {"", ""}}, "nodejs24.x", "", "does not run"},
		{"a program that says nothing useful", map[string][2]string{"node24": {"relative", "24"}, "node": {"relative", "24"}}, "nodejs24.x", "", "and not where it lies"},
		{"a runtime that is not served", nil, "ruby3.4", "", "served are nodejs20.x, "},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, says := range test.programs {
				script(t, dir, name, says[0], says[1])
			}
			finder := &Finder{Path: dir}
			found, err := finder.Find(t.Context(), test.runtime)
			if test.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), test.wrong) {
					t.Errorf("got %v, want %s", err, test.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := found.Path + " " + found.Version
			if found.Differs {
				got += " differs"
			}
			if again, err := finder.Find(t.Context(), test.runtime); got != test.want || again != found {
				t.Errorf("got %s, want %s; then %v %v", got, test.want, again, err)
			}
		})
	}
}

// TestNothingIsFound names what is missing.
func TestNothingIsFound(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := new(Finder).Find(t.Context(), "nodejs22.x")
	if err == nil || err.Error() != "runtime nodejs22.x: Node.js 22 is needed, and the PATH has neither "+
		"node22 nor node: install it" {
		t.Errorf("got %v", err)
	}
}
