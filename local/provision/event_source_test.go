package provision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico/local/cloudformation"
	"portico/local/lambda"
)

const mappingTemplate = `
Resources:
  Work:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: work
      Runtime: provided.al2023
      Handler: bootstrap
      Role: arn:aws:iam::123456789012:role/work
      Timeout: 40
      Code: {S3Bucket: code, S3Key: work.zip}
    Metadata: {"portico:source": functions/work}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs, VisibilityTimeout: 240}}
  Short: {Type: AWS::SQS::Queue, Properties: {QueueName: short}}
  Ledger: {Type: AWS::SQS::Queue, Properties: {QueueName: ledger.fifo, FifoQueue: true, VisibilityTimeout: 60}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: {Ref: Work}
      PROPERTIES
`

func TestReadOfEventSourceMappings(t *testing.T) {
	const account = "us-east-1:123456789012:"
	base := lambda.EventSource{
		FunctionARN: "arn:aws:lambda:" + account + "function:work",
		SourceARN:   "arn:aws:sqs:" + account + "jobs", BatchSize: 10, Enabled: true,
	}
	rows := []struct {
		does       string
		properties []string
		want       func(*lambda.EventSource)
		refusal    string
	}{
		{does: "ten messages at once by default", properties: []string{"EventSourceArn: !GetAtt Jobs.Arn"}},
		{
			does: "every setting of a queue's mapping",
			properties: []string{
				"EventSourceArn: !GetAtt Jobs.Arn", "BatchSize: 100", "Enabled: false",
				"MaximumBatchingWindowInSeconds: 5", "FunctionResponseTypes: [ReportBatchItemFailures]",
				"ScalingConfig: {MaximumConcurrency: 3}",
			},
			want: func(s *lambda.EventSource) {
				s.BatchSize, s.Enabled, s.Window = 100, false, 5*time.Second
				s.ReportsFailures, s.MaxConcurrency = true, 3
			},
		},
		{
			does:       "more than ten messages without a window are refused",
			properties: []string{"EventSourceArn: !GetAtt Jobs.Arn", "BatchSize: 11"},
			refusal: "Maximum batch window in seconds must be greater than 0 if maximum batch size is " +
				"greater than 10",
		},
		{
			does:       "a visibility timeout shorter than the function's timeout is refused",
			properties: []string{"EventSourceArn: !GetAtt Short.Arn"},
			refusal: "Queue visibility timeout: 30 seconds is less than Function timeout: 40 " +
				"seconds",
		},
		{
			does: "a window for a FIFO queue is refused",
			properties: []string{
				"EventSourceArn: !GetAtt Ledger.Arn", "MaximumBatchingWindowInSeconds: 5",
			},
			refusal: "Batching window is not supported for FIFO queues",
		},
		{
			does: "filters",
			properties: []string{
				"EventSourceArn: !GetAtt Jobs.Arn",
				`FilterCriteria: {Filters: [{Pattern: '{"body":{"kind":["a"]}}'}]}`,
			},
			want: func(s *lambda.EventSource) { s.Filters = []string{`{"body":{"kind":["a"]}}`} },
		},
		{
			does: "a filter that is none is refused",
			properties: []string{
				"EventSourceArn: !GetAtt Jobs.Arn",
				`FilterCriteria: {Filters: [{Pattern: '{"body":{"kind":"a"}}'}]}`,
			},
			refusal: "body.kind: want an object, or a list of rules",
		},
		{
			does: "another response type is refused",
			properties: []string{
				"EventSourceArn: !GetAtt Jobs.Arn", "FunctionResponseTypes: [Other]",
			},
			refusal: "want ReportBatchItemFailures",
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			text := strings.Replace(mappingTemplate, "PROPERTIES",
				strings.Join(row.properties, "\n      "), 1)
			app, err := readText(t, text)
			if row.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), row.refusal) {
					t.Errorf("read with %v, want %q", err, row.refusal)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := base
			if row.want != nil {
				row.want(&want)
			}
			equal(t, "event sources", []lambda.EventSource{want}, app.Lambda.EventSources)
		})
	}
}

func TestAMappingOfAStreamIsReported(t *testing.T) {
	app, err := readText(t, strings.Replace(mappingTemplate, "PROPERTIES",
		"EventSourceArn: arn:aws:kinesis:us-east-1:123456789012:stream/orders", 1))
	if err != nil {
		t.Fatal(err)
	}
	if len(app.Findings) != 1 || len(app.Lambda.EventSources) != 0 {
		t.Errorf("found %v and the mappings %v, want one finding and none", app.Findings,
			app.Lambda.EventSources)
	}
}

func readText(t *testing.T, text string) (*Application, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	assembly, err := cloudformation.Load(path, cloudformation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Read(assembly, Options{})
}
