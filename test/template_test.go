package test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTemplatesPassCFNLint has cfn-lint look for errors in the templates of every environment. Its
// warnings are for people: make synth && cfn-lint cdk.out/*.template.json.
func TestTemplatesPassCFNLint(t *testing.T) {
	linter, err := exec.LookPath("cfn-lint")
	if err != nil {
		t.Skip("cfn-lint is not installed; pip install cfn-lint installs it")
	}
	// A pyenv shim may stand in for a version that lacks the program.
	if out, err := exec.Command(linter, "--version").CombinedOutput(); err != nil {
		t.Skipf("cfn-lint does not run: %v\n%s", err, out)
	}
	assemblies := map[string]string{"dev": assemblyOfDev(t)}
	for _, environment := range []string{"sit", "uat", "prod"} {
		assemblies[environment] = synthesize(t, environment)
	}
	for environment, assembly := range assemblies {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			templates, err := filepath.Glob(filepath.Join(assembly, "*.template.json"))
			if err != nil || len(templates) == 0 {
				t.Fatalf("%s holds no template: %v", assembly, err)
			}
			arguments := append([]string{"--non-zero-exit-code", "error", "--"}, templates...)
			out, err := exec.Command(linter, arguments...).CombinedOutput()
			var exit *exec.ExitError
			switch {
			case errors.As(err, &exit):
				t.Errorf("cfn-lint found errors (exit code %d):\n%s", exit.ExitCode(), out)
			case err != nil:
				t.Errorf("running cfn-lint: %v", err)
			}
		})
	}
}
