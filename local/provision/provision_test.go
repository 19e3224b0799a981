package provision

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/cloudformation"
	"portico/local/identity"
	"portico/local/services/queues"
)

// loaded evaluates a template of testdata.
func loaded(t *testing.T, name string) *cloudformation.Assembly {
	t.Helper()
	assembly, err := cloudformation.Load(filepath.Join("testdata", name), cloudformation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return assembly
}

// read turns a template of testdata into definitions.
func read(t *testing.T, name string, o Options) (*Application, map[string]string) {
	t.Helper()
	assembly := loaded(t, name)
	app, err := Read(assembly, o)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, stack := range assembly.Stacks {
		for _, resource := range stack.Resources {
			ids[resource.LogicalID] = resource.PhysicalID
		}
	}
	return app, ids
}

// equal compares one thing that was read with what AWS would make of the template.
func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestReadOfStores(t *testing.T) {
	app, ids := read(t, "stores.yaml", Options{})
	const account = ":us-east-1:123456789012:"
	equal(t, "user pools", []identity.UserPool{{
		ID: ids["Pool"], ARN: "arn:aws:cognito-idp" + account + "userpool/" + ids["Pool"],
		Name: "customers", Region: "us-east-1",
		Clients: []identity.Client{{
			ID: ids["Client"], Name: "web", Scopes: []string{"orders/read", "openid"},
		}},
		Scopes: []string{"orders/read", "orders/write"},
	}}, app.UserPools)
	equal(t, "queues", []queues.Queue{{
		Name: "webhooks", ARN: "arn:aws:sqs" + account + "webhooks",
		URL:        "https://sqs.us-east-1.amazonaws.com/123456789012/webhooks",
		Visibility: 30 * time.Second, Retention: 96 * time.Hour, MaxBytes: 1 << 20,
	}}, app.Queues)
	got := map[string]string{}
	for _, table := range app.Tables {
		got[table.ARN+" "+table.LogicalID] = string(table.Input)
	}
	equal(t, "tables", map[string]string{
		"arn:aws:dynamodb" + account + "table/counters Counters": `{` +
			`"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],` +
			`"BillingMode":"PROVISIONED",` +
			`"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],` +
			`"ProvisionedThroughput":{"ReadCapacityUnits":2,"WriteCapacityUnits":3},` +
			`"TableName":"counters"}`,
		"arn:aws:dynamodb" + account + "table/orders Orders": `{` +
			`"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},` +
			`{"AttributeName":"customer","AttributeType":"S"}],` +
			`"BillingMode":"PAY_PER_REQUEST",` +
			`"GlobalSecondaryIndexes":[{"IndexName":"by-customer",` +
			`"KeySchema":[{"AttributeName":"customer","KeyType":"HASH"}],` +
			`"Projection":{"ProjectionType":"ALL"}}],` +
			`"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],` +
			`"TableName":"orders"}`,
	}, got)
}

// broken reads a template that has mistakes.
func broken(t *testing.T, template string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.yaml")
	if err := os.WriteFile(path, []byte("Resources:\n"+template), 0o600); err != nil {
		t.Fatal(err)
	}
	assembly, err := cloudformation.Load(path, cloudformation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	app, err := Read(assembly, Options{})
	if err == nil || app != nil {
		t.Fatal("the mistake was not noticed")
	}
	return err.Error()
}

func TestMistakesAreNamed(t *testing.T) {
	for _, row := range mistakes {
		t.Run(row.name, func(t *testing.T) {
			got := broken(t, row.template)
			for _, want := range append(row.want, "stack app") {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want it to say %q", got, want)
				}
			}
		})
	}
}

// replaced calls what with each value of a tree replaced by another, one at a time.
func replaced(tree any, by any, what func()) {
	switch node := tree.(type) {
	case map[string]any:
		for key, value := range node {
			replaced(value, by, what)
			node[key] = by
			what()
			node[key] = value
		}
	case []any:
		for i, value := range node {
			replaced(value, by, what)
			node[i] = by
			what()
			node[i] = value
		}
	}
}

func TestNoValueOfAnyTypePanics(t *testing.T) {
	templates, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(templates) == 0 {
		t.Fatalf("got templates %v, %v", templates, err)
	}
	others := []any{
		"x", json.Number("-7"), json.Number("1.5"), true, nil,
		[]any{},
		[]any{nil},
		map[string]any{},
		map[string]any{"x": map[string]any{"x": "x"}},
	}
	for _, template := range templates {
		assembly := loaded(t, filepath.Base(template))
		for _, resource := range assembly.Stacks[0].Resources {
			for _, other := range others {
				replaced(resource.Properties, other, func() {
					app, err := Read(assembly, Options{})
					if (app == nil) == (err == nil) {
						t.Errorf("%s: got %v and %v, want one of them", resource.LogicalID, app, err)
					}
				})
			}
		}
	}
}

func TestReadNamesSourceFoldersOfUnknownFunctions(t *testing.T) {
	_, err := Read(loaded(t, "stores.yaml"), Options{
		FunctionSources: map[string]string{"gone": "functions/gone"},
	})
	if err == nil || !strings.Contains(err.Error(), "function gone, which no template has") {
		t.Errorf("got %v, want an error that names function gone", err)
	}
}
