package constructs

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// integrationSeconds is how long a method waits for what is behind it, below AWS's 29 seconds.
const integrationSeconds = 15

// toFunction hands the request to a function as an event and its answer back.
func toFunction(f *Function, cacheKeys []string) awsapigateway.Integration {
	options := &awsapigateway.LambdaIntegrationOptions{
		Proxy:           jsii.Bool(true),
		AllowTestInvoke: jsii.Bool(false),
		Timeout:         awscdk.Duration_Seconds(jsii.Number(integrationSeconds)),
	}
	if len(cacheKeys) > 0 {
		var keys []*string
		for _, key := range cacheKeys {
			keys = append(keys, jsii.String("method.request."+key))
		}
		options.CacheKeyParameters = &keys
	}
	return awsapigateway.NewLambdaIntegration(f.Alias, options)
}

// ToHealth answers without anything behind it.
func ToHealth(body string) awsapigateway.Integration {
	return awsapigateway.NewMockIntegration(&awsapigateway.IntegrationOptions{
		PassthroughBehavior: awsapigateway.PassthroughBehavior_NEVER,
		RequestTemplates:    jsonTemplate(`{"statusCode": 200}`),
		IntegrationResponses: &[]*awsapigateway.IntegrationResponse{{
			StatusCode:        jsii.String("200"),
			ResponseTemplates: jsonTemplate(body),
			ResponseParameters: &map[string]*string{
				"method.response.header.Cache-Control": jsii.String("'no-store'"),
			},
		}},
	})
}

// HealthResponses are the responses ToHealth's method declares.
func HealthResponses() []*awsapigateway.MethodResponse {
	return []*awsapigateway.MethodResponse{{
		StatusCode: jsii.String("200"),
		ResponseModels: &map[string]awsapigateway.IModel{
			"application/json": awsapigateway.Model_EMPTY_MODEL(),
		},
		ResponseParameters: &map[string]*bool{
			"method.response.header.Cache-Control": jsii.Bool(true),
		},
	}}
}

// ToHost passes the call on to url, which holds {proxy} where the rest of the path goes.
func ToHost(url string) awsapigateway.Integration {
	return awsapigateway.NewHttpIntegration(jsii.String(url), &awsapigateway.HttpIntegrationProps{
		Proxy:      jsii.Bool(true),
		HttpMethod: jsii.String("ANY"),
		Options:    passOn(url),
	})
}

// passOn hands the rest of the path and the customer over to who stands behind url.
func passOn(url string) *awsapigateway.IntegrationOptions {
	parameters := map[string]*string{
		"integration.request.header.X-Customer": jsii.String("context.authorizer.customer"),
	}
	if strings.Contains(url, "{proxy}") {
		parameters["integration.request.path.proxy"] = jsii.String("method.request.path.proxy")
	}
	return &awsapigateway.IntegrationOptions{
		Timeout:           awscdk.Duration_Seconds(jsii.Number(integrationSeconds)),
		RequestParameters: &parameters,
	}
}

// Templates are the mapping templates of an integration that sends to a queue.
type Templates struct {
	// Request makes the form that SQS reads out of the request.
	Request string
	// Accepted is the answer when the message is in the queue, Refused when SQS found fault with
	// it, Failed when it could not take it.
	Accepted, Refused, Failed string
}

// ToQueue puts the request into a queue, without a function in between. It brings the role that may
// send to that queue and nothing else.
func ToQueue(
	scope constructs.Construct, queue awssqs.IQueue, templates Templates,
) awsapigateway.Integration {
	stack := awscdk.Stack_Of(scope)
	role := awsiam.NewRole(scope, jsii.String("QueueRole"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil),
	})
	role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("sqs:SendMessage"),
		Resources: &[]*string{queue.QueueArn()},
	}))
	response := func(status, pattern, body string) *awsapigateway.IntegrationResponse {
		r := &awsapigateway.IntegrationResponse{
			StatusCode:        jsii.String(status),
			ResponseTemplates: jsonTemplate(body),
		}
		if pattern != "" {
			r.SelectionPattern = jsii.String(pattern)
		}
		return r
	}
	return awsapigateway.NewAwsIntegration(&awsapigateway.AwsIntegrationProps{
		Service:               jsii.String("sqs"),
		Path:                  jsii.String(*stack.Account() + "/" + *queue.QueueName()),
		IntegrationHttpMethod: jsii.String("POST"),
		Options: &awsapigateway.IntegrationOptions{
			CredentialsRole:     role,
			PassthroughBehavior: awsapigateway.PassthroughBehavior_NEVER,
			RequestParameters: &map[string]*string{
				"integration.request.header.Content-Type": jsii.String(
					"'application/x-www-form-urlencoded'"),
			},
			RequestTemplates: jsonTemplate(templates.Request),
			IntegrationResponses: &[]*awsapigateway.IntegrationResponse{
				response("202", "", templates.Accepted),
				response("400", `4\d{2}`, templates.Refused),
				response("502", `5\d{2}`, templates.Failed),
			},
			Timeout: awscdk.Duration_Seconds(jsii.Number(integrationSeconds)),
		},
	})
}

// QueueResponses are the responses ToQueue's method declares.
func QueueResponses() []*awsapigateway.MethodResponse {
	var responses []*awsapigateway.MethodResponse
	for _, status := range []string{"202", "400", "502"} {
		responses = append(responses,
			&awsapigateway.MethodResponse{StatusCode: jsii.String(status)})
	}
	return responses
}

func jsonTemplate(text string) *map[string]*string {
	return &map[string]*string{"application/json": jsii.String(text)}
}
