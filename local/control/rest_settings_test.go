package control_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMethodSettingsAreKeyedAsTheyWereWritten has the keys of the examples of update-stage and
// get-stages in the reference of the aws CLI, of Terraform's method_path, and of a recording.
func TestMethodSettingsAreKeyedAsTheyWereWritten(t *testing.T) {
	for _, r := range []struct{ name, path, key, serves string }{
		{"all methods", "/*/*", "*/*", "*/*"},
		{"a path without its slash", "/pets/GET", "pets/GET", "/pets/GET"},
		{"a path as JSON pointers write it", "/~1pets/GET", "~1pets/GET", "/pets/GET"},
		{"a path of two levels", "/~1pets~1{id}/GET", "~1pets~1{id}/GET", "/pets/{id}/GET"},
		{"the root", "/~1/GET", "~1/GET", "//GET"},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := newClient(t, "")
			c.pets()
			const stage = "PATCH /restapis/<api>/stages/dev"
			shown := c.do(stage, `{"patchOperations":[{"op":"replace","path":"`+r.path+
				`/throttling/burstLimit","value":"7"}]}`)["methodSettings"].(map[string]any)
			if got := sortedNames(shown); !cmp.Equal(got, []string{r.key}) {
				t.Errorf("the keys are %q, want %q", got, r.key)
			}
			served := c.served().Stages[0].MethodSettings
			if got := sortedNames(served); !slices.Equal(got, []string{r.serves}) ||
				served[r.serves].Throttle.Burst != 7 {
				t.Errorf("%+v are served, want %s", served, r.serves)
			}
			c.do(stage, `{"patchOperations":[{"op":"remove","path":"`+r.path+`"}]}`)
			if got := c.served().Stages[0].MethodSettings; len(got) != 0 {
				t.Errorf("%+v are left", got)
			}
		})
	}
}
