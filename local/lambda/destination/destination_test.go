package destination_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"portico/local/lambda"
	"portico/local/lambda/destination"
)

const account = ":us-east-1:123456789012:"

// arrived is a request as the services saw it.
type arrived struct {
	Path, Target, Scope string // Scope is what the signature is for
	Body                string
}

type fixed struct{}

func (fixed) Now() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

func (fixed) AfterFunc(time.Duration, func()) func() bool { return func() bool { return false } }

// services answers every call, and keeps it.
func services(t *testing.T, status int, answer string) (*[]arrived, destination.Sender) {
	t.Helper()
	var calls []arrived
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		scope, _, _ = strings.Cut(scope, ",")
		calls = append(calls, arrived{
			Path: r.URL.RequestURI(), Target: r.Header.Get("X-Amz-Target"), Scope: scope,
			Body: string(body),
		})
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &calls, destination.Sender{
		Endpoint: func(string) (string, error) { return server.URL, nil }, Clock: fixed{},
		Credentials: func(f lambda.Function) aws.Credentials {
			return aws.Credentials{AccessKeyID: "AK" + f.Name, SecretAccessKey: "s", SessionToken: "t"}
		},
		Transport: transport,
	}
}

// sameJSON compares documents, whatever the order of their keys.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := errors.Join(json.Unmarshal([]byte(got), &g), json.Unmarshal([]byte(want), &w)); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func delivery(to string) lambda.Delivery {
	return lambda.Delivery{
		Function: lambda.Function{Name: "orders"}, To: to, Body: []byte(`{"version":"1.0"}`),
		Source: "arn:aws:lambda" + account + "function:orders:live", RequestID: "id",
	}
}

func TestAQueueGetsTheRecordAsAMessage(t *testing.T) {
	calls, sender := services(t, 200, `{"QueueUrl":"http://q/1/failed"}`)
	if err := sender.Send(t.Context(), delivery("arn:aws:sqs"+account+"failed")); err != nil {
		t.Fatal(err)
	}
	if len(*calls) != 2 {
		t.Fatalf("%d calls, want 2", len(*calls))
	}
	find, send := (*calls)[0], (*calls)[1]
	if find.Target != "AmazonSQS.GetQueueUrl" || send.Target != "AmazonSQS.SendMessage" ||
		send.Scope != "AKorders/20261122/us-east-1/sqs/aws4_request" {
		t.Errorf("called %+v", *calls)
	}
	sameJSON(t, find.Body, `{"QueueName":"failed","QueueOwnerAWSAccountId":"123456789012"}`)
	sameJSON(t, send.Body,
		`{"QueueUrl":"http://q/1/failed","MessageBody":"{\"version\":\"1.0\"}","MessageAttributes":{}}`)
}

func TestADeadLetterIsTheEventWithItsFailureAsAttributes(t *testing.T) {
	calls, sender := services(t, 200, `{"QueueUrl":"u"}`)
	d := delivery("arn:aws:sqs" + account + "dead")
	d.DeadLetter, d.ErrorCode, d.ErrorReason = true, "200", "no order"
	if err := sender.Send(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
	sameJSON(t, (*calls)[1].Body, `{"QueueUrl":"u","MessageBody":"{\"version\":\"1.0\"}",
		"MessageAttributes":{
			"RequestID":{"DataType":"String","StringValue":"id"},
			"ErrorCode":{"DataType":"Number","StringValue":"200"},
			"ErrorMessage":{"DataType":"String","StringValue":"no order"}}}`)
}

func TestATopicGetsTheRecordAsAMessage(t *testing.T) {
	calls, sender := services(t, 200, "<PublishResponse/>")
	d := delivery("arn:aws:sns" + account + "failed")
	if err := sender.Send(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	got, err := url.ParseQuery((*calls)[0].Body)
	want := url.Values{
		"Action": {"Publish"}, "Version": {"2010-03-31"}, "TopicArn": {d.To},
		"Message": {`{"version":"1.0"}`},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, (-want +got):\n%s", err, diff)
	}
}

func TestABusGetsTheRecordAsTheDetailOfAnEvent(t *testing.T) {
	calls, sender := services(t, 200, `{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}`)
	d := delivery("arn:aws:events" + account + "event-bus/default")
	if err := sender.Send(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if got := (*calls)[0]; got.Target != "AWSEvents.PutEvents" {
		t.Errorf("called %+v", got)
	}
	sameJSON(t, (*calls)[0].Body, `{"Entries":[{"EventBusName":"`+d.To+`","Source":"lambda",
		"DetailType":"Lambda Function Invocation Result - Failure","Detail":"{\"version\":\"1.0\"}",
		"Resources":["`+d.To+`","`+d.Source+`"]}]}`)
}

func TestAFunctionElsewhereIsInvokedWithTheRecord(t *testing.T) {
	calls, sender := services(t, 202, "")
	d := delivery("arn:aws:lambda" + account + "function:told:live")
	if err := sender.Send(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	got := (*calls)[0]
	want := "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Atold/" +
		"invocations?Qualifier=live"
	if got.Path != want || got.Body != `{"version":"1.0"}` {
		t.Errorf("called %+v, want %s", got, want)
	}
}

func TestADeliveryThatFailsSaysWhere(t *testing.T) {
	_, sender := services(t, 403, "no")
	_, refusing := services(t, 200,
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"NotAuthorized","ErrorMessage":"not you"}]}`)
	nowhere := sender
	nowhere.Endpoint = func(service string) (string, error) {
		return "", errors.New("no endpoint for " + service)
	}
	left, cancel := context.WithCancel(t.Context())
	cancel()
	rows := []struct {
		does, to, says string
		sender         destination.Sender
		ctx            context.Context
	}{
		{"a refusal", "arn:aws:sqs" + account + "q", "answered 403", sender, t.Context()},
		{"a refused entry", "arn:aws:events" + account + "event-bus/b", "NotAuthorized: not you", refusing, t.Context()},
		{"no endpoint", "arn:aws:sns" + account + "t", "no endpoint for sns", nowhere, t.Context()},
		{"another service", "arn:aws:s3:::bucket", "no endpoint for s3", nowhere, t.Context()},
		{"no ARN", "queue", "is no ARN", sender, t.Context()},
		{"the end of the service", "arn:aws:sns" + account + "t", "canceled", sender, left},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			err := row.sender.Send(row.ctx, delivery(row.to))
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v, want %q", err, row.says)
			}
		})
	}
}
