package test

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestServiceIntegrationsOfHTTPAPIs has the routes of an HTTP API call services as others wrote them,
// and looks for what they did. AppConfig and StartSyncExecution moto does not have; what they are sent
// says local/gateway/httpapi, byte for byte.
func TestServiceIntegrationsOfHTTPAPIs(t *testing.T) {
	m := startMoto(t)
	m.prepare(t)
	d := m.serve(t, "testdata/http_services.yaml")
	t.Run("SQS", d.testHTTPQueues)
	t.Run("EventBridge", d.testHTTPEvents)
	t.Run("Kinesis", d.testHTTPKinesis)
	t.Run("Step Functions", d.testHTTPStates)
	t.Run("every call is signed by the role", d.testHTTPSignatures)
}

func (d *deskOf) testHTTPQueues(t *testing.T) {
	const body = `{"note":"it's \"new\" & +1, größer"}`
	route := "/sqs?queue=" + url.QueryEscape(d.url+"/123456789012/orders")
	out, err := http.NewRequestWithContext(t.Context(), "POST", d.api+route, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out.Header.Set("X-Trace", "t-1")
	in, err := http.DefaultClient.Do(out)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Body.Close()
	text, err := io.ReadAll(in.Body)
	var sent struct {
		XMLName xml.Name
		ID      string `xml:"SendMessageResult>MessageId"`
	}
	if err != nil || xml.Unmarshal(text, &sent) != nil || sent.XMLName.Local != "SendMessageResponse" || sent.ID == "" {
		t.Fatalf("got %s: %s", in.Status, text)
	}
	var received struct {
		Body  string `xml:"ReceiveMessageResult>Message>Body"`
		Trace string `xml:"ReceiveMessageResult>Message>MessageAttribute>Value>StringValue"`
	}
	answer := d.call(t, "GET", route, "")
	if err := xml.Unmarshal([]byte(answer), &received); err != nil || received.Body != body || received.Trace != "t-1" {
		t.Errorf("got %s, %v", answer, err)
	}
	status, answer := d.answer(t, "GET", "/sqs?queue="+url.QueryEscape(d.url+"/123456789012/gone"), "text/plain", "")
	if status != 400 || !strings.Contains(answer, "NonExistentQueue") {
		t.Errorf("a queue that is not there: got %d %s", status, answer)
	}
}

func (d *deskOf) testHTTPEvents(t *testing.T) {
	answer := d.call(t, "POST", "/events", `{"order":"o-3"}`)
	if !strings.Contains(answer, `"FailedEntryCount":`) || !strings.Contains(answer, `"EventId"`) {
		t.Errorf("got %s", answer)
	}
	var event struct {
		Source    string
		Resources []string
		Detail    struct{ Order string }
	}
	text := d.received(t, "published")
	if err := json.Unmarshal([]byte(text), &event); err != nil || event.Source != "orders" ||
		event.Detail.Order != "o-3" || len(event.Resources) != 2 {
		t.Errorf("the target got %s, %v", text, err)
	}
}

func (d *deskOf) testHTTPKinesis(t *testing.T) {
	const body = `{"order":"größer"}`
	d.checkRecord(t, d.call(t, "POST", "/kinesis", body), body)
}

func (d *deskOf) testHTTPStates(t *testing.T) {
	const input = `{"order":"it's \"new\""}`
	arn := d.checkExecution(t, d.call(t, "POST", "/executions/run-2", input), "run-2", input)
	d.call(t, "DELETE", "/executions?execution="+url.QueryEscape(arn), "")
	if status := d.execution(t, arn)["status"]; status == "RUNNING" {
		t.Errorf("the execution is %v after it was stopped", status)
	}
	status, answer := d.answer(t, "POST", "/executions/run-2", "application/json", `{"other":1}`)
	if status != 400 || !strings.Contains(answer, "ExecutionAlreadyExists") {
		t.Errorf("the same name twice: got %d %s", status, answer)
	}
}

func (d *deskOf) testHTTPSignatures(t *testing.T) {
	d.checkSignatures(t, "sqs", "events", "kinesis", "states")
}
