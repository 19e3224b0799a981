package test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"portico/local/runner"
)

// told is something that a management API is told, and how it is seen there.
type told struct {
	name  string
	make  outgoing // with %s where its name is
	look  outgoing
	shows string // with %s too
}

const form = "application/x-www-form-urlencoded"

// target is a request of a service that is told by a header what is wanted.
func target(service, operation, body string) outgoing {
	return outgoing{
		line: "POST /", body: body, service: service[strings.IndexByte(service, '/')+1:],
		header: map[string]string{
			"X-Amz-Target": service[:strings.IndexByte(service, '/')] + "." + operation,
			"Content-Type": "application/x-amz-json-1.1",
		},
	}
}

// query is a request of a service that is told by a form what is wanted.
func query(service, text string) outgoing {
	return outgoing{
		line: "POST /", body: text, service: service, header: map[string]string{"Content-Type": form},
	}
}

// everyService has one thing of every management API.
func everyService() []told {
	trust := url.QueryEscape(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`)
	stack := url.QueryEscape(`{"Resources":{"Queue":{"Type":"AWS::SQS::Queue"}}}`)
	return []told{
		{
			name: "apigateway", make: outgoing{
				line: "POST /restapis", body: `{"name":"%s"}`, service: "apigateway",
			},
			look:  outgoing{line: "GET /restapis?limit=500", service: "apigateway"},
			shows: `"name":"%s"`,
		},
		{
			name: "apigatewayv2", make: outgoing{
				line: "POST /v2/apis", body: `{"name":"%s","protocolType":"HTTP"}`, service: "apigateway",
			},
			look: outgoing{line: "GET /v2/apis", service: "apigateway"}, shows: `"name":"%s"`,
		},
		{
			name:  "iam",
			make:  query("iam", "Action=CreateRole&Version=2010-05-08&RoleName=%s&AssumeRolePolicyDocument="+trust),
			look:  query("iam", "Action=ListRoles&Version=2010-05-08"),
			shows: "<RoleName>%s</RoleName>",
		},
		{
			name: "wafv2", make: target("AWSWAF_20190729/wafv2", "CreateIPSet",
				`{"Name":"%s","Scope":"REGIONAL","IPAddressVersion":"IPV4","Addresses":["192.0.2.0/24"]}`),
			look:  target("AWSWAF_20190729/wafv2", "ListIPSets", `{"Scope":"REGIONAL"}`),
			shows: `"Name":"%s"`,
		},
		{
			name:  "logs",
			make:  target("Logs_20140328/logs", "CreateLogGroup", `{"logGroupName":"%s"}`),
			look:  target("Logs_20140328/logs", "DescribeLogGroups", `{}`),
			shows: `"logGroupName":"%s"`,
		},
		{
			name: "cloudwatch", make: query("monitoring", "Action=PutMetricAlarm&Version=2010-08-01"+
				"&AlarmName=%s&Namespace=Own&MetricName=Orders&Statistic=Sum&Period=60&EvaluationPeriods=1"+
				"&Threshold=1&ComparisonOperator=GreaterThanThreshold"),
			look:  query("monitoring", "Action=DescribeAlarms&Version=2010-08-01"),
			shows: "<AlarmName>%s</AlarmName>",
		},
		{
			name:  "ssm",
			make:  target("AmazonSSM/ssm", "PutParameter", `{"Name":"/%s","Type":"String","Value":"v"}`),
			look:  target("AmazonSSM/ssm", "DescribeParameters", `{"MaxResults":50}`),
			shows: `"Name":"/%s"`,
		},
		{
			name: "s3", make: outgoing{line: "PUT /%s", service: "s3"},
			look: outgoing{line: "GET /", service: "s3"}, shows: "<Name>%s</Name>",
		},
		{
			name:  "cloudformation",
			make:  query("cloudformation", "Action=CreateStack&Version=2010-05-15&StackName=%s&TemplateBody="+stack),
			look:  query("cloudformation", "Action=DescribeStacks&Version=2010-05-15"),
			shows: "<StackName>%s</StackName>",
		},
	}
}

// build makes the thing under a name.
func (k told) build(t *testing.T, r *runner.Runner, name string) {
	t.Helper()
	m := k.make
	m.line = strings.ReplaceAll(m.line, "%s", name)
	m.body = strings.ReplaceAll(m.body, "%s", name)
	if status, text := dispatch(t, r, m); status >= 300 {
		t.Errorf("%s: making %s answers %d %s", k.name, name, status, text)
	}
}

// has says whether the thing is seen under a name.
func (k told) has(t *testing.T, r *runner.Runner, name string) bool {
	t.Helper()
	_, text := dispatch(t, r, k.look)
	return strings.Contains(text, strings.ReplaceAll(k.shows, "%s", name))
}

// deployed imports and deploys an API that answers ok, and returns where a call of it goes.
func deployed(t *testing.T, r *runner.Runner) string {
	t.Helper()
	api := member(manage(t, r, "POST /restapis?mode=import", mockDocument), "id")
	manage(t, r, "POST /restapis/"+api+"/deployments", `{"stageName":"dev"}`)
	return "/restapis/" + api + "/dev/_user_request_/x"
}

// TestAllServicesOutliveTheRunnerAndAreReset makes something of every management API, restarts, and
// resets.
func TestAllServicesOutliveTheRunnerAndAreReset(t *testing.T) {
	state := t.TempDir()
	start := func(t *testing.T) *runner.Runner {
		return runner.Start(t, runner.Options{Dir: t.TempDir(), Empty: true, State: state})
	}
	expect := func(t *testing.T, r *runner.Runner, when string, want bool) {
		t.Helper()
		for _, k := range everyService() {
			if got := k.has(t, r, "whole"); got != want {
				t.Errorf("%s: %s shows it: %v, want %v", when, k.name, got, want)
			}
		}
		status, text := functions(t, r, "POST /2015-03-31/functions/caller/invocations",
			[]byte(`{"service":"kinesis"}`))
		if (status == http.StatusOK) != want {
			t.Errorf("%s: the function answers %d %s", when, status, text)
		}
	}
	var path string
	t.Run("the first runner", func(t *testing.T) {
		r := start(t)
		for _, k := range everyService() {
			k.build(t, r, "whole")
		}
		createFunction(t, r, "caller")
		path = deployed(t, r)
		expect(t, r, "at first", true)
	})
	t.Run("the second runner", func(t *testing.T) {
		r := start(t)
		expect(t, r, "after a restart", true)
		if status, text := visit(t, r.URL()+path); status != http.StatusOK || text != "ok" {
			t.Errorf("after a restart a call is answered %d %s", status, text)
		}
		reset(t, r)
		expect(t, r, "after a reset", false)
		if status, text := visit(t, r.URL()+path); status != http.StatusForbidden {
			t.Errorf("after a reset a call is answered %d %s, want 403", status, text)
		}
	})
	expect(t, start(t), "after a reset and a restart", false)
	http.DefaultClient.CloseIdleConnections()
}

// TestClientsThatWriteAtOnceLoseNothing has two clients of every service write side by side.
func TestClientsThatWriteAtOnceLoseNothing(t *testing.T) {
	r := runner.Start(t, runner.Options{Dir: t.TempDir(), Empty: true})
	api := member(manage(t, r, "POST /restapis", `{"name":"shared"}`), "id")
	_, text := dispatch(t, r, outgoing{line: "GET /restapis/" + api + "/resources", service: "apigateway"})
	all := append(everyService(), told{
		name: "the resources of one API",
		make: outgoing{
			line: "POST /restapis/" + api + "/resources/" + member(text, "id"), body: `{"pathPart":"%s"}`,
			service: "apigateway",
		},
		look:  outgoing{line: "GET /restapis/" + api + "/resources?limit=500", service: "apigateway"},
		shows: `"pathPart":"%s"`,
	})
	const each = 8
	name := func(client, n int) string { return fmt.Sprintf("client-%d-%d", client, n) }
	var writing sync.WaitGroup
	for _, k := range all {
		for client := range 2 {
			writing.Go(func() {
				for n := range each {
					k.build(t, r, name(client, n))
				}
			})
		}
	}
	writing.Wait()
	for _, k := range all {
		for client := range 2 {
			for n := range each {
				if !k.has(t, r, name(client, n)) {
					t.Errorf("%s: %s is lost", k.name, name(client, n))
				}
			}
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
