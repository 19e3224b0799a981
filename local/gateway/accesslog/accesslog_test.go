package accesslog_test

import (
	"strings"
	"testing"
	"time"

	"portico/local/gateway/accesslog"
	"portico/local/gateway/exchange"
)

func variables() *exchange.Variables {
	return &exchange.Variables{
		RequestID: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", ExtendedRequestID: "TWegAcC4EowCHnA=",
		HTTPMethod: "GET", ResourcePath: "/orders/{id}", Protocol: "HTTP/1.1", Status: 403,
		SourceIP: "203.0.113.7", ResponseLength: 23,
		RequestTime:  time.Date(2020, 5, 15, 6, 1, 9, 0, time.UTC),
		ErrorMessage: `say "no"`, Authorizer: map[string]any{"tenant-id": "t-1"},
	}
}

func TestLine(t *testing.T) {
	for _, r := range []struct{ name, format, want string }{
		{
			"the console's CLF preset",
			`$context.identity.sourceIp $context.identity.caller $context.identity.user ` +
				`[$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" ` +
				`$context.status $context.responseLength $context.requestId $context.extendedRequestId`,
			`203.0.113.7 - - [15/May/2020:06:01:09 +0000] "GET /orders/{id} HTTP/1.1" 403 23 ` +
				`c6af9ac6-7b61-11e6-9a41-93e8deadbeef TWegAcC4EowCHnA=`,
		},
		{"an undefined variable prints a dash", "$context.nothing", "-"},
		{"text around a variable stays", `{"s":"$context.status"}`, `{"s":"403"}`},
		{"values are not escaped", `"$context.error.message"`, `"say "no""`},
		{"the message string is", `$context.error.messageString`, `"say \"no\""`},
		{"other references are text", "$foo $stageVariables.x", "$foo $stageVariables.x"},
		{"a key of the authorizer", "$context.authorizer.tenant-id", "t-1"},
		{"a line break at the end is dropped", "$context.status\n", "403"},
	} {
		t.Run(r.name, func(t *testing.T) {
			f, err := accesslog.Compile(r.format)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(f.Append(nil, variables())); got != r.want {
				t.Errorf("got %s\nwant %s", got, r.want)
			}
		})
	}
}

func TestRequestIDThatIsNoUUID(t *testing.T) {
	v := variables()
	v.RequestIDReplaced = true
	f, err := accesslog.Compile("$context.requestId")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(f.Append(nil, v)); got != "UUID_REPLACED_INVALID_REQUEST_ID" {
		t.Errorf("got %s", got)
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, r := range []struct{ name, format string }{
		{"nothing", ""}, {"only a line break", "\n"}, {"two lines", "$context.status\n$context.path"},
	} {
		t.Run(r.name, func(t *testing.T) {
			if _, err := accesslog.Compile(r.format); err == nil {
				t.Error("got no error")
			}
		})
	}
}

func FuzzCompile(f *testing.F) {
	f.Add("$context.requestId ${context.status} $$context. ${context.}")
	f.Fuzz(func(t *testing.T, format string) {
		compiled, err := accesslog.Compile(format)
		if err != nil {
			return
		}
		line := string(compiled.Append(nil, &exchange.Variables{}))
		if strings.ContainsAny(line, "\n") {
			t.Errorf("line %q has a line break", line)
		}
		if !strings.Contains(format, "$") && line != strings.TrimRight(format, "\r\n") {
			t.Errorf("format %q without variables printed %q", format, line)
		}
	})
}
