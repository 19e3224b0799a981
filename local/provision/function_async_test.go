package provision

import (
	"strings"
	"testing"
	"time"

	"portico/local/lambda"
)

const asyncTemplate = `
Resources:
  Work:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: work
      Runtime: provided.al2023
      Handler: bootstrap
      Role: arn:aws:iam::123456789012:role/work
      Code: {S3Bucket: code, S3Key: work.zip}
      FUNCTION
    Metadata: {"portico:source": functions/work}
  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: {Ref: Work}}}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: {Ref: Work}, Name: live, ALIAS}
  Async:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {FunctionName: {Ref: Work}, ASYNC}
`

// asyncText fills the template in; what is "" gets a sound value.
func asyncText(function, alias, async string) string {
	for of, otherwise := range map[*string]string{
		&function: "Timeout: 3", &alias: "FunctionVersion: !GetAtt V.Version",
		&async: `Qualifier: live`,
	} {
		if *of == "" {
			*of = otherwise
		}
	}
	return strings.NewReplacer("FUNCTION", function, "ALIAS", alias, "ASYNC", async).Replace(asyncTemplate)
}

func TestReadOfAsynchronousConfigurations(t *testing.T) {
	const account = "us-east-1:123456789012:"
	app, err := readText(t, asyncText("DeadLetterConfig: {TargetArn: 'arn:aws:sqs:"+account+"dead'}",
		"FunctionVersion: !GetAtt V.Version, ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 3}",
		"Qualifier: live, MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60, DestinationConfig: {"+
			"OnSuccess: {Destination: 'arn:aws:events:"+account+"event-bus/b'}, "+
			"OnFailure: {Destination: 'arn:aws:sns:"+account+"failed'}}"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "asynchronous configurations", []lambda.AsyncConfiguration{{
		FunctionARN: "arn:aws:lambda:" + account + "function:work:live", Retries: new(0),
		MaxAge: time.Minute, OnSuccess: "arn:aws:events:" + account + "event-bus/b",
		OnFailure: "arn:aws:sns:" + account + "failed",
	}}, app.Lambda.AsyncConfigurations)
	if got := app.Lambda.Functions[0].DeadLetterARN; got != "arn:aws:sqs:"+account+"dead" {
		t.Errorf("dead letters go to %q", got)
	}
	if got := app.Lambda.Aliases[0].Provisioned; got != 3 {
		t.Errorf("%d environments are provisioned, want 3", got)
	}
}

func TestABucketForOutcomesIsReported(t *testing.T) {
	app, err := readText(t, asyncText("", "",
		"Qualifier: $LATEST, DestinationConfig: {OnFailure: {Destination: 'arn:aws:s3:::failed'}}"))
	if err != nil {
		t.Fatal(err)
	}
	if len(app.Findings) != 1 || app.Findings[0].Property != "DestinationConfig.OnFailure.Destination" ||
		app.Lambda.AsyncConfigurations[0].OnFailure != "" {
		t.Errorf("found %v", app.Findings)
	}
}

func TestReadOfLogging(t *testing.T) {
	app, err := readText(t, asyncText(
		"LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: ERROR, SystemLogLevel: WARN}", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "logging", lambda.Logging{JSON: true, ApplicationLevel: "ERROR", SystemLevel: "WARN"},
		app.Lambda.Functions[0].Logging)
}

func TestMistakesInVersionsAndOutcomes(t *testing.T) {
	shares := func(text string) string {
		return "FunctionVersion: !GetAtt V.Version, RoutingConfig: {AdditionalVersionWeights: " + text + "}"
	}
	rows := []struct{ does, function, alias, async, says string }{
		{
			does: "a share for an unknown version", alias: shares("[{FunctionVersion: 9, FunctionWeight: 0.1}]"),
			says: "there is no such version of this function; there is $LATEST, 1",
		},
		{
			does:  "a share for $LATEST",
			alias: shares("[{FunctionVersion: $LATEST, FunctionWeight: 0.1}]"),
			says:  "$LATEST is not supported for an alias pointing to more than 1 version",
		},
		{
			does: "a share for the version itself", alias: shares("[{FunctionVersion: 1, FunctionWeight: 0.1}]"),
			says: "Function version 1 is already included in routing configuration.",
		},
		{
			does:  "environments provisioned for $LATEST",
			alias: "FunctionVersion: $LATEST, ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}",
			says:  "provisioned concurrency wants a published version",
		},
		{does: "three retries", async: "Qualifier: live, MaximumRetryAttempts: 3", says: "want 0 to 2"},
		{does: "no qualifier", async: "MaximumRetryAttempts: 1", says: "Qualifier is absent"},
		{
			does: "an event that is given up at once", async: "Qualifier: live, MaximumEventAgeInSeconds: 1",
			says: "want 60 to 21600",
		},
		{
			does:  "a table as a destination",
			async: "Qualifier: live, DestinationConfig: {OnFailure: {Destination: 'arn:aws:dynamodb:r:1:table/t'}}",
			says:  "want an ARN of one of these services: sqs, sns, events, lambda",
		},
		{
			does: "a bus for dead letters", function: "DeadLetterConfig: {TargetArn: 'arn:aws:events:r:1:event-bus/b'}",
			says: "want an ARN of one of these services: sqs, sns",
		},
		{
			does: "levels of a text log", function: "LoggingConfig: {SystemLogLevel: WARN}",
			says: "only LogFormat JSON takes levels",
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			_, err := readText(t, asyncText(row.function, row.alias, row.async))
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v, want %q", err, row.says)
			}
		})
	}
}

func TestCDKsCurrentVersionFollowsTheCode(t *testing.T) {
	version := "V: {Type: AWS::Lambda::Version, "
	text := asyncText("", "", "")
	for path, want := range map[string]bool{
		"app/work/CurrentVersion/Resource": true, "app/Version/Resource": false,
	} {
		app, err := readText(t, strings.Replace(text, version,
			version+"Metadata: {'aws:cdk:path': "+path+"}, ", 1))
		if err != nil {
			t.Fatal(err)
		}
		if got := app.Lambda.Versions[0]; got.FollowsCode != want || got.Origin != "template/V" {
			t.Errorf("%s: got %+v, want it to follow the code: %v", path, got, want)
		}
	}
}
