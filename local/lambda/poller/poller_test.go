package poller_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"portico/local/lambda"
	"portico/local/lambda/poller"
)

const jobs = "arn:aws:sqs:us-east-1:123456789012:jobs"

// bubble is the time of a synctest bubble.
type bubble struct{}

func (bubble) Now() time.Time { return time.Now().UTC() }

func (bubble) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// fake is an SQS that answers from a list of messages, once each.
type fake struct {
	receives chan []map[string]any // what each ReceiveMessage answers
	deleted  chan string
	broken   chan struct{} // a value makes one request fail
}

func newFake() *fake {
	return &fake{
		receives: make(chan []map[string]any, 10), deleted: make(chan string, 100),
		broken: make(chan struct{}, 10),
	}
}

// Do answers requests of the SDK's client.
func (f *fake) Do(r *http.Request) (*http.Response, error) {
	select {
	case <-f.broken:
		return nil, errors.New("connection refused")
	default:
	}
	var out any = struct{}{}
	switch strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.") {
	case "GetQueueUrl":
		out = map[string]string{"QueueUrl": "http://localhost/123456789012/jobs"}
	case "ReceiveMessage":
		var in sqs.ReceiveMessageInput
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return nil, err
		}
		select {
		case messages := <-f.receives:
			out = map[string]any{"Messages": messages}
		case <-time.After(time.Duration(in.WaitTimeSeconds) * time.Second):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	case "DeleteMessageBatch":
		var in struct {
			Entries []struct{ ReceiptHandle string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return nil, err
		}
		for _, e := range in.Entries {
			f.deleted <- e.ReceiptHandle
		}
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	err := json.NewEncoder(w).Encode(out)
	return w.Result(), err
}

func (f *fake) send(ids ...string) {
	var messages []map[string]any
	for _, id := range ids {
		messages = append(messages, map[string]any{
			"MessageId": id, "ReceiptHandle": "handle of " + id, "Body": "body of " + id,
			"Attributes": map[string]string{"ApproximateReceiveCount": "1"},
		})
	}
	f.receives <- messages
}

// invoked is what a function was given; its answer is what the test says.
type invoked struct {
	event  events.SQSEvent
	answer chan<- lambda.Output
}

// start polls the fake until the test ends.
func start(t *testing.T, f *fake, source lambda.EventSource) <-chan invoked {
	t.Helper()
	calls := make(chan invoked)
	source.FunctionARN, source.SourceARN = "arn:aws:lambda:us-east-1:123456789012:function:work", jobs
	source.Enabled = true
	client := sqs.New(sqs.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://localhost"), HTTPClient: f,
		Credentials:                      credentials.NewStaticCredentialsProvider("AKIA", "secret", ""),
		DisableMessageChecksumValidation: true, Retryer: aws.NopRetryer{},
	})
	p := poller.Start(poller.Options{
		Clock: bubble{}, Queues: client, Log: slog.New(slog.DiscardHandler),
		Invoke: func(ctx context.Context, in lambda.Input) (lambda.Output, error) {
			answer := make(chan lambda.Output, 1)
			call := invoked{answer: answer}
			if err := json.Unmarshal(in.Payload, &call.event); err != nil {
				return lambda.Output{}, err
			}
			select {
			case calls <- call:
			case <-ctx.Done():
				return lambda.Output{}, ctx.Err()
			}
			return <-answer, nil
		},
	}, []lambda.EventSource{source})
	t.Cleanup(p.Close)
	return calls
}

func deletedWithin(f *fake) []string {
	synctest.Wait()
	var handles []string
	for len(f.deleted) > 0 {
		handles = append(handles, <-f.deleted)
	}
	return handles
}

func TestWhatTheFunctionAnswersDecidesWhatIsDeleted(t *testing.T) {
	rows := []struct {
		name   string
		source lambda.EventSource
		answer lambda.Output
		want   string
	}{
		{
			"an answer deletes the whole batch",
			lambda.EventSource{},
			lambda.Output{Payload: []byte(`null`)},
			"handle of a, handle of b",
		},
		{
			"a function error deletes nothing",
			lambda.EventSource{},
			lambda.Output{FunctionError: "Unhandled", Payload: []byte(`{}`)},
			"",
		},
		{
			"a report of no failures deletes the whole batch",
			lambda.EventSource{ReportsFailures: true},
			lambda.Output{Payload: []byte(`{"batchItemFailures":[]}`)},
			"handle of a, handle of b",
		},
		{
			"null is a report of no failures",
			lambda.EventSource{ReportsFailures: true},
			lambda.Output{Payload: []byte(`null`)},
			"handle of a, handle of b",
		},
		{
			"a reported message stays",
			lambda.EventSource{ReportsFailures: true},
			lambda.Output{Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":"a"}]}`)},
			"handle of b",
		},
		{
			"a report is not read unless the mapping asks for it",
			lambda.EventSource{},
			lambda.Output{Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":"a"}]}`)},
			"handle of a, handle of b",
		},
		{
			"a report of a message that is not in the batch fails all of it",
			lambda.EventSource{ReportsFailures: true},
			lambda.Output{Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":"z"}]}`)},
			"",
		},
		{
			"an empty identifier fails the whole batch",
			lambda.EventSource{ReportsFailures: true},
			lambda.Output{Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":""}]}`)},
			"",
		},
		{
			"a report that is no object fails the whole batch",
			lambda.EventSource{ReportsFailures: true},
			lambda.Output{Payload: []byte(`"done"`)},
			"",
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				row.source.BatchSize = 10
				calls := start(t, f, row.source)
				f.send("a", "b")
				call := <-calls
				if n := len(call.event.Records); n != 2 {
					t.Fatalf("the function got %d records, want 2", n)
				}
				r := call.event.Records[0]
				if r.MessageId != "a" || r.Body != "body of a" || r.EventSource != "aws:sqs" ||
					r.EventSourceARN != jobs || r.AWSRegion != "us-east-1" {
					t.Errorf("the function got %+v", r)
				}
				call.answer <- row.answer
				if got := strings.Join(deletedWithin(f), ", "); got != row.want {
					t.Errorf("deleted %q, want %q", got, row.want)
				}
			})
		})
	}
}

func TestABatchingWindowWaitsForMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		calls := start(t, f, lambda.EventSource{BatchSize: 10, Window: 5 * time.Second})
		f.send("a")
		synctest.Wait()
		f.send("b")
		began := time.Now()
		call := <-calls
		if n := len(call.event.Records); n != 2 {
			t.Errorf("the batch has %d records, want both of the window", n)
		}
		if waited := time.Since(began); waited != 5*time.Second {
			t.Errorf("the batch came after %s, want the window's 5s", waited)
		}
		call.answer <- lambda.Output{}
	})
}

func TestABatchSizeOfOneGivesMessagesSingly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		calls := start(t, f, lambda.EventSource{BatchSize: 1, MaxConcurrency: 2})
		for _, id := range []string{"a", "b", "c"} {
			f.send(id)
		}
		first, second := <-calls, <-calls
		synctest.Wait()
		select {
		case <-calls:
			t.Error("three batches are worked on, want at most the mapping's 2")
		default:
		}
		first.answer <- lambda.Output{}
		third := <-calls
		second.answer <- lambda.Output{}
		third.answer <- lambda.Output{}
		if got := len(deletedWithin(f)); got != 3 {
			t.Errorf("deleted %d messages, want 3", got)
		}
	})
}

func TestAQueueThatCannotBeReachedIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.broken <- struct{}{}
		f.broken <- struct{}{}
		f.send("a")
		calls := start(t, f, lambda.EventSource{BatchSize: 10})
		call := <-calls
		call.answer <- lambda.Output{}
		if got := deletedWithin(f); len(got) != 1 {
			t.Errorf("deleted %v, want the one message", got)
		}
	})
}

func TestMessagesThatNoFilterAdmitsAreDeletedUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		calls := start(t, f, lambda.EventSource{BatchSize: 10, Filters: []string{
			`{"body":["body of b"]}`, `{"body":[{"suffix":" d"}]}`,
		}})
		f.send("a", "b", "c", "d")
		call := <-calls
		if got := strings.Join(deletedWithin(f), ", "); got != "handle of a, handle of c" {
			t.Errorf("deleted %q before the function answers", got)
		}
		if r := call.event.Records; len(r) != 2 || r[0].MessageId != "b" || r[1].MessageId != "d" {
			t.Errorf("the function got %+v, want b and d", r)
		}
		call.answer <- lambda.Output{}
		f.send("e")
		rest := deletedWithin(f)
		slices.Sort(rest)
		if got := strings.Join(rest, ", "); got != "handle of b, handle of d, handle of e" {
			t.Errorf("deleted %q, and the function is not to be invoked for e", got)
		}
	})
}

var _ sqs.HTTPClient = (*fake)(nil)
