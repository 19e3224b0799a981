package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	keys "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"portico/local/lambda"
)

const versionsTemplate = `
Resources:
  Work:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: work
      Runtime: provided.al2023
      Handler: bootstrap
      Role: arn:aws:iam::123456789012:role/work
      Code: {S3Bucket: code, S3Key: work.zip}
      Environment: {Variables: {RELEASE: RELEASED, SELF: !Sub "https://${Api}.execute-api.us-east-1.amazonaws.com"}}
    Metadata: {"portico:source": SOURCE}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: api, ProtocolType: HTTP}}
  Failed: {Type: AWS::SQS::Queue, Properties: {QueueName: failed}}
  VERSION: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Work}}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Work, Name: live, FunctionVersion: !GetAtt VERSION.Version SHARE}
  Async:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Work
      Qualifier: live
      MaximumRetryAttempts: 0
      DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}
    DependsOn: Live
`

// versionsApp writes the template as it is at a release.
func versionsApp(t *testing.T, dir, release, version, share string) {
	t.Helper()
	source, err := filepath.Abs("../lambda/testdata/handler")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("RELEASED", release, "SOURCE", source, "VERSION", version,
		"SHARE", share).Replace(versionsTemplate)
	if err := os.WriteFile(filepath.Join(dir, "template.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// environmentOf returns the variables that a function sees.
func environmentOf(t *testing.T, r *Runner, name string) string {
	t.Helper()
	out, err := r.functions.Invoke(t.Context(), lambda.Input{
		FunctionARN: name, Payload: []byte(`{"do":"environment"}`),
	})
	if err != nil || out.FunctionError != "" {
		t.Fatalf("%s answers %s, %v", name, out.Payload, err)
	}
	return string(out.Payload)
}

func TestVersionsOutliveTheRunner(t *testing.T) {
	dir, state := t.TempDir(), t.TempDir()
	o := Options{Dir: dir, State: state, Template: filepath.Join(dir, "template.yaml")}
	versionsApp(t, dir, "a", "V1", "")
	r := Start(t, o)
	if got := environmentOf(t, r, "work:live"); !strings.Contains(got, "RELEASE=a") {
		t.Errorf("got %s", got)
	}
	share := ", RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: 1, FunctionWeight: 1}]}"
	versionsApp(t, dir, "b", "V2", share)
	r = Start(t, o)
	got := environmentOf(t, r, "work:live")
	local := fmt.Sprintf("SELF=%s", r.addressOfAPI(t, "api"))
	for _, want := range []string{"RELEASE=a", "AWS_LAMBDA_FUNCTION_VERSION=1", local} {
		if !strings.Contains(got, want) {
			t.Errorf("the old version lacks %s: %s", want, got)
		}
	}
	if got := environmentOf(t, r, "work:2"); !strings.Contains(got, "RELEASE=b") {
		t.Errorf("the new version has %s", got)
	}
	if r.App().Lambda.Aliases[0].Version != "2" {
		t.Errorf("the template's version is %s, want 2", r.App().Lambda.Aliases[0].Version)
	}
	// What only runs functions publishes nothing, and reads the same template.
	once, err := InvokeOnce(t.Context(), o, "work", []byte(`{"do":"environment"}`))
	if err != nil || !strings.Contains(string(once.Payload), "RELEASE=b") {
		t.Errorf("got %s, %v", once.Payload, err)
	}
}

// addressOfAPI returns where an API without stages is reached.
func (r *Runner) addressOfAPI(t *testing.T, name string) string {
	t.Helper()
	for _, definition := range r.App().HTTP {
		if url, ok := r.server.APIURL(definition.ID); ok && definition.Name == name {
			return url
		}
	}
	t.Fatalf("there is no API %s", name)
	return ""
}

func TestAnOutcomeReachesTheTemplatesQueue(t *testing.T) {
	dir := t.TempDir()
	versionsApp(t, dir, "a", "V1", "")
	r := Start(t, Options{Dir: dir, Template: filepath.Join(dir, "template.yaml")})
	asked, err := r.functions.Invoke(t.Context(), lambda.Input{
		FunctionARN: "work:live", Async: true, Payload: []byte(`{"do":"error","text":"no"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	client := sqs.New(sqs.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(r.endpoints["SQS"]),
		Credentials: keys.NewStaticCredentialsProvider("a", "b", ""),
	})
	queue, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("failed")})
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: queue.QueueUrl, WaitTimeSeconds: 20,
	})
	if err != nil || len(out.Messages) != 1 {
		t.Fatalf("got %+v, %v, want the outcome", out, err)
	}
	body := aws.ToString(out.Messages[0].Body)
	for _, want := range []string{asked.RequestID, `"condition":"RetriesExhausted"`, `"errorMessage":"no"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
}
