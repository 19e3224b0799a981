package test

import (
	"strings"
	"testing"

	"portico/local/runner"
)

// TestSmokeOfTheReference asks the committed cases of the reference application, all of which its
// runner must answer as expected.
func TestSmokeOfTheReference(t *testing.T) {
	r := startReference(t, runner.Options{App: assemblyOfDev(t)})
	report, err := runner.Smoke(t.Context(), r.options, runner.SmokeQuestion{URLs: []string{r.URL()}})
	if err != nil {
		t.Fatal(err)
	}
	if report.Differ() > 0 || report.Skipped() > 0 || len(report.Results) < 30 {
		var b strings.Builder
		report.WriteTable(&b)
		t.Errorf("want all of at least 30 cases as expected:\n%s", &b)
	}
}
