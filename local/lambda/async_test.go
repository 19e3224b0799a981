package lambda

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

const (
	queueARN = "arn:aws:sqs:us-east-1:123456789012:failed"
	topicARN = "arn:aws:sns:us-east-1:123456789012:done"
)

// asynchronous opens a service with one asynchronous configuration of alias live.
func asynchronous(t *testing.T, clock Clock, c AsyncConfiguration, change func(*Function)) (
	*Service, <-chan Delivery,
) {
	t.Helper()
	delivered := make(chan Delivery, 10)
	configuration := handlerFunction(t, change)
	c.FunctionARN = account + "orders:live"
	configuration.AsyncConfigurations = []AsyncConfiguration{c}
	return open(t, Options{Clock: clock, Deliver: func(_ context.Context, d Delivery) error {
		delivered <- d
		return nil
	}}, configuration), delivered
}

func send(t *testing.T, s *Service, event string) string {
	t.Helper()
	out, err := s.Invoke(t.Context(), Input{
		FunctionARN: account + "orders:live", Async: true, Payload: []byte(event),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.RequestID
}

func TestOutcomesGoToTheirDestination(t *testing.T) {
	both := AsyncConfiguration{Retries: new(0), OnSuccess: topicARN, OnFailure: queueARN}
	// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
	const head = `{"version":"1.0","timestamp":"2026-11-22T10:00:00.000Z","requestContext":{` +
		`"requestId":"ID","functionArn":"arn:aws:lambda:us-east-1:123456789012:function:orders:live",` +
		`"condition":"`
	rows := []struct {
		does, event string
		c           AsyncConfiguration
		change      func(*Function)
		to, want    string
		code        string
	}{
		{
			does: "a success", event: `{"n":1}`, c: both, to: topicARN,
			want: head + `Success","approximateInvokeCount":1},"requestPayload":{"n":1},` +
				`"responseContext":{"statusCode":200,"executedVersion":"1"},"responsePayload":{"n":1}}`,
		},
		{
			does: "a failure without retries", event: `{"do":"error","text":"no <order>"}`, c: both,
			to: queueARN,
			want: head + `RetriesExhausted","approximateInvokeCount":1},` +
				`"requestPayload":{"do":"error","text":"no <order>"},"responseContext":{` +
				`"statusCode":200,"executedVersion":"1","functionError":"Unhandled"},` +
				`"responsePayload":{"errorMessage":"no \u003corder\u003e","errorType":"errorString"}}`,
		},
		{
			does: "a function that must not run", event: `{}`, c: both,
			change: func(f *Function) { f.ReservedConcurrency = new(0) }, to: queueARN,
			want: head + `ZeroReservedConcurrency","approximateInvokeCount":0},"requestPayload":{}}`,
		},
		{
			does: "a dead letter is the event", event: `{"do":"error","text":"no"}`,
			c: AsyncConfiguration{Retries: new(0)}, to: queueARN,
			change: func(f *Function) { f.DeadLetterARN = queueARN },
			want:   `{"do":"error","text":"no"}`, code: "200 no",
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			s, delivered := asynchronous(t, newManual(), row.c, row.change)
			id := send(t, s, row.event)
			got := <-delivered
			if got.To != row.to || got.RequestID != id || got.Function.Name != "orders" ||
				got.Source != account+"orders:live" || got.Succeeded != (row.to == topicARN) {
				t.Errorf("delivered %+v", got)
			}
			if body := strings.ReplaceAll(string(got.Body), id, "ID"); body != row.want {
				t.Errorf("got  %s\nwant %s", body, row.want)
			}
			if row.code != "" && (!got.DeadLetter || got.ErrorCode+" "+got.ErrorReason != row.code) {
				t.Errorf("attributes %s %s, want %s", got.ErrorCode, got.ErrorReason, row.code)
			}
		})
	}
}

func TestAnEventIsTriedAsOftenAndAsLongAsConfigured(t *testing.T) {
	rows := []struct {
		does  string
		c     AsyncConfiguration
		bells []time.Duration
		want  string
	}{
		{
			"one retry",
			AsyncConfiguration{Retries: new(1), OnFailure: queueARN},
			[]time.Duration{time.Minute},
			`"condition":"RetriesExhausted","approximateInvokeCount":2}`,
		},
		{
			"no older than it may get",
			AsyncConfiguration{MaxAge: 90 * time.Second, OnFailure: queueARN},
			[]time.Duration{time.Minute}, // the next would be three minutes after it came
			`"condition":"EventAgeExceeded","approximateInvokeCount":2}`,
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			clock := newManual()
			s, delivered := asynchronous(t, clock, row.c, nil)
			send(t, s, `{"do":"error","text":"no"}`)
			for _, bell := range row.bells {
				clock.awaitBell(bell)
				clock.advance(bell)
			}
			if got := <-delivered; !strings.Contains(string(got.Body), row.want) {
				t.Errorf("got %s, want %s", got.Body, row.want)
			}
		})
	}
}

func TestAFunctionServedHereIsTold(t *testing.T) {
	lines := newRecord()
	c := handlerFunction(t, nil)
	told := handlerFunction(t, func(f *Function) { f.Name, f.ARN = "told", account+"told" })
	c.Functions = append(c.Functions, told.Functions...)
	c.AsyncConfigurations = []AsyncConfiguration{{
		FunctionARN: account + "orders:live", OnSuccess: account + "told",
	}}
	s := open(t, Options{Log: func(l Line) {
		if l.Function == "told" {
			lines.add(l)
		}
	}}, c)
	send(t, s, `{"n":1}`)
	lines.await(t, "REPORT RequestId", 1)
}

func TestCloseEndsADelivery(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan error, 1)
	c := handlerFunction(t, func(f *Function) { f.DeadLetterARN = queueARN })
	c.AsyncConfigurations = []AsyncConfiguration{{FunctionARN: "orders", Retries: new(0)}}
	s := New(Options{StateDir: stateDir, Deliver: func(ctx context.Context, _ Delivery) error {
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
		return errors.New("the service is slow")
	}})
	if err := s.Deploy(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Invoke(t.Context(), Input{
		FunctionARN: "orders", Async: true, Payload: []byte(`{"do":"error"}`),
	}); err != nil {
		t.Fatal(err)
	}
	<-begun
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the delivery ended by %v, want by Close", err)
	}
}
