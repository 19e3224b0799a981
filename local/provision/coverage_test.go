package provision

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
)

// knownProperties returns the property paths of each resource type of the specification.
func knownProperties(t *testing.T) map[string][]string {
	t.Helper()
	file, err := os.Open("testdata/properties.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	known := map[string][]string{}
	var current string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text()
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "  "):
			known[current] = append(known[current], strings.TrimSpace(line))
		default:
			current = line
			known[current] = nil
		}
	}
	return known
}

// steps splits "A[].B.*" into A, [], B and *.
func steps(path string) []string {
	return strings.Split(strings.ReplaceAll(path, "[]", ".[]"), ".")
}

// sample returns a value in which the property at the path is set.
func sample(path []string) any {
	if len(path) == 0 {
		return "sample"
	}
	switch path[0] {
	case "[]":
		return []any{sample(path[1:])}
	case "*":
		return map[string]any{"key": sample(path[1:])}
	}
	return map[string]any{path[0]: sample(path[1:])}
}

func TestEveryPropertyOfTheSpecificationIsDeclared(t *testing.T) {
	table := Coverage()
	for resourceType, paths := range knownProperties(t) {
		for _, path := range paths {
			stack := &cloudformation.Stack{Name: "s"}
			stack.Resources = []*cloudformation.Resource{{
				Stack: stack, LogicalID: "R", Type: resourceType,
				Properties: sample(steps(path)).(map[string]any),
			}}
			assembly := &cloudformation.Assembly{Stacks: []*cloudformation.Stack{stack}}
			findings := coverage.Check(assembly, table)
			if len(findings) != 1 {
				t.Fatalf("%s %s: got %d findings, want 1", resourceType, path, len(findings))
			}
			why := findings[0].Why
			if why == "unknown property" || strings.HasSuffix(why, "is not served yet") &&
				strings.HasPrefix(why, "AWS::") {
				t.Errorf("%s: no rule declares %s: say what becomes of it", resourceType, path)
			}
		}
	}
}

// matches says whether a rule speaks for a property.
func matches(rule, property []string) bool {
	for i, step := range rule {
		switch {
		case step == "**":
			return true
		case i >= len(property) || step != property[i] && (step != "*" || property[i] == "[]"):
			return false
		}
	}
	return len(rule) == len(property)
}

func TestNoRuleIsDead(t *testing.T) {
	known := knownProperties(t)
	for resourceType, rules := range Coverage() {
		paths, ok := known[resourceType]
		if !ok {
			for _, prefix := range []string{"AWS::ApiGateway", "AWS::Lambda", "AWS::WAFv2"} {
				if strings.HasPrefix(resourceType, prefix) {
					t.Errorf("%s: no such resource type: its rules are dead", resourceType)
				}
			}
			continue
		}
		for _, rule := range rules {
			alive := false
			for _, path := range paths {
				alive = alive || matches(steps(rule.Path), steps(path))
			}
			if !alive {
				t.Errorf("%s: the rule for %s matches no property: it is dead", resourceType, rule.Path)
			}
		}
	}
}

func TestEveryRuleThatDoesNotHonourSaysWhy(t *testing.T) {
	if err := coverage.Validate(Coverage()); err != nil {
		t.Error(err)
	}
	for resourceType, rules := range Coverage() {
		for _, rule := range rules {
			if (rule.Status == coverage.Honoured) != (rule.Why == "") {
				t.Errorf("%s: the rule for %s is %s, with the reason %q: what is honoured needs "+
					"none, everything else has one", resourceType, rule.Path, rule.Status, rule.Why)
			}
		}
	}
}

func TestNoTwoFamiliesDeclareTheSameType(t *testing.T) {
	seen := map[string]bool{}
	for _, family := range families() {
		for resourceType := range family {
			if seen[resourceType] {
				t.Errorf("%s is declared by two files: one place says what becomes of it", resourceType)
			}
			seen[resourceType] = true
		}
	}
}

func TestRulesFollowTheirFeature(t *testing.T) {
	missing, served := feature{why: "not yet"}, feature{served: true, why: "not yet"}
	honours := func(values ...string) coverage.Rule {
		return coverage.Rule{Path: "A", Status: coverage.Honoured, Values: values}
	}
	refuses := func(values ...string) coverage.Rule {
		return coverage.Rule{
			Path: "A", Status: coverage.NotHonoured, Values: values, Why: "not yet",
		}
	}
	rows := []struct {
		name      string
		got, want []coverage.Rule
	}{
		{
			name: "a part of a missing feature is not honoured",
			got:  part(missing, "A"),
			want: []coverage.Rule{refuses()},
		}, {
			name: "a part of a served feature is honoured",
			got:  part(served, "A"),
			want: []coverage.Rule{honours()},
		}, {
			name: "harmless values are honoured without the feature",
			got:  unless(missing, "A", "false"),
			want: []coverage.Rule{honours("false"), refuses()},
		}, {
			name: "all values are honoured with the feature",
			got:  unless(served, "A", "false"),
			want: []coverage.Rule{honours()},
		}, {
			name: "a choice has the values whose features are served",
			got:  choice("A", []string{"X"}, when("Y", served), when("Z", missing)),
			want: []coverage.Rule{honours("X", "Y"), refuses("Z")},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, row.got); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
		})
	}
}

// What passes the caller's own credentials on would be called with none, so it is no matter of taste.
func TestTheCallersOwnCredentialsAreNotHonoured(t *testing.T) {
	const own, role = "arn:aws:iam::*:user/*", "arn:aws:iam::123456789012:role/r"
	for _, r := range []struct {
		resourceType, property, value string
		want                          coverage.Status
	}{
		{"AWS::ApiGateway::Method", "Integration.Credentials", own, coverage.NotHonoured},
		{"AWS::ApiGateway::Method", "Integration.Credentials", role, coverage.Irrelevant},
		{"AWS::ApiGatewayV2::Integration", "CredentialsArn", own, coverage.NotHonoured},
		{"AWS::ApiGatewayV2::Integration", "CredentialsArn", role, coverage.Irrelevant},
	} {
		t.Run(r.property+" "+r.value, func(t *testing.T) {
			var value any = r.value
			for _, name := range slices.Backward(strings.Split(r.property, ".")) {
				value = map[string]any{name: value}
			}
			stack := &cloudformation.Stack{Name: "s"}
			stack.Resources = []*cloudformation.Resource{{
				Stack: stack, LogicalID: "R", Type: r.resourceType, Properties: value.(map[string]any),
			}}
			found := coverage.Check(
				&cloudformation.Assembly{Stacks: []*cloudformation.Stack{stack}}, Coverage())
			if len(found) != 1 || found[0].Status != r.want {
				t.Errorf("got %v, want %s", found, r.want)
			}
		})
	}
}
