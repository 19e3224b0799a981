package httpapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

const serviceRole = "arn:aws:iam::123456789012:role/desk"

// serviceEndpoints leads to services by the name of their setting.
type serviceEndpoints map[string]string

func (e serviceEndpoints) Endpoint(service string) (string, bool) {
	url, ok := e[service]
	return url, ok
}

// desk is an AWS service that keeps what it was sent, and answers always the same.
type desk struct {
	*httptest.Server
	got, body, signature string
	status               int
	contentType, answer  string
}

func newDesk(t *testing.T) *desk {
	d := &desk{status: 200, contentType: "application/x-amz-json-1.1", answer: `{"ok":true}`}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		d.got = r.Method + " " + r.RequestURI + "|" + r.Header.Get("Content-Type") + "|" + r.Header.Get("X-Amz-Target")
		d.body, d.signature = string(body), r.Header.Get("Authorization")
		w.Header().Set("Content-Type", d.contentType)
		w.Header()["x-amzn-RequestId"] = []string{"aws-1"}
		w.WriteHeader(d.status)
		_, _ = io.WriteString(w, d.answer)
	}))
	t.Cleanup(d.Close)
	return d
}

func serviceOf(d *desk, subtype string, parameters map[string]string) func(*setup) {
	return func(s *setup) {
		s.endpoints = serviceEndpoints{}
		for _, id := range []string{"sqs", "eventbridge", "kinesis", "sfn", "appconfig"} {
			s.endpoints[id] = d.URL
		}
		s.credentials = func(role string) aws.Credentials {
			return aws.Credentials{AccessKeyID: "ASIA" + role[len(role)-4:], SecretAccessKey: "secret", SessionToken: "token"}
		}
		s.def.Integrations["desk"] = api.V2Integration{
			ID: "desk", Type: "AWS_PROXY", Subtype: subtype, PayloadFormatVersion: "1.0",
			TimeoutMillis: 30_000, Credentials: serviceRole, RequestParameters: parameters,
		}
		s.def.Routes = append(s.def.Routes, api.Route{
			Key: "POST /desk/{id}", AuthorizationType: "NONE", IntegrationID: "desk",
		})
	}
}

// The parameters and their protocols are those of "Integration subtype reference" and of each
// service's API reference.
func TestServiceIntegrationsAtTheWire(t *testing.T) {
	const form = "POST /|application/x-www-form-urlencoded|"
	const queue = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
	const queueForm = "QueueUrl=https%3A%2F%2Fsqs.us-east-1.amazonaws.com%2F123456789012%2Forders"
	rows := []struct {
		name, subtype string
		parameters    map[string]string
		want, body    string
		signed        string // region and service
	}{
		{
			"SQS-SendMessage", "SQS-SendMessage",
			map[string]string{
				"QueueUrl": queue, "MessageBody": "$request.body.text", "DelaySeconds": "3", "MessageGroupId": "$request.path.id",
				"MessageAttributes": `{"b": {"DataType": "String", "StringValue": "${request.header.x}"}, "a": {"DataType": "Binary", "BinaryValue": "AAE="}}`,
			},
			form, "Action=SendMessage&DelaySeconds=3&MessageAttribute.1.Name=a&MessageAttribute.1.Value.BinaryValue=AAE%3D&" +
				"MessageAttribute.1.Value.DataType=Binary&MessageAttribute.2.Name=b&MessageAttribute.2.Value.DataType=String&" +
				"MessageAttribute.2.Value.StringValue=h&MessageBody=a%26b&MessageGroupId=7&" + queueForm + "&Version=2012-11-05",
			"us-east-1/sqs",
		},
		{
			"SQS-ReceiveMessage", "SQS-ReceiveMessage",
			map[string]string{
				"QueueUrl": queue, "AttributeNames": "All", "MessageAttributeNames": `["a","b"]`, "MaxNumberOfMessages": "2",
			},
			form, "Action=ReceiveMessage&AttributeName.1=All&MaxNumberOfMessages=2&MessageAttributeName.1=a&" +
				"MessageAttributeName.2=b&" + queueForm + "&Version=2012-11-05",
			"us-east-1/sqs",
		},
		{
			"SQS-DeleteMessage", "SQS-DeleteMessage",
			map[string]string{"QueueUrl": queue, "ReceiptHandle": "$request.querystring.handle"},
			form, "Action=DeleteMessage&" + queueForm + "&ReceiptHandle=h%2F1&Version=2012-11-05", "us-east-1/sqs",
		},
		{
			"SQS-PurgeQueue in another region", "SQS-PurgeQueue",
			map[string]string{"QueueUrl": queue, "Region": "eu-west-1"},
			form, "Action=PurgeQueue&" + queueForm + "&Version=2012-11-05", "eu-west-1/sqs",
		},
		{
			"EventBridge-PutEvents", "EventBridge-PutEvents",
			map[string]string{
				"Detail": "$request.body", "DetailType": "placed", "Source": "orders", "EventBusName": "bus",
				"Resources": "arn:a,arn:b", "Time": "2026-01-02T03:04:05Z", "TraceHeader": "Root=1",
			},
			"POST /|application/x-amz-json-1.1|AWSEvents.PutEvents",
			`{"Entries":[{"Detail":"{\"text\":\"a\u0026b\"}","DetailType":"placed","EventBusName":"bus","Resources":["arn:a","arn:b"],` +
				`"Source":"orders","Time":1767323045,"TraceHeader":"Root=1"}]}`,
			"us-east-1/events",
		},
		{
			"Kinesis-PutRecord", "Kinesis-PutRecord",
			map[string]string{"StreamName": "orders", "Data": "$request.body.text", "PartitionKey": "$request.path.id"},
			"POST /|application/x-amz-json-1.1|Kinesis_20131202.PutRecord", `{"Data":"YSZi","PartitionKey":"7","StreamName":"orders"}`, "us-east-1/kinesis",
		},
		{
			"StepFunctions-StartExecution", "StepFunctions-StartExecution",
			map[string]string{"StateMachineArn": "arn:m", "Name": "run-1", "Input": "$request.body"},
			"POST /|application/x-amz-json-1.0|AWSStepFunctions.StartExecution",
			`{"input":"{\"text\":\"a\u0026b\"}","name":"run-1","stateMachineArn":"arn:m"}`, "us-east-1/states",
		},
		{
			"StepFunctions-StartSyncExecution", "StepFunctions-StartSyncExecution",
			map[string]string{"StateMachineArn": "arn:m", "TraceHeader": "Root=1"},
			"POST /|application/x-amz-json-1.0|AWSStepFunctions.StartSyncExecution", `{"stateMachineArn":"arn:m","traceHeader":"Root=1"}`, "us-east-1/states",
		},
		{
			"StepFunctions-StopExecution", "StepFunctions-StopExecution",
			map[string]string{"ExecutionArn": "arn:e", "Cause": "c", "Error": "e"},
			"POST /|application/x-amz-json-1.0|AWSStepFunctions.StopExecution", `{"cause":"c","error":"e","executionArn":"arn:e"}`, "us-east-1/states",
		},
		{
			"AppConfig-GetConfiguration", "AppConfig-GetConfiguration", map[string]string{
				"Application": "a b", "Environment": "prod", "Configuration": "main", "ClientId": "$request.path.id", "ClientConfigurationVersion": "2",
			}, "GET /applications/a%20b/environments/prod/configurations/main?client_configuration_version=2&client_id=7||", "", "us-east-1/appconfig",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			d := newDesk(t)
			s := start(t, serviceOf(d, r.subtype, r.parameters))
			call := s.request("POST /desk/7?handle=h%2F1", "X: h")
			call.Body = []byte(`{"text":"a&b"}`)
			got := s.serve(t, call)
			if want := "200\nContent-Type: application/x-amz-json-1.1\nx-amzn-RequestId: aws-1\n\n" + `{"ok":true}`; !sameLines(got, want) {
				t.Errorf("got %q, want the service's answer %q", got, want)
			}
			if diff := cmp.Diff([]string{r.want, r.body}, []string{d.got, d.body}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(d.signature, "Credential=ASIAdesk/20260102/"+r.signed+"/aws4_request") {
				t.Errorf("signed with %q, want the role's keys for %s", d.signature, r.signed)
			}
		})
	}
}

// sameLines compares replies whose header lines may stand in any order.
func sameLines(a, b string) bool {
	sorted := func(text string) map[string]int {
		lines := map[string]int{}
		for line := range strings.SplitSeq(text, "\n") {
			lines[line]++
		}
		return lines
	}
	return cmp.Equal(sorted(a), sorted(b))
}

func TestAnswersOfServicesGoBackAsTheyAre(t *testing.T) {
	d := newDesk(t)
	d.status, d.contentType = 400, "text/xml"
	d.answer = `<?xml version="1.0"?><ErrorResponse><Error><Code>AWS.SimpleQueueService.NonExistentQueue</Code></Error></ErrorResponse>`
	s := start(t, serviceOf(d, "SQS-PurgeQueue", map[string]string{"QueueUrl": "q"}))
	got := s.serve(t, s.request("POST /desk/7"))
	if want := "400\nContent-Type: text/xml\nx-amzn-RequestId: aws-1\n\n" + d.answer; !sameLines(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	t.Run("mapped by their status", func(t *testing.T) {
		s := start(t, func(s *setup) {
			serviceOf(d, "SQS-PurgeQueue", map[string]string{"QueueUrl": "q"})(s)
			i := s.def.Integrations["desk"]
			i.ResponseParameters = map[string]map[string]string{"400": {
				"overwrite:statuscode": "409", "append:header.source": "$context.awsEndpointRequestId",
			}}
			s.def.Integrations["desk"] = i
		})
		got := s.serve(t, s.request("POST /desk/7"))
		if !strings.HasPrefix(got, "409\n") || !strings.Contains(got, "source: aws-1\n") {
			t.Errorf("got %q", got)
		}
	})
}

// That a value the call does not have is answered 400 is reported by aws-samples/sessions-with-aws-sam
// #38; the message in the log by terraform-provider-aws #19443.
func TestCallsWithoutWhatAServiceNeeds(t *testing.T) {
	rows := []struct {
		name       string
		parameters map[string]string
		reason     string
	}{
		{
			"a parameter that the call does not have",
			map[string]string{"QueueUrl": "q", "MessageBody": "$request.body.gone"},
			"Unable to resolve property MessageBody from source $request.body.gone.",
		},
		{
			"attributes that are none",
			map[string]string{"QueueUrl": "q", "MessageBody": "m", "MessageAttributes": "$request.body"},
			"parameter MessageAttributes: want an object like",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			d := newDesk(t)
			s := start(t, serviceOf(d, "SQS-SendMessage", r.parameters))
			call := s.request("POST /desk/7")
			call.Body = []byte("text")
			if got := s.serve(t, call); got != message(400, "Bad Request") || d.got != "" {
				t.Errorf("got %q, and the service %q", got, d.got)
			}
			if !strings.Contains(s.reason(), r.reason) {
				t.Errorf("the reason is %q, want %q in it", s.reason(), r.reason)
			}
		})
	}
}

func TestServicesOutOfReach(t *testing.T) {
	d := newDesk(t)
	parameters := map[string]string{"QueueUrl": "q"}
	rows := []struct {
		name   string
		change func(*setup)
		want   string
		reason string
	}{
		{"no endpoint", func(s *setup) { s.endpoints = serviceEndpoints{} }, message(500, "Internal Server Error"), "AWS_ENDPOINT_URL_SQS, or endpoints.sqs in portico.yaml"},
		{"nobody listens", func(s *setup) { s.endpoints = serviceEndpoints{"sqs": closed(t)} }, message(503, "Service Unavailable"), ""},
		{"no keys", func(s *setup) { s.credentials = nil }, message(500, "Internal Server Error"), "no credentials to sign the call of sqs"},
		{"the caller's credentials", func(s *setup) {
			i := s.def.Integrations["desk"]
			i.Credentials = "arn:aws:iam::*:user/*"
			s.def.Integrations["desk"] = i
		}, message(500, "Internal Server Error"), "name a role"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) {
				serviceOf(d, "SQS-PurgeQueue", parameters)(s)
				r.change(s)
			})
			if got := s.serve(t, s.request("POST /desk/7")); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
			if !strings.Contains(s.reason(), r.reason) {
				t.Errorf("the reason is %q, want %q in it", s.reason(), r.reason)
			}
		})
	}
}

// The first sentence is recorded (aws-cdk #26328); the others are put in its words.
func TestServiceIntegrationsThatAWSRefuses(t *testing.T) {
	valid := func() api.V2Integration {
		return api.V2Integration{
			Type: "AWS_PROXY", Subtype: "StepFunctions-StartSyncExecution", Credentials: serviceRole,
			PayloadFormatVersion: "1.0", RequestParameters: map[string]string{"StateMachineArn": "arn:m"},
		}
	}
	rows := []struct {
		name   string
		change func(*api.V2Integration)
		want   string
	}{
		{"a parameter that it does not take", func(i *api.V2Integration) { i.RequestParameters["stateMachineArn"] = "arn" }, "Parameter: stateMachineArn does not fit schema for Operation: StepFunctions-StartSyncExecution."},
		{"a parameter that it needs", func(i *api.V2Integration) { i.RequestParameters = nil }, "Parameter: StateMachineArn is required for Operation: StepFunctions-StartSyncExecution."},
		{"another action's parameter", func(i *api.V2Integration) { i.RequestParameters["QueueUrl"] = "q" }, "Parameter: QueueUrl does not fit schema for Operation: StepFunctions-StartSyncExecution."},
		{"an action that there is not", func(i *api.V2Integration) { i.Subtype = "SNS-Publish" }, "Operation: SNS-Publish is not supported"},
		{"payload format 2.0", func(i *api.V2Integration) { i.PayloadFormatVersion = "2.0" }, "is not supported with payload format version 2.0, allowed is 1.0"},
		{"no role", func(i *api.V2Integration) { i.Credentials = "" }, "needs credentials"},
		{"another type", func(i *api.V2Integration) { i.Type = "HTTP_PROXY" }, "allowed is AWS_PROXY"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			i := valid()
			if err := i.CheckService(); err != nil {
				t.Fatal(err)
			}
			r.change(&i)
			if err := i.CheckService(); err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want %q in it", err, r.want)
			}
		})
	}
}

func TestTimesOfEventsAreSeconds(t *testing.T) {
	d := newDesk(t)
	for _, r := range []struct{ time, want string }{
		{"1767323045.5", "1767323045.5"}, {"2026-01-02T04:04:05+01:00", "1767323045"},
	} {
		s := start(t, serviceOf(d, "EventBridge-PutEvents", map[string]string{
			"Detail": "{}", "DetailType": "t", "Source": "s", "Time": r.time,
		}))
		s.serve(t, s.request("POST /desk/7"))
		var sent struct{ Entries []struct{ Time json.Number } }
		if err := json.Unmarshal([]byte(d.body), &sent); err != nil || sent.Entries[0].Time.String() != r.want {
			t.Errorf("%s: got %s, %v, want %s", r.time, d.body, err, r.want)
		}
	}
}
