package test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/runner"
)

// queue is the little of an SQS elsewhere that takes webhooks: "Actions, SendMessage" of its API
// reference, with the answer in JSON, which API Gateway asks for. Nothing is ever received from it.
type queue struct {
	*httptest.Server
	messages chan message
}

// message is what the queue was sent.
type message struct {
	queue, action, body, contentType string
	signed                           bool
}

func startQueue(t *testing.T) *queue {
	t.Helper()
	q := &queue{messages: make(chan message, 10)}
	q.Server = httptest.NewServer(q)
	t.Cleanup(q.Close)
	return q
}

// ServeHTTP takes a message.
func (q *queue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Amz-Target") != "" { // the event source mapping
		http.Error(w, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}`, http.StatusBadRequest)
		return
	}
	text, err := io.ReadAll(r.Body)
	form, parseErr := url.ParseQuery(string(text))
	if err != nil || parseErr != nil {
		http.Error(w, "bad form", http.StatusBadRequest)
		return
	}
	q.messages <- message{
		queue: path.Base(r.URL.Path), action: form.Get("Action"), body: form.Get("MessageBody"),
		contentType: r.Header.Get("Content-Type"),
		signed: strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") &&
			strings.Contains(r.Header.Get("Authorization"), "/us-east-1/sqs/aws4_request"),
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprint(w, `{"SendMessageResponse":{"ResponseMetadata":{"RequestId":"r-1"},`+
		`"SendMessageResult":{"MD5OfMessageBody":"m","MessageId":"id-1"}}}`)
}

// webhook is a webhook that the model allows.
const webhook = `{"id":"w-1","type":"order.status","customer":"c-1","note":"it's \"new\" & +1"}`

func (r *reference) sendWebhook(t *testing.T, body string) answer {
	t.Helper()
	return r.call(t, request{
		method: "POST", url: r.partner.URL + "/v1/webhooks/o'neill", body: body,
		header: []string{
			"Authorization", r.customer(t, "c-partner"), "X-API-Key", r.key,
			"Content-Type", "application/json",
		},
	})
}

// testWebhook follows a webhook through the queue and its function to a subscriber.
func testWebhook(t *testing.T, r *reference) {
	mine := r.customer(t, "c-partner")
	placed := r.place(t, mine)
	client := r.connect(t, mine)
	client.exchange(`{"action":"subscribe","orderId":"`+placed.ID+`"}`,
		`{"type":"subscribed","orderId":"`+placed.ID+`"}`)
	got := r.sendWebhook(t, `{"id":"w-1","type":"order.status","customer":"c-partner","orderId":"`+
		placed.ID+`","status":"paid"}`)
	if got.status != http.StatusAccepted || !strings.HasPrefix(got.body, `{"messageId":"`) {
		t.Fatalf("the webhook was answered %d %s", got.status, got.body)
	}
	if push := client.hear(); !strings.Contains(push, `"status":"paid"`) {
		t.Errorf("the subscriber heard %s, want the order paid", push)
	}
}

// TestWebhookToAQueueElsewhere follows a webhook through the mapping template to another SQS.
func TestWebhookToAQueueElsewhere(t *testing.T) {
	queue := startQueue(t)
	r := startReference(t, runner.Options{
		App: assemblyOfDev(t), Environ: []string{"AWS_ENDPOINT_URL_SQS=" + queue.URL},
	})
	got := r.sendWebhook(t, webhook)
	got.check(t, want{status: http.StatusAccepted, body: `{"messageId":"id-1"}`})
	if got.status != http.StatusAccepted {
		return
	}
	m := <-queue.messages
	var sent struct {
		Source, RequestID string
		ReceivedAt        int64
		Webhook           map[string]string
	}
	answer{body: m.body}.decode(t, &sent)
	expected := map[string]string{
		"id": "w-1", "type": "order.status", "customer": "c-1", "note": `it's "new" & +1`,
	}
	if diff := cmp.Diff(expected, sent.Webhook); diff != "" {
		t.Errorf("webhook in the message (-want +got):\n%s", diff)
	}
	if sent.Source != "o'neill" || sent.ReceivedAt == 0 ||
		sent.RequestID != got.header.Get("X-Amzn-Requestid") {
		t.Errorf("the message names source %q, request %q, time %d", sent.Source, sent.RequestID,
			sent.ReceivedAt)
	}
	if m.action != "SendMessage" || !strings.Contains(m.queue, "Webhooks") || !m.signed ||
		m.contentType != "application/x-www-form-urlencoded" {
		t.Errorf("the queue was asked %+v, want a signed form SendMessage to Webhooks", m)
	}
}

// TestWebhookWithoutQueue wants that a service without an address is answered 500, and that the
// marks name the setting that is missing.
func TestWebhookWithoutQueue(t *testing.T) {
	r := startReference(t, runner.Options{App: assemblyOfDev(t), NoCompanions: true})
	got := r.sendWebhook(t, webhook)
	got.check(t, want{status: 500, body: `{"message": "Internal server error"}`})
	record, err := runner.Explain(t.Context(), runner.Options{}, r.URL(),
		got.header.Get("X-Amzn-Requestid"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(record.Reason(), "AWS_ENDPOINT_URL_SQS") {
		t.Errorf("the reason is %q, want one that names AWS_ENDPOINT_URL_SQS", record.Reason())
	}
}
