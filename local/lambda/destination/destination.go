// Package destination sends the outcomes of asynchronous calls to queues, topics, event buses and
// functions elsewhere, as Lambda does.
//
// It stands behind the way of a call: package lambda has the outcome, this package speaks the APIs
// of the services with the keys of the function's role. It tries once, and it does not know where a
// service is: endpoints are given.
//
// Unlike AWS: an outcome that cannot be delivered is reported, and not tried again; the role's
// permissions are not evaluated.
package destination

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"portico/local/lambda"
	"portico/local/lambda/remote"
)

// patience is how long a service may take to answer.
const patience = 10 * time.Second

// Sender delivers outcomes.
type Sender struct {
	Endpoint    func(service string) (string, error) // sqs, sns, events or lambda
	Credentials func(lambda.Function) aws.Credentials
	Clock       lambda.Clock
	Transport   http.RoundTripper // http.DefaultTransport when nil
}

// Send delivers one outcome.
func (s Sender) Send(ctx context.Context, d lambda.Delivery) error {
	parts := strings.SplitN(d.To, ":", 6)
	if len(parts) < 6 {
		return fmt.Errorf("%q is no ARN", d.To)
	}
	endpoint, err := s.Endpoint(parts[2])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := call{sender: s, endpoint: endpoint, service: parts[2], region: parts[3], of: d}
	switch parts[2] {
	case "sqs":
		return c.sendMessage(ctx, parts[5], parts[4])
	case "sns":
		return c.publish(ctx)
	case "events":
		return c.putEvents(ctx)
	case "lambda":
		client := remote.Client{
			Endpoint: endpoint, Region: parts[3], Credentials: s.Credentials(d.Function),
			Clock: s.Clock, Transport: s.Transport,
		}
		_, err := client.Invoke(ctx, lambda.Input{FunctionARN: d.To, Payload: d.Body, Async: true})
		return err
	}
	return fmt.Errorf("%s: nothing is delivered to the service %s", d.To, parts[2])
}

// call is one delivery under way.
type call struct {
	sender                    Sender
	endpoint, service, region string
	of                        lambda.Delivery
}

// attribute is a message attribute.
type attribute struct{ name, kind, value string }

// attributes are those of a dead letter; records of invocations have none.
func (c *call) attributes() []attribute {
	if !c.of.DeadLetter {
		return nil
	}
	return []attribute{
		{"RequestID", "String", c.of.RequestID},
		{"ErrorCode", "Number", c.of.ErrorCode},
		{"ErrorMessage", "String", c.of.ErrorReason},
	}
}

func (c *call) sendMessage(ctx context.Context, queue, account string) error {
	var found struct{ QueueURL string }
	err := c.sendJSON(ctx, "AmazonSQS.GetQueueUrl", map[string]any{
		"QueueName": queue, "QueueOwnerAWSAccountId": account,
	}, &found)
	if err != nil {
		return err
	}
	type value struct{ DataType, StringValue string }
	attributes := map[string]value{}
	for _, a := range c.attributes() {
		if a.value != "" { // SQS takes no empty ones
			attributes[a.name] = value{DataType: a.kind, StringValue: a.value}
		}
	}
	return c.sendJSON(ctx, "AmazonSQS.SendMessage", map[string]any{
		"QueueUrl": found.QueueURL, "MessageBody": string(c.of.Body), "MessageAttributes": attributes,
	}, nil)
}

// publish speaks the Query protocol, as SNS does.
func (c *call) publish(ctx context.Context) error {
	form := url.Values{
		"Action": {"Publish"}, "Version": {"2010-03-31"}, "TopicArn": {c.of.To},
		"Message": {string(c.of.Body)},
	}
	for i, a := range c.attributes() {
		entry := fmt.Sprintf("MessageAttributes.entry.%d.", i+1)
		form.Set(entry+"Name", a.name)
		form.Set(entry+"Value.DataType", a.kind)
		form.Set(entry+"Value.StringValue", a.value)
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	_, err := c.send(ctx, header, []byte(form.Encode()))
	return err
}

func (c *call) putEvents(ctx context.Context) error {
	kind := "Lambda Function Invocation Result - Failure"
	if c.of.Succeeded {
		kind = "Lambda Function Invocation Result - Success"
	}
	var answer struct {
		FailedEntryCount int
		Entries          []struct{ ErrorCode, ErrorMessage string }
	}
	err := c.sendJSON(ctx, "AWSEvents.PutEvents", map[string]any{"Entries": []any{map[string]any{
		"EventBusName": c.of.To, "Source": "lambda", "DetailType": kind,
		"Detail": string(c.of.Body), "Resources": []string{c.of.To, c.of.Source},
	}}}, &answer)
	if err != nil {
		return err
	}
	if answer.FailedEntryCount > 0 && len(answer.Entries) > 0 {
		return fmt.Errorf("%s: %s: %s", c.of.To, answer.Entries[0].ErrorCode,
			answer.Entries[0].ErrorMessage)
	}
	return nil
}

// sendJSON calls an action of a service with a JSON protocol.
func (c *call) sendJSON(ctx context.Context, action string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	version := "1.1"
	if c.service == "sqs" {
		version = "1.0"
	}
	answer, err := c.send(ctx, http.Header{
		"Content-Type": {"application/x-amz-json-" + version}, "X-Amz-Target": {action},
	}, body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s answered %s with what is no JSON: %.80q", c.endpoint, action, answer)
	}
	return nil
}

// send signs and posts; an answer other than success is an error.
func (c *call) send(ctx context.Context, header http.Header, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost,
		strings.TrimSuffix(c.endpoint, "/")+"/", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("the endpoint of %s: %w", c.service, err)
	}
	request.Header = header
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(ctx, c.sender.Credentials(c.of.Function), request,
		hex.EncodeToString(sum[:]), c.service, c.region, c.sender.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("signing the delivery to %s: %w", c.of.To, err)
	}
	transport := c.sender.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return nil, fmt.Errorf("delivering to %s: %w", c.of.To, err)
	}
	defer answer.Body.Close()
	const most = 1 << 20
	text, err := io.ReadAll(io.LimitReader(answer.Body, most))
	if err != nil {
		return nil, fmt.Errorf("delivering to %s: %w", c.of.To, err)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return nil, fmt.Errorf("delivering to %s: %s answered %s: %.200q", c.of.To,
			request.URL.Host, answer.Status, text)
	}
	return text, nil
}
