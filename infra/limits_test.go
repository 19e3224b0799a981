package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"portico/infra/settings"
)

// TestStacksStayUnderCloudFormationsLimits wants room to grow in every stack: what CloudFormation
// allows ("Understand CloudFormation quotas"), of which at most four fifths may be used.
func TestStacksStayUnderCloudFormationsLimits(t *testing.T) {
	const bytes, resources, parameters, outputs, mappings = 1_000_000, 500, 200, 200, 200
	for _, environment := range settings.Names() {
		files, err := filepath.Glob(filepath.Join(synthesized(t, environment).dir, "*.template.json"))
		if err != nil || len(files) < 9 {
			t.Fatalf("%s has %d templates: %v", environment, len(files), err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var template struct {
				Resources, Parameters, Outputs, Mappings map[string]json.RawMessage
			}
			if err := json.Unmarshal(content, &template); err != nil {
				t.Fatal(err)
			}
			for _, limit := range []struct {
				of          string
				used, allow int
			}{
				{"bytes", len(content), bytes},
				{"resources", len(template.Resources), resources},
				{"parameters", len(template.Parameters), parameters},
				{"outputs", len(template.Outputs), outputs},
				{"mappings", len(template.Mappings), mappings},
			} {
				if limit.used*5 > limit.allow*4 {
					t.Errorf("%s has %d %s, of %d: divide the stack before it is full",
						filepath.Base(file), limit.used, limit.of, limit.allow)
				}
			}
		}
	}
}
