package physical

import (
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"
)

func subject(resourceType string, properties map[string]any) Subject {
	return Subject{
		Partition: "aws", Account: "123456789012", Region: "us-east-1",
		Stack: "shop-dev", LogicalID: "Thing", Type: resourceType,
		Property: func(name string) (any, error) { return properties[name], nil },
	}
}

const function = "arn:aws:lambda:us-east-1:123456789012:function:orders"

// refAndAttributesHaveAWSShapesTests are the rows of TestRefAndAttributesHaveAWSShapes.
var refAndAttributesHaveAWSShapesTests = []struct {
	name, kind, attribute string // attribute "" asks for Ref
	properties            map[string]any
	want                  string // regular expression
}{
	{"a REST API has ten lower-case characters", "ApiGateway::RestApi", "", nil, `[a-z0-9]{10}`},
	{
		"a root resource has an id of its own", "ApiGateway::RestApi", "RootResourceId", nil,
		`[a-z0-9]{10}`,
	},
	{
		"a listener is its ARN", "ElasticLoadBalancingV2::Listener", "", nil,
		`arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/Thing/[0-9a-f]{16}/[0-9a-f]{16}`,
	},
	{
		"a Cloud Map service has an ARN", "ServiceDiscovery::Service", "Arn", nil,
		`arn:aws:servicediscovery:us-east-1:123456789012:service/srv-[a-z0-9]{16}`,
	},
	{"a stage is its name", "ApiGateway::Stage", "", map[string]any{"StageName": "dev"}, `dev`},
	{
		"an HTTP API's endpoint is https", "ApiGatewayV2::Api", "ApiEndpoint",
		map[string]any{"ProtocolType": "HTTP"},
		`https://[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com`,
	},
	{
		"a WebSocket API's endpoint is wss", "ApiGatewayV2::Api", "ApiEndpoint",
		map[string]any{"ProtocolType": "WEBSOCKET"},
		`wss://[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com`,
	},
	{
		"a usage plan key is both ids", "ApiGateway::UsagePlanKey", "",
		map[string]any{"KeyId": "k", "UsagePlanId": "p"},
		`k:p`,
	},
	{
		"a function keeps its name", "Lambda::Function", "",
		map[string]any{"FunctionName": "orders"},
		`orders`,
	},
	{
		"a function without a name gets one", "Lambda::Function", "", nil,
		`shop-dev-Thing-[A-Z0-9]{12}`,
	},
	{
		"a function's ARN holds its name", "Lambda::Function", "Arn",
		map[string]any{"FunctionName": "orders"},
		function,
	},
	{
		"a version is number 1 where nothing numbers them", "Lambda::Version", "",
		map[string]any{"FunctionName": "orders"},
		function + `:1`,
	},
	{
		"an alias of an ARN", "Lambda::Alias", "",
		map[string]any{"FunctionName": function, "Name": "live"},
		function + `:live`,
	},
	{
		"an alias of a qualified ARN drops the qualifier", "Lambda::Alias", "AliasArn",
		map[string]any{"FunctionName": function + ":1", "Name": "live"},
		function + `:live`,
	},
	{
		"a user pool has the region before it", "Cognito::UserPool", "", nil,
		`us-east-1_[A-Za-z0-9]{9}`,
	},
	{
		"a user pool's URL has no slash behind", "Cognito::UserPool", "ProviderURL", nil,
		`https://cognito-idp\.us-east-1\.amazonaws\.com/us-east-1_[A-Za-z0-9]{9}`,
	},
	{"an app client has 26 characters", "Cognito::UserPoolClient", "", nil, `[a-z0-9]{26}`},
	{
		"a resource server is its identifier", "Cognito::UserPoolResourceServer", "",
		map[string]any{"Identifier": "orders"},
		`orders`,
	},
	{
		"a queue is its URL", "SQS::Queue", "",
		map[string]any{"QueueName": "q"},
		`https://sqs\.us-east-1\.amazonaws\.com/123456789012/q`,
	},
	{
		"a FIFO queue's name ends so", "SQS::Queue", "QueueName",
		map[string]any{"FifoQueue": true},
		`shop-dev-Thing-[A-Z0-9]{12}\.fifo`,
	},
	{
		"a table's stream is under its ARN", "DynamoDB::Table", "StreamArn",
		map[string]any{"TableName": "t"},
		`arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-.*`,
	},
	{
		"a log group's ARN ends in a star", "Logs::LogGroup", "Arn",
		map[string]any{"LogGroupName": "/aws/x"},
		`arn:aws:logs:us-east-1:123456789012:log-group:/aws/x:\*`,
	},
	{
		"a role's ARN has its path", "IAM::Role", "Arn",
		map[string]any{"RoleName": "r", "Path": "/a/b/"},
		`arn:aws:iam::123456789012:role/a/b/r`,
	},
	{"a bucket's name is in lower case", "S3::Bucket", "", nil, `shop-dev-thing-[a-z0-9]{12}`},
	{
		"a web ACL is name, id and scope", "WAFv2::WebACL", "",
		map[string]any{"Name": "w", "Scope": "REGIONAL"},
		`w\|[0-9a-f-]{36}\|REGIONAL`,
	},
	{
		"a web ACL for a distribution is global", "WAFv2::WebACL", "Arn",
		map[string]any{"Name": "w", "Scope": "CLOUDFRONT"},
		`arn:aws:wafv2:us-east-1:123456789012:global/webacl/w/[0-9a-f-]{36}`,
	},
	{"an unknown type has a generated name", "Foo::Bar", "", nil, `shop-dev-Thing-[A-Z0-9]{12}`},
}

func TestRefAndAttributesHaveAWSShapes(t *testing.T) {
	for _, test := range refAndAttributesHaveAWSShapesTests {
		t.Run(test.name, func(t *testing.T) {
			s := subject("AWS::"+test.kind, test.properties)
			got, err := any(nil), error(nil)
			if test.attribute == "" {
				got, err = Ref(s)
			} else {
				got, err = Attribute(s, test.attribute)
			}
			if err != nil {
				t.Fatal(err)
			}
			if !regexp.MustCompile("^" + test.want + "$").MatchString(got.(string)) {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}

func TestIDsAreStableAndApart(t *testing.T) {
	a := subject("AWS::ApiGateway::RestApi", nil)
	first, _ := Ref(a)
	again, _ := Ref(a)
	root, _ := Attribute(a, "RootResourceId")
	a.LogicalID = "Other"
	other, _ := Ref(a)
	a.Stack, a.LogicalID = "shop-prod", "Thing"
	elsewhere, _ := Ref(a)
	if first != again {
		t.Errorf("got %s, then %s", first, again)
	}
	if root == first || other == first || elsewhere == first {
		t.Errorf("ids meet: %s, root %s, other resource %s, other stack %s",
			first, root, other, elsewhere)
	}
}

func TestGeneratedNamesKeepTheLimit(t *testing.T) {
	s := subject("AWS::Lambda::Function", nil)
	s.Stack, s.LogicalID = strings.Repeat("s", 60), strings.Repeat("l", 60)
	got, err := Ref(s)
	if err != nil || len(got) != 64 {
		t.Errorf("got %q of %d, %v, want 64 characters", got, len(got), err)
	}
}

func TestUnknownAttributesAreNamed(t *testing.T) {
	tests := []struct{ name, kind, attribute, want string }{
		{
			"an attribute that the type lacks", "DynamoDB::Table", "Foo",
			"Fn::GetAtt Thing.Foo: type AWS::DynamoDB::Table has no attribute Foo; " +
				"it has Arn, StreamArn, TableId",
		},
		{"a type that has none", "ApiGateway::Stage", "Arn", "it has none"},
		{"an unknown type", "Foo::Bar", "Arn", "type AWS::Foo::Bar answer is not known here"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Attribute(subject("AWS::"+test.kind, nil), test.attribute)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestEveryPatternOfTheTablesExpands(t *testing.T) {
	all := maps.Clone(otherTypes)
	for _, more := range []map[string]entry{
		restTypes, httpTypes, lambdaTypes, firewallTypes, securityTypes,
	} {
		maps.Copy(all, more)
	}
	for resourceType, e := range all {
		if found, ok := find(resourceType); !ok || found.ref != e.ref {
			t.Errorf("%s is not found in the table of its service", resourceType)
		}
		s := subject(resourceType, nil)
		patterns := map[string]string{"Ref": e.ref}
		maps.Copy(patterns, e.attributes)
		for name, pattern := range patterns {
			got, err := expand(s, pattern)
			if err != nil || strings.ContainsAny(got, "{}") {
				t.Errorf("%s %s: got %q, %v", resourceType, name, got, err)
			}
		}
	}
}

func TestAFailingPropertyFails(t *testing.T) {
	s := subject("AWS::Lambda::Function", nil)
	failure := errors.New("no such parameter")
	s.Property = func(string) (any, error) { return nil, failure }
	if _, err := Attribute(s, "Arn"); !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
}

func TestAVersionIsNumberedByWhoKnows(t *testing.T) {
	s := subject("AWS::Lambda::Version", map[string]any{"FunctionName": "orders"})
	s.Version = func(arn, origin string) string {
		if arn != function || origin != "shop-dev/Thing" {
			t.Errorf("asked for %s of %s", arn, origin)
		}
		return "7"
	}
	if ref, err := Ref(s); err != nil || ref != function+":7" {
		t.Errorf("Ref is %s, %v, want %s:7", ref, err, function)
	}
	if number, err := Attribute(s, "Version"); err != nil || number != "7" {
		t.Errorf("Version is %v, %v, want 7", number, err)
	}
}
