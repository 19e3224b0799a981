package poller

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"portico/local/lambda"
)

// record is a message as functions get it.
//
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
type record struct {
	MessageID              string               `json:"messageId"`
	ReceiptHandle          string               `json:"receiptHandle"`
	Body                   string               `json:"body"`
	Attributes             map[string]string    `json:"attributes"`
	MessageAttributes      map[string]attribute `json:"messageAttributes"`
	MD5OfMessageAttributes string               `json:"md5OfMessageAttributes,omitempty"`
	MD5OfBody              string               `json:"md5OfBody"`
	EventSource            string               `json:"eventSource"`
	EventSourceARN         string               `json:"eventSourceARN"`
	AWSRegion              string               `json:"awsRegion"`
}

type attribute struct {
	StringValue      *string  `json:"stringValue,omitempty"`
	BinaryValue      []byte   `json:"binaryValue,omitempty"`
	StringListValues []string `json:"stringListValues"`
	BinaryListValues []string `json:"binaryListValues"`
	DataType         string   `json:"dataType"`
}

// eventOf writes the event of a batch.
func eventOf(source lambda.EventSource, batch []types.Message) []byte {
	event := struct{ Records []record }{}
	region := strings.SplitN(source.SourceARN, ":", 5)[3]
	for _, m := range batch {
		r := record{
			MessageID: aws.ToString(m.MessageId), ReceiptHandle: aws.ToString(m.ReceiptHandle),
			Body: aws.ToString(m.Body), MD5OfBody: aws.ToString(m.MD5OfBody),
			MD5OfMessageAttributes: aws.ToString(m.MD5OfMessageAttributes),
			Attributes:             m.Attributes, MessageAttributes: map[string]attribute{},
			EventSource: "aws:sqs", EventSourceARN: source.SourceARN, AWSRegion: region,
		}
		for name, a := range m.MessageAttributes {
			r.MessageAttributes[name] = attribute{
				StringValue: a.StringValue, BinaryValue: a.BinaryValue,
				StringListValues: []string{}, BinaryListValues: []string{},
				DataType: aws.ToString(a.DataType),
			}
		}
		event.Records = append(event.Records, r)
	}
	payload, err := json.Marshal(event)
	if err != nil {
		panic("poller: an event of texts did not marshal: " + err.Error())
	}
	return payload
}

// traceOf is the trace of a batch: that of its first message.
func traceOf(batch []types.Message) *string {
	trace, ok := batch[0].Attributes["AWSTraceHeader"]
	if !ok {
		return nil
	}
	return &trace
}

// workedOff are the messages of a batch to be deleted: all, but for those the function reports with
// ReportBatchItemFailures. A report that names a message which is not in the batch, or no report at
// all where one must be JSON, fails the whole batch, as on AWS.
func workedOff(
	source lambda.EventSource, batch []types.Message, answer []byte,
) ([]types.Message, error) {
	if !source.ReportsFailures {
		return batch, nil
	}
	var report *struct {
		Failures []struct {
			ID *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &report); err != nil {
		return nil, fmt.Errorf("the function's report is no JSON object with batchItemFailures: %w", err)
	}
	if report == nil {
		return batch, nil
	}
	failed := map[string]bool{}
	for _, f := range report.Failures {
		if f.ID == nil || *f.ID == "" {
			return nil, fmt.Errorf("the function's report has an empty itemIdentifier")
		}
		if !slices.ContainsFunc(batch, func(m types.Message) bool {
			return aws.ToString(m.MessageId) == *f.ID
		}) {
			return nil, fmt.Errorf("the function reports %q, which is not in the batch", *f.ID)
		}
		failed[*f.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(batch), func(m types.Message) bool {
		return failed[aws.ToString(m.MessageId)]
	}), nil
}
