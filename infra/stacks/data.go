package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"portico/infra/constructs"
	"portico/shared/names"
)

// Data is what must survive every other stack: the tables, the webhooks not yet worked off, and the
// key of the logs.
func Data(a *Application) error {
	stack := a.stack("data", "Tables and queues of the order service.")
	a.orders = a.table(stack, "Orders", text(names.OrderID), nil)
	a.orders.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
		IndexName:    jsii.String(names.ByCustomer),
		PartitionKey: text(names.OrderCustomer),
		SortKey:      text(names.OrderCreated),
	})
	a.connections = a.table(stack, "Connections",
		text(names.ConnectionID), text(names.ConnectionOrder))
	a.connections.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
		IndexName:    jsii.String(names.ByOrder),
		PartitionKey: text(names.ConnectionOrder),
	})
	a.webhooks = a.queue(stack)
	if a.Settings.LogKey {
		a.logKey = constructs.NewLogKey(stack, a.Settings.RetainData,
			"/aws/lambda/"+a.prefix()+"-", "/aws/vendedlogs/apigateway/"+a.prefix()+"-")
	}
	return nil
}

// table creates a table that is paid per call and drops what has expired.
func (a *Application) table(
	stack awscdk.Stack, id string, partition, sort *awsdynamodb.Attribute,
) awsdynamodb.Table {
	table := awsdynamodb.NewTable(stack, jsii.String(id), &awsdynamodb.TableProps{
		PartitionKey:        partition,
		SortKey:             sort,
		BillingMode:         awsdynamodb.BillingMode_PAY_PER_REQUEST,
		TimeToLiveAttribute: jsii.String(names.ExpiresAt),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(a.Settings.RetainData),
		},
		DeletionProtection: jsii.Bool(a.Settings.RetainData),
		RemovalPolicy:      constructs.Removal(a.Settings.RetainData),
	})
	if !a.Settings.RetainData {
		constructs.Accept(table, "AwsSolutions-DDB3", "the data of this environment is made up")
	}
	return table
}

// queue creates the queue of webhooks, and the one for those that failed five times.
func (a *Application) queue(stack awscdk.Stack) awssqs.Queue {
	a.dead = awssqs.NewQueue(stack, jsii.String("WebhooksDead"), &awssqs.QueueProps{
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)),
		EnforceSSL:      jsii.Bool(true),
		RemovalPolicy:   constructs.Removal(a.Settings.RetainData),
	})
	return awssqs.NewQueue(stack, jsii.String("Webhooks"), &awssqs.QueueProps{
		// Six times the consumer's timeout, as Lambda asks ("Using Lambda with Amazon SQS"):
		// a message must not come back while its batch is still being worked on.
		VisibilityTimeout: awscdk.Duration_Seconds(jsii.Number(6 * functionSeconds)),
		RetentionPeriod:   awscdk.Duration_Days(jsii.Number(4)),
		EnforceSSL:        jsii.Bool(true),
		DeadLetterQueue: &awssqs.DeadLetterQueue{
			Queue:           a.dead,
			MaxReceiveCount: jsii.Number(5),
		},
		RemovalPolicy: constructs.Removal(a.Settings.RetainData),
	})
}

func text(name string) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{
		Name: jsii.String(name),
		Type: awsdynamodb.AttributeType_STRING,
	}
}
