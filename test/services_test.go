package test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/runner"
)

// deskOf is an API whose methods call AWS services, and the services.
type deskOf struct {
	*moto
	api string // with the stage
}

// TestAWSServiceIntegrations has the gateway call services as others wrote them, and looks for what
// they did: one method for every service and way of calling it.
func TestAWSServiceIntegrations(t *testing.T) {
	m := startMoto(t)
	m.prepare(t)
	d := m.serve(t, "testdata/services.yaml")
	t.Run("SQS", d.testSQS)
	t.Run("SNS", d.testSNS)
	t.Run("DynamoDB", d.testDynamoDB)
	t.Run("Step Functions", d.testStates)
	t.Run("EventBridge", d.testEvents)
	t.Run("Kinesis", d.testKinesis)
	t.Run("S3", d.testS3)
	t.Run("SSM", d.testSSM)
	t.Run("every call is signed for its service", d.testSignatures)
}

// serve serves the API of a template, which calls the services.
func (m *moto) serve(t *testing.T, template string) *deskOf {
	t.Helper()
	template, err := filepath.Abs(template)
	if err != nil {
		t.Fatal(err)
	}
	r := runner.Start(t, runner.Options{
		Dir: t.TempDir(), Template: template, Environ: []string{"AWS_ENDPOINT_URL=" + m.proxy.URL},
	})
	return &deskOf{moto: m, api: r.Addresses()[0].URL}
}

// prepare makes what the methods of the template call.
func (m *moto) prepare(t *testing.T) {
	t.Helper()
	m.ask(t, "sqs", "AmazonSQS.CreateQueue", `{"QueueName":"orders"}`)
	m.ask(t, "sqs", "AmazonSQS.CreateQueue", `{"QueueName":"published"}`)
	m.form(t, "sns", url.Values{"Action": {"CreateTopic"}, "Name": {"orders"}})
	m.form(t, "sns", url.Values{
		"Action": {"Subscribe"}, "TopicArn": {"arn:aws:sns:us-east-1:123456789012:orders"},
		"Protocol": {"sqs"}, "Endpoint": {"arn:aws:sqs:us-east-1:123456789012:published"},
	})
	m.ask(t, "dynamodb", "DynamoDB_20120810.CreateTable", `{"TableName":"orders",`+
		`"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],`+
		`"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST"}`)
	m.ask(t, "states", "AWSStepFunctions.CreateStateMachine", `{"name":"orders",`+
		`"roleArn":"arn:aws:iam::123456789012:role/machine",`+
		`"definition":"{\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Pass\",\"End\":true}}}"}`)
	m.ask(t, "events", "AWSEvents.PutRule", `{"Name":"orders","EventPattern":"{\"source\":[\"orders\"]}"}`)
	m.ask(t, "events", "AWSEvents.PutTargets", `{"Rule":"orders","Targets":[{"Id":"1",`+
		`"Arn":"arn:aws:sqs:us-east-1:123456789012:published"}]}`)
	m.ask(t, "kinesis", "Kinesis_20131202.CreateStream", `{"StreamName":"orders","ShardCount":1}`)
	m.send(t, motoCall{service: "s3", method: "PUT", path: "/files"})
	m.ask(t, "ssm", "AmazonSSM.PutParameter", `{"Name":"/orders/limit","Value":"42","Type":"String"}`)
}

// call calls a method of the API, which is to answer 200.
func (d *deskOf) call(t *testing.T, method, path, body string) string {
	t.Helper()
	status, text := d.answer(t, method, path, "application/json", body)
	if status != http.StatusOK {
		t.Fatalf("%s %s answered %d: %s, of %v", method, path, status, text, d.last(t).URL)
	}
	return text
}

func (d *deskOf) answer(t *testing.T, method, path, contentType, body string) (int, string) {
	t.Helper()
	out, err := http.NewRequestWithContext(t.Context(), method, d.api+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out.Header.Set("Content-Type", contentType)
	in, err := http.DefaultClient.Do(out)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Body.Close()
	text, err := io.ReadAll(in.Body)
	if err != nil {
		t.Fatal(err)
	}
	return in.StatusCode, string(text)
}

// received takes the oldest message out of a queue, "" when it is empty.
func (m *moto) received(t *testing.T, queue string) string {
	t.Helper()
	at := m.url + "/123456789012/" + queue
	answer := m.ask(t, "sqs", "AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+at+`","MaxNumberOfMessages":1}`)
	messages, _ := answer["Messages"].([]any)
	if len(messages) == 0 {
		return ""
	}
	message, _ := messages[0].(map[string]any)
	body, _ := message["Body"].(string)
	handle, _ := message["ReceiptHandle"].(string)
	m.ask(t, "sqs", "AmazonSQS.DeleteMessage", `{"QueueUrl":"`+at+`","ReceiptHandle":"`+handle+`"}`)
	return body
}

func (d *deskOf) testSQS(t *testing.T) {
	const body = `{"note":"it's \"new\" & +1, größer"}`
	for _, r := range []struct{ name, path, body, want string }{
		{"by path, with a form", "/sqs/path", body, body},
		{"by path, with the JSON protocol", "/sqs/json", body, body},
		{"by action, with a query string", "/sqs/action?text=a%20b%26c%2B", "", "a b&c+"},
	} {
		t.Run(r.name, func(t *testing.T) {
			answer := d.call(t, "POST", r.path, r.body)
			if got := d.received(t, "orders"); got != r.want {
				t.Errorf("the queue has %q, want %q", got, r.want)
			}
			if !strings.HasPrefix(answer, "{") || !strings.Contains(answer, `"MessageId"`) {
				t.Errorf("got %s, want JSON with the id of the message", answer)
			}
		})
	}
}

func (d *deskOf) testSNS(t *testing.T) {
	for _, r := range []struct{ name, path, body, want string }{
		{"by action", "/sns/action?text=h%C3%A4lt%20%26%20mehr", "", "hält & mehr"},
		{"by path, with a form", "/sns/path", `{"text":"a+b & c"}`, "a+b & c"},
	} {
		t.Run(r.name, func(t *testing.T) {
			answer := d.call(t, "POST", r.path, r.body)
			var got struct{ Message, TopicArn string }
			if text := d.received(t, "published"); json.Unmarshal([]byte(text), &got) != nil || got.Message != r.want {
				t.Errorf("the subscriber got %s, want %q", text, r.want)
			}
			var published struct {
				PublishResponse struct{ PublishResult struct{ MessageId string } }
			}
			err := json.Unmarshal([]byte(answer), &published)
			if err != nil || published.PublishResponse.PublishResult.MessageId == "" {
				t.Errorf("got %s, %v, want the id of the message", answer, err)
			}
		})
	}
}

func (d *deskOf) testDynamoDB(t *testing.T) {
	d.call(t, "PUT", "/dynamodb/o-1", `{"note":"größer"}`)
	stored := d.ask(t, "dynamodb", "DynamoDB_20120810.GetItem", `{"TableName":"orders","Key":{"id":{"S":"o-1"}}}`)
	if text, _ := json.Marshal(stored["Item"]); string(text) != `{"id":{"S":"o-1"},"note":{"S":"größer"}}` {
		t.Errorf("the table has %s", text)
	}
	if got := d.call(t, "GET", "/dynamodb/o-1", ""); got != `{"note": "größer"}` {
		t.Errorf("got %s", got)
	}
	status, got := d.answer(t, "DELETE", "/dynamodb/o-1", "application/json", "")
	if status != 400 || !strings.Contains(got, "ResourceNotFoundException") {
		t.Errorf("a table that is not there: got %d %s", status, got)
	}
}

func (d *deskOf) testStates(t *testing.T) {
	const input = `{"name":"run-1","order":"it's \"new\""}`
	d.checkExecution(t, d.call(t, "POST", "/states", input), "run-1", input)
}

// checkExecution looks for the execution that a call started.
func (d *deskOf) checkExecution(t *testing.T, answer, name, input string) (arn string) {
	t.Helper()
	var started struct{ ExecutionArn string }
	if err := json.Unmarshal([]byte(answer), &started); err != nil || !strings.HasSuffix(started.ExecutionArn, ":orders:"+name) {
		t.Fatalf("got %s, %v", answer, err)
	}
	if got := d.execution(t, started.ExecutionArn)["input"]; got != input {
		t.Errorf("the execution has the input %v, want %s", got, input)
	}
	return started.ExecutionArn
}

func (d *deskOf) execution(t *testing.T, arn string) map[string]any {
	t.Helper()
	return d.ask(t, "states", "AWSStepFunctions.DescribeExecution", `{"executionArn":"`+arn+`"}`)
}

func (d *deskOf) testEvents(t *testing.T) {
	answer := d.call(t, "POST", "/events", `{"order":"o-2"}`)
	if !strings.Contains(answer, `"FailedEntryCount":`) || !strings.Contains(answer, `"EventId"`) {
		t.Errorf("got %s", answer)
	}
	var event struct {
		Source     string
		DetailType string `json:"detail-type"`
		Detail     struct{ Order string }
	}
	text := d.received(t, "published")
	if err := json.Unmarshal([]byte(text), &event); err != nil || event.Source != "orders" ||
		event.DetailType != "placed" || event.Detail.Order != "o-2" {
		t.Errorf("the target got %s, %v", text, err)
	}
}

func (d *deskOf) testKinesis(t *testing.T) {
	const body = `{"order":"größer"}`
	d.checkRecord(t, d.call(t, "POST", "/kinesis", body), body)
}

// checkRecord looks for what a call put into the stream.
func (d *deskOf) checkRecord(t *testing.T, answer, body string) {
	t.Helper()
	var put struct{ ShardId, SequenceNumber string }
	if err := json.Unmarshal([]byte(answer), &put); err != nil || put.SequenceNumber == "" {
		t.Fatalf("got %s, %v", answer, err)
	}
	at := d.ask(t, "kinesis", "Kinesis_20131202.GetShardIterator", `{"StreamName":"orders","ShardId":"`+
		put.ShardId+`","ShardIteratorType":"TRIM_HORIZON"}`)
	iterator, _ := json.Marshal(at["ShardIterator"])
	records, _ := json.Marshal(d.ask(t, "kinesis", "Kinesis_20131202.GetRecords",
		`{"ShardIterator":`+string(iterator)+`}`)["Records"])
	if want := base64.StdEncoding.EncodeToString([]byte(body)); !strings.Contains(string(records), `"Data":"`+want+`"`) {
		t.Errorf("the stream has %s, want %s", records, want)
	}
}

func (d *deskOf) testS3(t *testing.T) {
	const bytes = "\x00\x01\xff\xfe\r\n\x80 PNG"
	for _, r := range []struct{ name, key, contentType, body, stored string }{
		{"bytes", "logo.png", "application/octet-stream", bytes, "logo.png"},
		{"a key with slashes", "2026/11/22/order.json", "application/json", `{"a":"größer"}`, "2026/11/22/order.json"},
		{"a key with a blank and more", "a%20b%2Bc%26d.txt", "text/plain", "hello", "a%20b%2Bc%26d.txt"},
		{"an empty object", "empty", "application/octet-stream", "", "empty"},
	} {
		t.Run(r.name, func(t *testing.T) {
			if status, text := d.answer(t, "PUT", "/s3/"+r.key, r.contentType, r.body); status != 200 {
				t.Fatalf("got %d: %s", status, text)
			}
			stored := d.send(t, motoCall{service: "s3", method: "GET", path: "/files/" + r.stored})
			if string(stored) != r.body {
				t.Errorf("the bucket has %q, want %q", stored, r.body)
			}
			out, _ := http.NewRequestWithContext(t.Context(), "GET", d.api+"/s3/"+r.key, nil)
			out.Header.Set("Accept", r.contentType) // bytes that are asked for as text come as base64
			in, err := http.DefaultClient.Do(out)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Body.Close()
			read, err := io.ReadAll(in.Body)
			if err != nil || string(read) != r.body || in.StatusCode != 200 || in.Header.Get("Etag") == "" {
				t.Errorf("got %d %q with %v, %v", in.StatusCode, read, in.Header, err)
			}
		})
	}
	t.Run("a bucket as subdomain", func(t *testing.T) {
		_, _ = d.answer(t, "GET", "/bucket/logo.png", "application/json", "")
		last := d.last(t)
		if !strings.HasPrefix(last.Host, "files.") || last.URL.Path != "/logo.png" {
			t.Errorf("got %s%s", last.Host, last.URL.Path)
		}
	})
	t.Run("an object that is not there", func(t *testing.T) {
		status, text := d.answer(t, "GET", "/s3/gone", "application/json", "")
		if status != 400 || !strings.Contains(text, "NoSuchKey") {
			t.Errorf("got %d: %s", status, text)
		}
	})
}

func (d *deskOf) testSSM(t *testing.T) {
	for _, path := range []string{"/ssm/action", "/ssm/path"} {
		t.Run(path, func(t *testing.T) {
			var got struct {
				Parameter            struct{ Value string } // of the JSON protocol
				GetParameterResponse struct {
					GetParameterResult struct{ Parameter struct{ Value string } }
				}
			}
			text := d.call(t, "GET", path, "")
			err := json.Unmarshal([]byte(text), &got)
			old := got.GetParameterResponse.GetParameterResult.Parameter.Value
			if err != nil || got.Parameter.Value+old != "42" || (old != "") != (path == "/ssm/action") {
				t.Errorf("got %s, %v, want the value of the parameter", text, err)
			}
		})
	}
}

// testSignatures looks at the calls of all tests before it.
func (d *deskOf) testSignatures(t *testing.T) {
	d.checkSignatures(t, "sqs", "sns", "dynamodb", "states", "events", "kinesis", "s3", "ssm")
}

// checkSignatures wants every call signed by the role, and calls of each of the services.
func (d *deskOf) checkSignatures(t *testing.T, services ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	signed := map[string]bool{}
	for _, call := range d.seen {
		authorization := call.Header.Get("Authorization")
		_, scope, _ := strings.Cut(authorization, "Credential=ASIA")
		parts := strings.Split(scope, "/")
		if len(parts) < 5 || parts[2] != "us-east-1" || !strings.HasPrefix(parts[4], "aws4_request,") {
			t.Errorf("%s %s is signed by %q", call.Method, call.URL, authorization)
			continue
		}
		signed[parts[3]] = true
		if !strings.Contains(authorization, "SignedHeaders=") || !strings.Contains(authorization, "x-amz-security-token") ||
			call.Header.Get("X-Amz-Security-Token") == "" {
			t.Errorf("%s %s does not sign the token of the role's session: %q", call.Method, call.URL, authorization)
		}
	}
	for _, service := range services {
		if !signed[service] {
			t.Errorf("no call was signed for %s", service)
		}
	}
}
