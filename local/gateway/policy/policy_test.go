package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/policy"
)

const methodARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/dev/GET/orders/42"

func document(statements ...string) []byte {
	return []byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`)
}

func statement(effect, action, resource, more string) string {
	return fmt.Sprintf(`{"Effect":%q,"Action":%q,"Resource":%q%s}`, effect, action, resource, more)
}

func parse(t *testing.T, data []byte) *policy.Policy {
	t.Helper()
	p, err := policy.Parse(data)
	if err != nil {
		t.Fatalf("Parse(%s): %v", data, err)
	}
	return p
}

func TestEvaluate(t *testing.T) {
	const invoke = "execute-api:Invoke"
	api := "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5"
	allow := policy.Decision{Effect: policy.Allow, Statement: "#1"}
	none := policy.Decision{Effect: policy.NoMatch}
	tests := []struct {
		name     string
		document []byte
		want     policy.Decision
	}{
		{
			"a statement that names the method allows it",
			document(statement("Allow", invoke, methodARN, "")), allow,
		},
		{
			"a star in the resource crosses slashes",
			document(statement("Allow", invoke, api+"/dev/*", "")), allow,
		},
		{
			"a star for the resource stands for every ARN",
			document(statement("Allow", invoke, "*", "")), allow,
		},
		{
			"a question mark is exactly one character",
			document(statement("Allow", invoke, api+"/dev/GET/orders/4?", "")), allow,
		},
		{
			"a question mark is not no character",
			document(statement("Allow", invoke, methodARN+"?", "")), none,
		},
		{
			"resources compare with case",
			document(statement("Allow", invoke, api+"/DEV/*", "")), none,
		},
		{
			"actions compare without case",
			document(statement("Allow", "Execute-API:invoke", "*", "")), allow,
		},
		{
			"a star in the action",
			document(statement("Allow", "execute-api:*", "*", "")), allow,
		},
		{
			"another action does not match",
			document(statement("Allow", "execute-api:ManageConnections", "*", "")), none,
		},
		{
			"another method does not match",
			document(statement("Allow", invoke, api+"/dev/POST/*", "")), none,
		},
		{
			"an explicit deny wins over an allow before it",
			document(statement("Allow", invoke, "*", ""), statement("Deny", invoke, methodARN, "")),
			policy.Decision{Effect: policy.Deny, Statement: "#2"},
		},
		{
			"an explicit deny wins over an allow after it",
			document(statement("Deny", invoke, "*", `,"Sid":"NoOne"`),
				statement("Allow", invoke, "*", "")),
			policy.Decision{Effect: policy.Deny, Statement: "NoOne"},
		},
		{
			"lists of actions and resources",
			[]byte(`{"Statement":{"Effect":"Allow","Action":["a:b","execute-api:Invoke"],
				"Resource":["x","` + methodARN + `"]}}`), allow,
		},
		{
			"NotAction spares the action it names",
			[]byte(`{"Statement":{"Effect":"Allow","NotAction":"execute-api:Invoke","Resource":"*"}}`),
			none,
		},
		{
			"NotAction covers every other action",
			[]byte(`{"Statement":{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}}`), allow,
		},
		{
			"NotResource spares the resource it names",
			[]byte(`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"*/dev/*"}}`), none,
		},
		{
			"NotResource covers every other resource",
			[]byte(`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"*/prod/*"}}`), allow,
		},
		{
			"the principal star is everyone",
			document(statement("Allow", invoke, "*", `,"Principal":"*"`)), allow,
		},
		{
			"a principal that is not the caller does not match",
			document(statement("Allow", invoke, "*", `,"Principal":{"AWS":"arn:aws:iam::1:root"}`)),
			none,
		},
		{
			"the caller's own principal matches",
			document(statement("Allow", invoke, "*", `,"Principal":{"AWS":["999999999999"]}`)), allow,
		},
		{
			"NotPrincipal spares the caller",
			document(statement("Deny", invoke, "*", `,"NotPrincipal":{"AWS":"999999999999"}`)), none,
		},
		{"no statements allow nothing", []byte(`{"Version":"2012-10-17","Statement":[]}`), none},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := parse(t, test.document).Evaluate(policy.Request{
				Action: invoke, Resource: methodARN, Principals: []string{"999999999999"},
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Evaluate (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	keys := map[string][]string{
		"aws:SourceIp":     {"203.0.113.7"},
		"aws:username":     {"Ada"},
		"aws:CurrentTime":  {"2026-11-22T10:00:00Z"},
		"aws:EpochTime":    {"1795341600"},
		"aws:SecureTransp": {"true"},
		"aws:SourceArn":    {"arn:aws:sns:eu-west-1:123456789012:topic"},
		"custom:count":     {"10"},
		"custom:tags":      {"red", "green"},
		"custom:star":      {"*"},
	}
	tests := []struct {
		name, operator, key, wanted string
		want                        bool
	}{
		{"StringEquals is exact", "StringEquals", "aws:username", `"Ada"`, true},
		{"StringEquals compares with case", "StringEquals", "aws:username", `"ada"`, false},
		{"StringEquals reads a star as a character", "StringEquals", "aws:username", `"A*"`, false},
		{"key names compare without case", "StringEquals", "AWS:UserName", `"Ada"`, true},
		{"one of several values is enough", "StringEquals", "aws:username", `["Bob","Ada"]`, true},
		{"StringNotEquals wants none of them", "StringNotEquals", "aws:username", `["Bob","Ada"]`, false},
		{"StringEqualsIgnoreCase", "StringEqualsIgnoreCase", "aws:username", `"aDA"`, true},
		{"StringLike reads wildcards", "StringLike", "aws:username", `"A?a"`, true},
		{"StringNotLike", "StringNotLike", "aws:username", `"A*"`, false},
		{"a missing key makes a positive operator false", "StringEquals", "no:key", `"x"`, false},
		{"a missing key makes a negated operator true", "StringNotEquals", "no:key", `"x"`, true},
		{"IfExists passes without the key", "StringEqualsIfExists", "no:key", `"x"`, true},
		{"IfExists compares with the key", "StringEqualsIfExists", "aws:username", `"x"`, false},
		{"NumericEquals", "NumericEquals", "custom:count", `10.0`, true},
		{"NumericLessThan", "NumericLessThan", "custom:count", `"10"`, false},
		{"NumericLessThanEquals", "NumericLessThanEquals", "custom:count", `"10"`, true},
		{"NumericGreaterThan", "NumericGreaterThan", "custom:count", `9`, true},
		{"NumericNotEquals", "NumericNotEquals", "custom:count", `10`, false},
		{"a text is no number", "NumericGreaterThan", "aws:username", `1`, false},
		{"DateLessThan", "DateLessThan", "aws:CurrentTime", `"2026-11-23T00:00:00Z"`, true},
		{"DateGreaterThan with a plain day", "DateGreaterThan", "aws:CurrentTime", `"2026-11-22"`, true},
		{"DateEquals with epoch seconds", "DateEquals", "aws:EpochTime", `1795341600`, true},
		{"Bool", "Bool", "aws:SecureTransp", `true`, true},
		{"Bool false", "Bool", "aws:SecureTransp", `"false"`, false},
		{"IpAddress in the range", "IpAddress", "aws:SourceIp", `["10.0.0.0/8","203.0.113.0/24"]`, true},
		{"IpAddress as a single address", "IpAddress", "aws:SourceIp", `"203.0.113.7"`, true},
		{"IpAddress outside", "IpAddress", "aws:SourceIp", `"203.0.113.8/32"`, false},
		{"NotIpAddress", "NotIpAddress", "aws:SourceIp", `"203.0.113.0/24"`, false},
		{"ArnLike", "ArnLike", "aws:SourceArn", `"arn:aws:sns:*:123456789012:*"`, true},
		{"ArnEquals reads wildcards too", "ArnEquals", "aws:SourceArn", `"arn:*:*:*:*:topic"`, true},
		{"a wildcard of ArnLike stays within its part", "ArnLike", "aws:SourceArn", `"arn:aws:*"`, false},
		{"ArnNotLike", "ArnNotLike", "aws:SourceArn", `"arn:aws:sqs:*:*:*"`, true},
		{"Null true wants no key", "Null", "no:key", `"true"`, true},
		{"Null true fails with the key", "Null", "aws:username", `"true"`, false},
		{"Null false wants the key", "Null", "aws:username", `false`, true},
		{
			"ForAllValues wants every value", "ForAllValues:StringEquals", "custom:tags",
			`["red","green","blue"]`, true,
		},
		{"ForAllValues fails for one other", "ForAllValues:StringEquals", "custom:tags", `"red"`, false},
		{"ForAllValues holds without the key", "ForAllValues:StringEquals", "no:key", `"red"`, true},
		{"ForAnyValue wants one value", "ForAnyValue:StringEquals", "custom:tags", `"red"`, true},
		{"ForAnyValue fails for none", "ForAnyValue:StringEquals", "custom:tags", `"blue"`, false},
		{"ForAnyValue fails without the key", "ForAnyValue:StringEquals", "no:key", `"red"`, false},
		{
			"ForAllValues of a negated operator", "ForAllValues:StringNotEquals", "custom:tags", `"blue"`,
			true,
		},
		{
			"ForAnyValue of a negated operator", "ForAnyValue:StringNotEquals", "custom:tags", `"red"`, true,
		},
		{"a policy variable is filled", "StringEquals", "aws:username", `"${aws:username}"`, true},
		{"a variable's value is no wildcard", "StringLike", "aws:username", `"${custom:star}"`, false},
		{"an escaped star is a character", "StringLike", "custom:star", `"${*}"`, true},
		{"a variable without value matches nothing", "StringLike", "aws:username", `"*${no:key}"`, false},
		{"a variable's default", "StringEquals", "aws:username", `"${no:key, 'Ada'}"`, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			condition := fmt.Sprintf(`,"Condition":{%q:{%q:%s}}`, test.operator, test.key, test.wanted)
			p := parse(t, document(statement("Allow", "*", "*", condition)))
			decision := p.Evaluate(policy.Request{Action: "a:b", Resource: "r", Conditions: keys})
			if got := decision.Effect == policy.Allow; got != test.want {
				t.Errorf("holds = %v, want %v", got, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, document, want string }{
		{"text that is no JSON", `nope`, "policy document"},
		{"a document without statements", `{"Version":"2012-10-17"}`, "Statement"},
		{"a version IAM does not have", `{"Version":"2020-01-01","Statement":[]}`, "2012-10-17"},
		{
			"an unknown element", `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","If":1}}`,
			"If",
		},
		{
			"an effect that is neither", `{"Statement":{"Effect":"Permit","Action":"*","Resource":"*"}}`,
			`"Permit"`,
		},
		{"no action", `{"Statement":{"Effect":"Allow","Resource":"*"}}`, "Action"},
		{"no resource", `{"Statement":{"Effect":"Allow","Action":"*"}}`, "Resource"},
		{
			"both action elements",
			`{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}`, "NotAction",
		},
		{
			"an unknown operator", string(document(statement("Allow", "*", "*",
				`,"Condition":{"Equals":{"a":"b"}}`))), `"Equals"`,
		},
		{
			"an unknown set operator", string(document(statement("Allow", "*", "*",
				`,"Condition":{"ForSome:StringEquals":{"a":"b"}}`))), "ForSome",
		},
		{
			"a range that is none", string(document(statement("Allow", "*", "*",
				`,"Condition":{"IpAddress":{"aws:SourceIp":"10/8"}}`))), "10/8",
		},
		{
			"an object for an action", `{"Statement":{"Effect":"Allow","Action":{},"Resource":"*"}}`,
			"string",
		},
		{
			"a principal that is a name",
			`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"me"}}`, "Principal",
		},
		{"text behind the document", `{"Statement":[]}{}`, "more text"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := policy.Parse([]byte(test.document))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one that names %s", err, test.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"${a, 'b'}"}}`), "x")
	f.Add(document(statement("Deny", "a", "*?*?*", `,"Condition":{"Null":{"a":"b"}}`)), "\xff*")
	f.Fuzz(func(t *testing.T, data []byte, resource string) {
		p, err := policy.Parse(data)
		if err != nil {
			return
		}
		p.Evaluate(policy.Request{Action: "a", Resource: resource})
	})
}
