package lambda_test

import (
	"encoding/base64"
	"strings"
	"testing"

	plane "portico/local/lambda"
)

// row is a request that AWS refuses, and its words: recorded from AWS, but where a comment says else.
type row struct {
	name, line, body string
	status           int
	code, message    string
}

func user(message string) string { return `{"Type":"User","message":"` + message + `"}` }

func missing(message string) string { return `{"Type":"User","Message":"` + message + `"}` }

func functionRows() []row {
	const invalid, none, taken = "InvalidParameterValueException", "ResourceNotFoundException", "ResourceConflictException"
	const orders = base + "function:orders"
	code := func(zip []byte) string {
		return `{"FunctionName":"x","Runtime":"provided.al2023","Handler":"b",` + role +
			`,"Code":{"ZipFile":"` + base64.StdEncoding.EncodeToString(zip) + `"}}`
	}
	return []row{
		{
			"what is no zip", functions, code([]byte("x")), 400, invalid,
			user("Could not unzip uploaded file. Please check your file, then try to upload again."),
		},
		{
			"an alias that does not exist", "GET " + at + "/orders/aliases/no", "", 404, none,
			missing("Cannot find alias arn: " + orders + ":no"),
		},
		{
			"a qualifier that does not exist", "GET " + at + "/orders?Qualifier=no", "", 404, none,
			missing("Function not found: " + orders + ":no"),
		},
		{
			"a qualifier that is not the name's", "GET " + at + "/orders:1?Qualifier=2", "", 400, invalid,
			user("The derived qualifier from the function name does not match the specified qualifier."),
		},
		{
			"another region", "GET " + at + "/arn:aws:lambda:eu-west-1:123456789012:function:orders", "", 404,
			none, missing("Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"),
		},
		{
			"a name that is too long", "GET " + at + "/" + strings.Repeat("a", 65), "", 400, invalid,
			user("1 validation error detected: Value '" + strings.Repeat("a", 65) + "' at 'functionName' " +
				"failed to satisfy constraint: Member must have length less than or equal to 64"),
		},
		{
			"deleting $LATEST", "DELETE " + at + "/orders?Qualifier=$LATEST", "", 400, invalid,
			user("$LATEST version cannot be deleted without deleting the function."),
		},
		{"publishing other code", "POST " + at + "/orders/versions", `{"CodeSha256":"x"}`, 400, invalid, "CodeSHA256 (x) is different from current CodeSHA256 in $LATEST ("},
		{
			"an image", "PUT " + at + "/orders/code", `{"ImageUri":"a"}`, 400, invalid,
			user("Please don't provide ImageUri when updating a function with packageType Zip."),
		},
		{
			"a bucket that is not there", "PUT " + at + "/orders/code", `{"S3Bucket":"nope","S3Key":"a"}`, 400,
			invalid, user("Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: " +
				"The specified bucket does not exist"),
		},
		{
			"six layers", "PUT " + at + "/orders/configuration",
			`{"Layers":["` + strings.Repeat(base+`layer:a:1","`, 5) + base + `layer:a:1"]}`, 400, invalid,
			user("Cannot reference more than 5 layers."),
		},
		{
			"a layer that does not exist", "PUT " + at + "/orders/configuration",
			`{"Layers":["` + base + `layer:a:1"]}`, 400, invalid,
			user("Layer version " + base + "layer:a:1 does not exist."),
		},
		{
			"two versions in one alias of which one is $LATEST", "POST " + at + "/orders/aliases",
			`{"Name":"x","FunctionVersion":"$LATEST","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}`,
			400, invalid, user("$LATEST is not supported for an alias pointing to more than 1 version"),
		},
		{
			"the same version twice", "POST " + at + "/orders/aliases",
			`{"Name":"x","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}`,
			400, invalid, user("Invalid function version 1. Function version 1 is already included in " +
				"routing configuration."),
		},
		{
			"two weights", "POST " + at + "/orders/aliases",
			`{"Name":"x","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5,"2":0.1}}}`,
			400, invalid, user("Number of items in AdditionalVersionWeights cannot be greater than 1"),
		},
		{
			"an alias of a version that does not exist", "POST " + at + "/orders/aliases",
			`{"Name":"x","FunctionVersion":"10"}`, 404, none, missing("Function not found: " + orders + ":10"),
		},
		{
			"an alias that there is", "POST " + at + "/orders/aliases", `{"Name":"live","FunctionVersion":"1"}`,
			409, taken, user("Alias already exists: " + orders + ":live"),
		},
		{
			"updating an alias that does not exist", "PUT " + at + "/orders/aliases/no", `{}`, 404, none,
			missing("Alias not found: " + orders + ":no"),
		},
	}
}

func partRows() []row {
	const invalid, none, taken = "InvalidParameterValueException", "ResourceNotFoundException", "ResourceConflictException"
	const orders = base + "function:orders"
	const permission = `"Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com"}`
	const mappings, layers = "POST /2015-03-31/event-source-mappings", "/2018-10-31/layers"
	queue := func(name string) string {
		return `"EventSourceArn":"arn:aws:sqs:us-east-1:123456789012:` + name + `","FunctionName":"orders"`
	}
	return []row{
		{
			"a policy of $LATEST", "POST " + at + "/orders/policy?Qualifier=$LATEST",
			`{"StatementId":"a",` + permission, 400, invalid,
			user("We currently do not support adding policies for $LATEST."),
		},
		{
			"a policy of a version that does not exist", "POST " + at + "/orders/policy?Qualifier=42",
			`{"StatementId":"a",` + permission, 404, none, missing("Function not found: " + orders + ":42"),
		},
		{
			"a policy of an alias that does not exist", "POST " + at + "/orders/policy?Qualifier=no",
			`{"StatementId":"a",` + permission, 404, none, missing("Cannot find alias arn: " + orders + ":no"),
		},
		{
			"a principal that is none", "POST " + at + "/orders/policy",
			`{"StatementId":"a","Action":"lambda:InvokeFunction","Principal":"nobody"}`, 400, invalid,
			user("The provided principal was invalid. Please check the principal and try again."),
		},
		{
			"a statement that there is", "POST " + at + "/orders/policy", `{"StatementId":"s3",` + permission, 409,
			taken, user("The statement id (s3) provided already exists. Please provide a new statement id, " +
				"or remove the existing statement."),
		},
		{
			"a policy that has changed", "POST " + at + "/orders/policy",
			`{"StatementId":"a","RevisionId":"x",` + permission, 412, "PreconditionFailedException",
			user("The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to " +
				"retrieve the latest Revision Id"),
		},
		{
			"removing no statement", "DELETE " + at + "/orders/policy/no", "", 404, none,
			missing("Statement no is not found in resource policy."),
		},
		{
			"removing from no policy", "DELETE " + at + "/orders/policy/no?Qualifier=1", "", 404, none,
			missing("No policy is associated with the given resource."),
		},
		{
			"removing from no function", "DELETE " + at + "/nope/policy/no", "", 404, none,
			missing("No policy found for: " + base + "function:nope"),
		},
		{
			"no policy", "GET " + at + "/orders/policy?Qualifier=1", "", 404, none,
			missing("The resource you requested does not exist."),
		},
		{
			"concurrency of an alias", "PUT /2017-10-31/functions/orders:live/concurrency",
			`{"ReservedConcurrentExecutions":1}`, 400, invalid,
			user("This operation is permitted on Lambda functions only. Aliases and versions do not support " +
				"this operation. Please specify either a function name or an unqualified function ARN."),
		},
		{
			"concurrency of no function", "PUT /2017-10-31/functions/nope/concurrency",
			`{"ReservedConcurrentExecutions":1}`, 404, none,
			missing("Function not found: " + base + "function:nope:$LATEST"),
		},
		{
			"too much concurrency", "PUT /2017-10-31/functions/orders/concurrency",
			`{"ReservedConcurrentExecutions":901}`, 400, invalid,
			user("Specified ReservedConcurrentExecutions for function decreases account's " +
				"UnreservedConcurrentExecution below its minimum value of [100]."),
		},
		{
			"provisioned $LATEST", "PUT /2019-09-30/functions/orders/provisioned-concurrency?Qualifier=$LATEST",
			`{"ProvisionedConcurrentExecutions":1}`, 400, invalid,
			user("Provisioned Concurrency Configs cannot be applied to unpublished function versions."),
		},
		{
			"nothing provisioned", "GET /2019-09-30/functions/orders/provisioned-concurrency?Qualifier=1", "", 404,
			"ProvisionedConcurrencyConfigNotFoundException",
			user("No Provisioned Concurrency Config found for this function"),
		},
		{
			"an asynchronous configuration of nothing", "PUT /2019-09-25/functions/orders/event-invoke-config",
			`{}`, 400, invalid,
			user("You must specify at least one of error handling or destination setting."),
		},
		{
			"the function as its own destination", "PUT /2019-09-25/functions/orders/event-invoke-config",
			`{"DestinationConfig":{"OnSuccess":{"Destination":"` + orders + `"}}}`, 400, invalid,
			user("You can't specify the function as a destination for itself."),
		},
		{
			"a destination that is none", "PUT /2019-09-25/functions/orders/event-invoke-config",
			`{"DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:iam:us-east-1:123456789012:x"}}}`, 400,
			invalid, user("The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=" +
				"arn:aws:iam:us-east-1:123456789012:x), onFailure=null) is invalid."),
		},
		{
			"no asynchronous configuration", "GET /2019-09-25/functions/orders/event-invoke-config", "", 404, none,
			missing("The function " + orders + ":$LATEST doesn't have an EventInvokeConfig"),
		},
		{
			"no event source", mappings, `{"FunctionName":"orders"}`, 400, invalid,
			user("Unrecognized event source."),
		},
		{
			"an event source without a function", mappings, strings.Replace("{"+queue("q")+"}", "orders", "nope", 1), 400, invalid,
			user("Function does not exist"),
		},
		{
			"a large batch without a window", mappings, `{"BatchSize":11,` + queue("other") + `}`, 400, invalid,
			user("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater " +
				"than 10"),
		},
		{
			"no URL", "GET /2021-10-31/functions/orders/url", "", 404, none,
			missing("The resource you requested does not exist."),
		},
		{
			"URLs of no function", "GET /2021-10-31/functions/nope/urls", "", 404, none,
			missing("Function does not exist"),
		},
		{
			"version 0 of a layer", "GET " + layers + "/a/versions/0", "", 400, invalid,
			user("Layer Version Cannot be less than 1"),
		},
		{
			"no layer", "GET " + layers + "/a/versions/1", "", 404, none,
			missing("The resource you requested does not exist."),
		},
		{
			"no tags", "POST /2017-03-31/tags/" + orders, `{"Tags":{}}`, 400, invalid,
			user("An error occurred and the request cannot be processed."),
		},
		{
			"tags of a version", "POST /2017-03-31/tags/" + orders + ":1", `{"Tags":{"a":"b"}}`, 400, invalid,
			user("Tags on function aliases and versions are not supported. Please specify a function ARN."),
		},
		{
			"invoking what is no JSON", "POST " + at + "/orders/invocations", `{`, 400,
			"InvalidRequestContentException", "Could not parse request body into json",
		},
		{
			"invoking no function", "POST " + at + "/nope/invocations", `{}`, 404, none,
			missing("Function not found: " + base + "function:nope:$LATEST"),
		},
	}
}

// TestRefusals holds every refusal against AWS's words.
func TestRefusals(t *testing.T) {
	c := newClient(t, t.TempDir(), plane.Configuration{})
	c.create("orders", `,"Publish":true`)
	c.do("POST "+at+"/orders/aliases", `{"Name":"live","FunctionVersion":"1"}`)
	c.do("POST "+at+"/orders/policy",
		`{"StatementId":"s3","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com"}`)
	for _, r := range append(functionRows(), partRows()...) {
		t.Run(r.name, func(t *testing.T) {
			got := c.send(r.line, r.body)
			same := got.text == r.message
			if !strings.HasPrefix(r.message, "{") {
				same = strings.Contains(got.text, r.message)
			}
			if got.Status != r.status || got.Header.Get("x-amzn-ErrorType") != r.code || !same {
				t.Errorf("got %d %s %s\nwant %d %s %s", got.Status, got.Header.Get("x-amzn-ErrorType"),
					got.text, r.status, r.code, r.message)
			}
		})
	}
	c.wantRefused(t, functions, definition("orders", "", nil), 409, "ResourceConflictException",
		user("Function already exist: orders"))
}

// TestWhatIsNotServedIsRefused says so in a sentence.
func TestWhatIsNotServedIsRefused(t *testing.T) {
	c := newClient(t, t.TempDir(), plane.Configuration{})
	program := zipped(entry{"bootstrap", 0o755, "#!/bin/false"})
	for settings, want := range map[string]string{
		`,"SnapStart":{"ApplyOn":"PublishedVersions"}`: "SnapStart is not served here",
		`,"FileSystemConfigs":[{"Arn":"arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-12345678901234567","LocalMountPath":"/mnt/a"}]`: "no file system is mounted",
		`,"CodeSigningConfigArn":"arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-12345678901234567"`:                                       "code signing configuration cannot be found",

		`,"Environment":{"Variables":{"AWS_REGION":"x"}}`:                         "Reserved keys used in this request: AWS_REGION",
		`,"Environment":{"Variables":{"A1":"` + strings.Repeat("x", 4096) + `"}}`: "exceeded the 4KB limit. String measured: {",
		`,"MemorySize":20000`: "less than or equal to 10240",
		`,"Timeout":901`:      "less than or equal to 900",
	} {
		got := c.send(functions, definition("x", settings, program))
		if got.Status/100 != 4 || !strings.Contains(got.text, want) {
			t.Errorf("%s answers %d %s", settings, got.Status, got.text)
		}
	}
	ruby := strings.Replace(definition("x", "", program), "provided.al2023", "ruby3.4", 1)
	if got := c.send(functions, ruby); got.Status != 400 || !strings.Contains(got.text, `is not served; served are`) {
		t.Errorf("ruby answers %d %s", got.Status, got.text)
	}
}
