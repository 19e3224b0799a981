package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"portico/infra/constructs"
	"portico/shared/names"
)

// Functions are the two that change orders: one for the public and the partner API, one for the
// webhooks in the queue.
func Functions(a *Application) error {
	stack := a.stack("functions", "Functions that read and change orders.")
	var err error
	a.orderer, err = a.changer(stack, names.Orders,
		"Answers the routes of the public and the partner API.")
	if err != nil {
		return err
	}
	a.orderer.Allow([]string{*a.orders.TableArn() + "/index/" + names.ByCustomer}, "dynamodb:Query")
	webhooks, err := a.changer(stack, names.Webhooks, "Works off the webhooks of partners.")
	if err != nil {
		return err
	}
	a.consume(webhooks)
	return a.shift(stack, a.orderer, webhooks)
}

// changer creates a function that changes orders and tells clients about it.
func (a *Application) changer(
	stack awscdk.Stack, name, description string,
) (*constructs.Function, error) {
	f, err := a.function(stack, name, description, map[string]string{
		names.OrdersTable:      *a.orders.TableName(),
		names.ConnectionsTable: *a.connections.TableName(),
		names.RealtimeEndpoint: a.realtime.Endpoint(),
	})
	if err != nil {
		return nil, err
	}
	f.Allow([]string{*a.orders.TableArn()},
		"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
	a.allowPushes(f)
	return f, nil
}

// consume has Lambda hand the queue's messages to the function, ten at a time. The function names
// the messages that failed, and only those come back.
func (a *Application) consume(f *constructs.Function) {
	f.Allow([]string{*a.webhooks.QueueArn()},
		"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
		"sqs:ChangeMessageVisibility")
	awslambda.NewEventSourceMapping(f.Lambda, jsii.String("Queue"),
		&awslambda.EventSourceMappingProps{
			Target:                  f.Alias,
			EventSourceArn:          a.webhooks.QueueArn(),
			BatchSize:               jsii.Number(10),
			ReportBatchItemFailures: jsii.Bool(true),
		})
}
