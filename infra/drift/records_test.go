package drift

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/infra/release"
)

// record writes the audit record of a release of the stack that ended, or did not.
func record(t *testing.T, last string) string {
	t.Helper()
	dir := t.TempDir()
	text := `{"time":"2026-11-22T10:00:00Z","event":"started","by":"ann","target":"stack shop","plan":{},` +
		`"begin":{"baseline":"dep0","percent":0},"position":{"baseline":"dep0","candidate":"dep1","percent":0}}` +
		"\n" + last + "\n"
	if err := os.WriteFile(filepath.Join(dir, "r1.jsonl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestRecords(t *testing.T) {
	const (
		moved = `{"time":"2026-11-22T10:01:00Z","event":"moved","by":"ann",` +
			`"position":{"baseline":"dep0","candidate":"dep1","percent":5}}`
		promoted = `{"time":"2026-11-22T10:09:00Z","event":"promoted","by":"ann",` +
			`"position":{"baseline":"dep1","percent":0}}`
		takenBack = `{"time":"2026-11-22T10:09:00Z","event":"rolled back","by":"ann",` +
			`"position":{"baseline":"dep0","percent":0}}`
	)
	for _, row := range []struct {
		name, last string
		at         release.Position
		want       string
	}{
		{"promoted, and served", promoted, release.Position{Baseline: "dep1"}, ""},
		{
			"taken back, and promoted by somebody else", takenBack,
			release.Position{Baseline: "dep1"},
			"release r1 was rolled back and left dep0 alone, and the stage serves dep1 alone",
		},
		{
			"killed in the middle", moved,
			release.Position{Baseline: "dep0", Candidate: "dep1", Percent: 5},
			"release r1 has not ended → portico release resume --stack shop, or rollback",
		},
		{
			"a canary after the end", promoted,
			release.Position{Baseline: "dep0", Candidate: "dep1", Percent: 5},
			"the last release of the records, r1, has ended → portico release promote --stack shop, or rollback",
		},
		{
			"ended beside its record", moved,
			release.Position{Baseline: "dep1"},
			"release r1 has not ended by its record, and the stage serves dep1 alone",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newCloud()
			c.standing = row.at
			got := lines(check(t, c, record(t, row.last), template))
			if row.want == "" && got != "" || !strings.Contains(got, row.want) {
				t.Errorf("the findings are %q, want %q", got, row.want)
			}
		})
	}
}

func TestARecordThatCannotBeRead(t *testing.T) {
	got := lines(check(t, newCloud(), record(t, "{"), template))
	if !strings.Contains(got, "reading the audit record") {
		t.Errorf("the report is %q", got)
	}
}
