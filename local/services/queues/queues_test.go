package queues_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"portico/local/services/queues"
)

// bubble is the time of a synctest bubble.
type bubble struct{}

func (bubble) Now() time.Time { return time.Now().UTC() }

func (bubble) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

const (
	jobs   = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"
	failed = "https://sqs.us-east-1.amazonaws.com/123456789012/failed"
	ledger = "https://sqs.us-east-1.amazonaws.com/123456789012/ledger.fifo"
)

func queue(name string) queues.Queue {
	return queues.Queue{
		Name: name, URL: "https://sqs.us-east-1.amazonaws.com/123456789012/" + name,
		ARN:  "arn:aws:sqs:us-east-1:123456789012:" + name,
		FIFO: strings.HasSuffix(name, ".fifo"), Visibility: 30 * time.Second,
		Retention: 96 * time.Hour, MaxBytes: 256 << 10,
	}
}

// direct serves requests of a client in the caller's goroutine, so that a bubble's time can pass.
type direct struct{ handler http.Handler }

func (d direct) Do(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.URL.RawPath = "" // as the wire has it
	d.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func client(s *queues.Service) *sqs.Client {
	return sqs.New(sqs.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://localhost:3000/_portico/sqs"),
		Credentials: credentials.NewStaticCredentialsProvider("AKIA", "secret", ""),
		HTTPClient:  direct{http.StripPrefix("/_portico/sqs", s)},
		Retryer:     aws.NopRetryer{},
	})
}

// run gives a test the service and a client of the SDK, in a bubble.
func run(t *testing.T, test func(t *testing.T, c *sqs.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		work := queue("jobs")
		work.DeadLetterARN, work.MaxReceives = "arn:aws:sqs:us-east-1:123456789012:failed", 2
		s := queues.New(bubble{}, []queues.Queue{work, queue("failed"), queue("ledger.fifo")})
		test(t, client(s))
	})
}

func send(t *testing.T, c *sqs.Client, in sqs.SendMessageInput) *sqs.SendMessageOutput {
	t.Helper()
	out, err := c.SendMessage(t.Context(), &in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func receive(t *testing.T, c *sqs.Client, in sqs.ReceiveMessageInput) []types.Message {
	t.Helper()
	out, err := c.ReceiveMessage(t.Context(), &in)
	if err != nil {
		t.Fatal(err)
	}
	return out.Messages
}

func bodies(messages []types.Message) []string {
	var all []string
	for _, m := range messages {
		all = append(all, *m.Body)
	}
	return all
}

func want(t *testing.T, got []types.Message, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, bodies(got)); diff != "" {
		t.Fatalf("received other messages (-want +got):\n%s", diff)
	}
}

func TestAMessageIsHiddenWhileItIsWorkedOnAndComesAgain(t *testing.T) {
	run(t, func(t *testing.T, c *sqs.Client) {
		send(t, c, sqs.SendMessageInput{QueueUrl: aws.String(jobs), MessageBody: aws.String("a")})
		in := sqs.ReceiveMessageInput{
			QueueUrl:                    aws.String(jobs),
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
		}
		first := receive(t, c, in)
		want(t, first, "a")
		want(t, receive(t, c, in))
		time.Sleep(30 * time.Second)
		again := receive(t, c, in)
		want(t, again, "a")
		if n := again[0].Attributes["ApproximateReceiveCount"]; n != "2" {
			t.Errorf("ApproximateReceiveCount is %s, want 2", n)
		}
		if *first[0].ReceiptHandle == *again[0].ReceiptHandle {
			t.Error("two receives gave one receipt handle")
		}
		_, err := c.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{
			QueueUrl: aws.String(jobs), ReceiptHandle: again[0].ReceiptHandle,
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		want(t, receive(t, c, in))
	})
}

func TestAMessageThatFailsTooOftenGoesToTheDeadLetterQueue(t *testing.T) {
	run(t, func(t *testing.T, c *sqs.Client) {
		send(t, c, sqs.SendMessageInput{QueueUrl: aws.String(jobs), MessageBody: aws.String("bad")})
		in := sqs.ReceiveMessageInput{QueueUrl: aws.String(jobs)}
		for range 2 {
			want(t, receive(t, c, in), "bad")
			time.Sleep(30 * time.Second)
		}
		want(t, receive(t, c, in))
		want(t, receive(t, c, sqs.ReceiveMessageInput{QueueUrl: aws.String(failed)}), "bad")
	})
}

func TestAReceiverWaitsForAMessage(t *testing.T) {
	run(t, func(t *testing.T, c *sqs.Client) {
		began := time.Now()
		in := sqs.ReceiveMessageInput{QueueUrl: aws.String(jobs), WaitTimeSeconds: 20}
		want(t, receive(t, c, in))
		if waited := time.Since(began); waited != 20*time.Second {
			t.Errorf("an empty queue was waited on for %s, want 20s", waited)
		}
		time.AfterFunc(5*time.Second, func() {
			_, _ = c.SendMessage(context.Background(), &sqs.SendMessageInput{
				QueueUrl: aws.String(jobs), MessageBody: aws.String("late"), DelaySeconds: 2,
			})
		})
		began = time.Now()
		want(t, receive(t, c, in), "late")
		if waited := time.Since(began); waited != 7*time.Second {
			t.Errorf("the message came after %s, want 5s until it was sent and 2s of delay", waited)
		}
	})
}

func TestAFIFOQueueKeepsGroupsInOrderAndDropsDuplicates(t *testing.T) {
	run(t, func(t *testing.T, c *sqs.Client) {
		for _, m := range []struct{ body, group, dedup string }{
			{"a1", "a", "1"}, {"a1 again", "a", "1"}, {"a2", "a", "2"}, {"b1", "b", "3"},
		} {
			send(t, c, sqs.SendMessageInput{
				QueueUrl: aws.String(ledger), MessageBody: aws.String(m.body),
				MessageGroupId: aws.String(m.group), MessageDeduplicationId: aws.String(m.dedup),
			})
		}
		in := sqs.ReceiveMessageInput{QueueUrl: aws.String(ledger), MaxNumberOfMessages: 1}
		first := receive(t, c, in)
		want(t, first, "a1")
		want(t, receive(t, c, in), "b1") // a2 waits for a1
		want(t, receive(t, c, in))
		_, err := c.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{
			QueueUrl: aws.String(ledger), ReceiptHandle: first[0].ReceiptHandle,
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, receive(t, c, in), "a2")
	})
}

func TestAttributesTravelWithTheirDigest(t *testing.T) {
	run(t, func(t *testing.T, c *sqs.Client) { // the client verifies both digests
		sent := send(t, c, sqs.SendMessageInput{
			QueueUrl: aws.String(jobs), MessageBody: aws.String("body"),
			MessageAttributes: map[string]types.MessageAttributeValue{
				"source.kind": {DataType: aws.String("String"), StringValue: aws.String("shop")},
				"raw":         {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 255}},
			},
		})
		if *sent.MD5OfMessageBody != "841a2d689ad86bd1611447453c22c6fc" {
			t.Errorf("the digest of the body is %s", *sent.MD5OfMessageBody)
		}
		got := receive(t, c, sqs.ReceiveMessageInput{
			QueueUrl: aws.String(jobs), MessageAttributeNames: []string{"source.*"},
		})
		if len(got) != 1 || len(got[0].MessageAttributes) != 1 ||
			*got[0].MessageAttributes["source.kind"].StringValue != "shop" {
			t.Errorf("received %+v, want the attribute source.kind alone", got)
		}
	})
}

func TestABatchFailsEntryByEntry(t *testing.T) {
	run(t, func(t *testing.T, c *sqs.Client) {
		out, err := c.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{
			QueueUrl: aws.String(jobs),
			Entries: []types.SendMessageBatchRequestEntry{
				{Id: aws.String("good"), MessageBody: aws.String("a")},
				{Id: aws.String("late"), MessageBody: aws.String("b"), DelaySeconds: 901},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Successful) != 1 || len(out.Failed) != 1 || *out.Failed[0].Id != "late" {
			t.Errorf("answered %+v, want one taken and one refused", out)
		}
	})
}

func TestSQSRefusesInItsWords(t *testing.T) {
	run(t, func(t *testing.T, c *sqs.Client) {
		var missing *types.QueueDoesNotExist
		_, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String("https://sqs.us-east-1.amazonaws.com/123456789012/nobody"),
		})
		if !errors.As(err, &missing) {
			t.Errorf("an unknown queue is answered with %v, want QueueDoesNotExist", err)
		}
		_, err = c.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: aws.String(jobs), MessageBody: aws.String(strings.Repeat("a", 256<<10+1)),
		})
		if err == nil || !strings.Contains(err.Error(), "Message must be shorter than 262144 bytes") {
			t.Errorf("a message over the limit is answered with %v", err)
		}
		_, err = c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("new")})
		if err == nil || !strings.Contains(err.Error(), `"CreateQueue" is not served`) {
			t.Errorf("an operation that is not served is answered with %v", err)
		}
	})
}

func TestTheQueryProtocolAnswersXML(t *testing.T) {
	s := queues.New(bubble{}, []queues.Queue{queue("jobs")})
	ask := func(form url.Values) string {
		t.Helper()
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/123456789012/jobs", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.ServeHTTP(w, r)
		text, err := io.ReadAll(w.Result().Body)
		if err != nil || w.Code != http.StatusOK {
			t.Fatalf("answered %d %s %v", w.Code, text, err)
		}
		return string(text)
	}
	sent := ask(url.Values{
		"Action": {"SendMessage"}, "MessageBody": {"hello"},
		"MessageAttribute.1.Name":              {"kind"},
		"MessageAttribute.1.Value.DataType":    {"String"},
		"MessageAttribute.1.Value.StringValue": {"greeting"},
	})
	if !strings.Contains(sent, "<MD5OfMessageBody>5d41402abc4b2a76b9719d911017c592</MD5OfMessageBody>") {
		t.Errorf("SendMessage answered %s", sent)
	}
	text := ask(url.Values{
		"Action": {"ReceiveMessage"}, "MessageAttributeName.1": {"All"}, "AttributeName.1": {"All"},
	})
	var got struct {
		XMLName xml.Name `xml:"ReceiveMessageResponse"`
		Message struct {
			Body             string
			MessageAttribute struct {
				Name  string
				Value struct{ StringValue string }
			}
		} `xml:"ReceiveMessageResult>Message"`
	}
	if err := xml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if got.Message.Body != "hello" || got.Message.MessageAttribute.Name != "kind" ||
		got.Message.MessageAttribute.Value.StringValue != "greeting" {
		t.Errorf("ReceiveMessage answered %s", text)
	}
}

func FuzzServe(f *testing.F) {
	f.Add("AmazonSQS.SendMessage", `{"QueueUrl":"/1/jobs","MessageBody":"a"}`)
	f.Add("AmazonSQS.SendMessageBatch", `{"QueueUrl":"/1/jobs","Entries":[{"Id":"a"}]}`)
	f.Add("", "Action=SendMessage&MessageAttribute.1.Name=a&MessageBody=b")
	f.Add("", "Action=DeleteMessageBatch&DeleteMessageBatchRequestEntry.1.Id=a")
	f.Fuzz(func(t *testing.T, target, body string) {
		s := queues.New(bubble{}, []queues.Queue{queue("jobs"), queue("ledger.fifo")})
		r := httptest.NewRequest(http.MethodPost, "/123456789012/jobs", strings.NewReader(body))
		r.Header.Set("X-Amz-Target", target)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // nobody waits for messages
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.WithContext(ctx))
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%s %q answered %d %s", target, body, w.Code, w.Body)
		}
	})
}
