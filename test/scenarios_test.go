package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScenarios runs the command as a person would: one txtar file a scenario.
func TestScenarios(t *testing.T) {
	binary := buildCommand(t)
	testscript.Run(t, testscript.Params{
		Dir: "scenarios",
		Setup: func(env *testscript.Env) error {
			env.Values[scene{}] = &scene{}
			env.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("HOME", os.Getenv("HOME"))
			for _, name := range []string{"GOPATH", "GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY"} {
				if out, err := exec.Command("go", "env", name).Output(); err == nil {
					env.Setenv(name, strings.TrimSpace(string(out)))
				}
			}
			module, err := filepath.Abs("..")
			env.Setenv("MODULE", module)
			return err
		},
		Condition: func(name string) (bool, error) {
			_, err := os.Stat("../node_modules/dynalite")
			return name == "dynalite" && err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":      serve,    // starts the runner, and waits until it is ready
			"until":      until,    // waits for a line of runner.log
			"end":        end,      // ends the runner, and wants its processes gone
			"call":       call,     // makes an HTTP request
			"signed":     signed,   // makes one that is signed with the keys of a role
			"certify":    certify,  // makes an authority and a client's certificate
			"secure":     secure,   // makes an HTTPS request
			"hammer":     hammer,   // calls in a loop, until hammered
			"hammered":   hammered, // ends the loop, and wants that every call was served
			"exits":      exits,    // runs a command, and wants an exit code
			"occupy":     occupy,   // listens on a port
			"expand":     expand,   // puts variables into a file
			"capture":    capture,  // takes a variable out of the standard output
			"module":     writeModule,
			"deploy":     deploy,     // deploys a stack to the runner, with AWS's SDK
			"pace":       pace,       // calls a stage without pause, and lets the clock go on meanwhile
			"eventually": eventually, // runs a command until its output matches
		},
	})
}

// scene is what a scenario has running.
type scene struct {
	server    *server
	hammering *hammering
}

func sceneOf(ts *testscript.TestScript) *scene { return ts.Value(scene{}).(*scene) }

func buildCommand(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "portico")
	build := exec.Command("go", "build", "-o", binary, "portico/local")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the command: %v\n%s", err, out)
	}
	return binary
}

// writeModule makes the scenario's folder a Go module that builds with this module's dependencies.
func writeModule(ts *testscript.TestScript, _ bool, _ []string) {
	text, err := os.ReadFile(filepath.Join(ts.Getenv("MODULE"), "go.mod"))
	ts.Check(err)
	scenario := strings.Replace(string(text), "module portico", "module scenario", 1)
	ts.Check(os.WriteFile(ts.MkAbs("go.mod"), []byte(scenario), 0o600))
	sum, err := os.ReadFile(filepath.Join(ts.Getenv("MODULE"), "go.sum"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("go.sum"), sum, 0o600))
}
