package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"portico/infra/settings"
)

// nagReport is what cdk-nag writes of a stack.
type nagReport struct {
	Lines []struct {
		RuleID     string `json:"ruleId"`
		ResourceID string `json:"resourceId"`
		Compliance string `json:"compliance"`
		Exception  string `json:"exceptionReason"`
		RuleInfo   string `json:"ruleInfo"`
	} `json:"lines"`
}

// TestAWSSolutionsRulesHold runs cdk-nag's pack AwsSolutions over every environment. What is let
// through stands beside its resource, with a reason.
func TestAWSSolutionsRulesHold(t *testing.T) {
	for _, environment := range settings.Names() {
		t.Run(environment, func(t *testing.T) {
			checked, suppressed := 0, 0
			for file, report := range nagged(t, environment) {
				for _, line := range report.Lines {
					switch line.Compliance {
					case "Compliant":
						checked++
					case "Suppressed":
						suppressed++
					case "N/A":
					default:
						t.Errorf("%s: %s: %s (%s): %s", file, line.ResourceID, line.RuleID, line.Compliance,
							line.RuleInfo)
					}
				}
			}
			if checked == 0 || suppressed == 0 {
				t.Errorf("cdk-nag found %d resources in order and %d with a reason: it did not look",
					checked, suppressed)
			}
		})
	}
}

// nagged synthesizes an environment under cdk-nag, and returns its reports by stack.
func nagged(t *testing.T, environment string) map[string]nagReport {
	t.Helper()
	functions, err := repositorySources()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	assumed := maps.Clone(*context())
	assumed["env"] = environment
	assumed["aws:cdk:bundling-stacks"] = []string{}
	app := awscdk.NewApp(&awscdk.AppProps{Context: &assumed, Outdir: &dir})
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{
		Reports:       jsii.Bool(true),
		ReportFormats: &[]cdknag.NagReportFormat{cdknag.NagReportFormat_JSON},
	}), nil)
	if err := synthesize(app, functions); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*NagReport.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("cdk-nag wrote no report: %v", err)
	}
	reports := map[string]nagReport{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var report nagReport
		if err := json.Unmarshal(text, &report); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		reports[filepath.Base(file)] = report
	}
	return reports
}
