package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"

	"portico/infra/constructs"
)

// orderModel is what a new order looks like: the limits of shared/order, checked before a function
// is called.
func orderModel() *constructs.Model {
	item := &awsapigateway.JsonSchema{
		Type:                 awsapigateway.JsonSchemaType_OBJECT,
		Required:             jsii.Strings("sku", "quantity"),
		AdditionalProperties: false,
		Properties: &map[string]*awsapigateway.JsonSchema{
			"sku":      textSchema(1, 64),
			"quantity": integerSchema(1, 999),
		},
	}
	return &constructs.Model{Name: "Order", Schema: &awsapigateway.JsonSchema{
		Title:                jsii.String("A new order"),
		Type:                 awsapigateway.JsonSchemaType_OBJECT,
		Required:             jsii.Strings("items"),
		AdditionalProperties: false,
		Properties: &map[string]*awsapigateway.JsonSchema{
			"items": {
				Type:     awsapigateway.JsonSchemaType_ARRAY,
				MinItems: jsii.Number(1),
				MaxItems: jsii.Number(50),
				Items:    item,
			},
			"reference": textSchema(0, 128),
		},
	}}
}

// webhookModel is what every webhook has in common; the consumer checks the rest.
func webhookModel() *constructs.Model {
	return &constructs.Model{Name: "Webhook", Schema: &awsapigateway.JsonSchema{
		Title:    jsii.String("A webhook"),
		Type:     awsapigateway.JsonSchemaType_OBJECT,
		Required: jsii.Strings("id", "type", "customer"),
		Properties: &map[string]*awsapigateway.JsonSchema{
			"id": textSchema(1, 128),
			"type": {
				Type: awsapigateway.JsonSchemaType_STRING,
				Enum: &[]any{"order.placed", "order.status"},
			},
			"customer": textSchema(1, 128),
		},
	}}
}

func textSchema(least, most int) *awsapigateway.JsonSchema {
	return &awsapigateway.JsonSchema{
		Type:      awsapigateway.JsonSchemaType_STRING,
		MinLength: jsii.Number(least),
		MaxLength: jsii.Number(most),
	}
}

func integerSchema(least, most int) *awsapigateway.JsonSchema {
	return &awsapigateway.JsonSchema{
		Type:    awsapigateway.JsonSchemaType_INTEGER,
		Minimum: jsii.Number(least),
		Maximum: jsii.Number(most),
	}
}

// webhookTemplates turn a webhook into a message and SQS's answer into ours. The message wraps the
// webhook, because the consumer must know who sent it from where, and can see no headers.
func webhookTemplates() constructs.Templates {
	return constructs.Templates{
		// JSON knows no \', which escapeJavaScript makes of an apostrophe.
		Request: `#set($source = $util.escapeJavaScript($input.params('source'))` +
			`.replaceAll("\\'","'"))` +
			`#set($caller = $util.escapeJavaScript($context.authorizer.customer)` +
			`.replaceAll("\\'","'"))` +
			`#set($message = "{""source"":""$source"",""caller"":""$caller"",` +
			`""requestId"":""$context.requestId"",` +
			`""receivedAt"":$context.requestTimeEpoch,` +
			`""webhook"":$input.json('$')}")` +
			`Action=SendMessage&Version=2012-11-05&MessageBody=$util.urlEncode($message)`,
		Accepted: `#set($result = $input.path('$.SendMessageResponse.SendMessageResult'))` +
			`{"messageId":"$result.MessageId"}`,
		Refused: `{"message":"The webhook was not accepted."}`,
		Failed:  `{"message":"The webhook could not be taken in. Send it again later."}`,
	}
}
