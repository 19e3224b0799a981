package test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// inScenarios are README commands that name something only a scenario has, by that name.
var inScenarios = []string{
	"REQUEST-ID", "ROLE", "template.yaml", "portico start", "portico clock", "FILES", "STACK", "URL",
	"portico smoke",
}

// TestReadmeCommandsRun runs every command of the README's table as it stands there; those that
// serve, or name what a reader must fill in, are run by a scenario.
func TestReadmeCommandsRun(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile("`(portico [^`]+)`").FindAllStringSubmatch(string(text), -1)
	if len(commands) < 9 {
		t.Fatalf("the README shows %d commands, want at least 9: was its table changed?", len(commands))
	}
	binary := buildCommand(t)
	scenarios := readScenarios(t)
	assemblyOfDev(t)
	for _, match := range commands {
		command := match[1]
		t.Run(command, func(t *testing.T) {
			words := strings.Fields(command)
			for _, special := range inScenarios {
				if strings.Contains(command, special) {
					if !strings.Contains(scenarios, "portico "+words[1]) && words[1] != "start" {
						t.Errorf("no scenario runs portico %s", words[1])
					}
					return
				}
			}
			runReadmeCommand(t, binary, words[1:])
		})
	}
}

func runReadmeCommand(t *testing.T, binary string, arguments []string) {
	t.Helper()
	for i, argument := range arguments {
		if argument == "report.xml" {
			arguments[i] = filepath.Join(t.TempDir(), argument)
		}
	}
	run := exec.CommandContext(t.Context(), binary, arguments...)
	run.Dir = ".."
	out, err := run.CombinedOutput()
	var exit *exec.ExitError
	judged := errors.As(err, &exit) && exit.ExitCode() == 1 && arguments[0] == "check"
	if err != nil && !judged {
		t.Errorf("%v\n%s", err, out)
	}
	if len(out) == 0 {
		t.Error("it printed nothing")
	}
}

func readScenarios(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("scenarios/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
