package provision

import (
	"strings"
	"testing"

	"portico/local/lambda"
)

func TestReadOfFunctions(t *testing.T) {
	app, ids := read(t, "functions.yaml", Options{
		Root: "/app", FunctionSources: map[string]string{"Plain": "/elsewhere/plain"},
		Published: func(string) []string { return []string{"7"} },
	})
	const orders = "arn:aws:lambda:us-east-1:123456789012:function:orders"
	const plain = "arn:aws:lambda:us-east-1:123456789012:function:plain"
	role := "arn:aws:iam::123456789012:role/" + ids["Role"]
	reserved := 5
	equal(t, "functions", lambda.Configuration{
		Account: "123456789012", Region: "us-east-1", Partition: "aws",
		Functions: []lambda.Function{
			{
				Name: "orders", ARN: orders, Runtime: "provided.al2023", Handler: "bootstrap",
				MemoryMB: 256, TimeoutSeconds: 10, EphemeralMB: 1024, Role: role,
				Environment: map[string]string{
					"TABLE": "orders", "RETRIES": "3", "DEBUG": "true",
				},
				ReservedConcurrency: &reserved, LogGroup: "/orders", Tracing: true,
				Code:      lambda.Code{Source: "/app/functions/orders"},
				LogicalID: "Orders", Stack: "functions",
			}, {
				Name: "plain", ARN: plain, Runtime: "provided.al2023", Handler: "bootstrap",
				MemoryMB: 128, TimeoutSeconds: 3, EphemeralMB: 512, Role: role,
				LogGroup: "/aws/lambda/plain", Code: lambda.Code{Source: "/elsewhere/plain"},
				LogicalID: "Plain", Stack: "functions",
			},
		},
		Versions: []lambda.Version{{
			FunctionARN: orders, Number: "1", Origin: "functions/Version",
		}},
		Aliases: []lambda.Alias{{
			FunctionARN: orders, Name: "live", Version: "1",
			Weights: map[string]float64{"7": 0.1},
		}},
		Permissions: []lambda.Permission{
			{
				FunctionARN: plain, Action: "lambda:InvokeFunction",
				Principal: "apigateway.amazonaws.com", SourceAccount: "123456789012",
			}, {
				FunctionARN: orders + ":live", Action: "lambda:InvokeFunction",
				Principal: "apigateway.amazonaws.com",
				SourceARN: "arn:aws:execute-api:us-east-1:123456789012:api/*/GET/orders",
			},
		},
	}, app.Lambda)
}

func TestFunctionNamesAreResolved(t *testing.T) {
	const arn = "arn:aws:lambda:us-east-1:123456789012:function:orders"
	known := functionIndex{}
	known.add(lambda.Function{Name: "orders", ARN: arn})
	rows := []struct {
		name, given, qualifier string
		ok                     bool
	}{
		{name: "a name", given: "orders", ok: true},
		{name: "a name with an alias", given: "orders:live", qualifier: "live", ok: true},
		{name: "an ARN", given: arn, ok: true},
		{name: "an ARN with a version", given: arn + ":1", qualifier: "1", ok: true},
		{name: "a part of an ARN", given: "123456789012:function:orders", ok: true},
		{name: "another name", given: "order"},
		{name: "another region", given: "arn:aws:lambda:eu-west-1:123456789012:function:orders"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, qualifier, ok := known.find(row.given)
			if ok != row.ok || qualifier != row.qualifier || ok && got != arn {
				t.Errorf("find(%q) = %q, %q, %t", row.given, got, qualifier, ok)
			}
		})
	}
}

func FuzzFunctionNames(f *testing.F) {
	const arn = "arn:aws:lambda:us-east-1:123456789012:function:orders"
	for _, seed := range []string{"orders", "orders:live", arn, arn + ":1", ":function:", "::"} {
		f.Add(seed)
	}
	known := functionIndex{}
	known.add(lambda.Function{Name: "orders", ARN: arn})
	f.Fuzz(func(t *testing.T, name string) {
		got, qualifier, ok := known.find(name)
		if ok && got != arn {
			t.Errorf("find(%q) = %q, %q: no such function", name, got, qualifier)
		}
		if ok && !strings.HasSuffix(name, qualifier) {
			t.Errorf("find(%q): qualifier %q is not at the end", name, qualifier)
		}
	})
}
