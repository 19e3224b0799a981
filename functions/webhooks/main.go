// Command webhooks is the Lambda function that works off the queue of partner webhooks.
//
// The partner REST API puts each webhook into the queue; main reads the settings and wires,
// handler.go decides. A record that cannot be worked off is reported alone, so that SQS keeps it
// and takes the others away. Who may send webhooks has been decided at the API.
package main

import (
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"portico/shared/cloud"
	"portico/shared/journal"
	"portico/shared/names"
	"portico/shared/order"
	"portico/shared/push"
)

func main() {
	log, err := journal.New(os.Stdout, os.Getenv(names.LogLevel))
	if err != nil {
		log.Warn("setting ignored", "setting", names.LogLevel, "error", err)
	}
	table := os.Getenv(names.OrdersTable)
	if table == "" {
		log.Error("setting missing", "setting", names.OrdersTable)
		os.Exit(1)
	}
	services := cloud.Lazily(os.Getenv(names.RealtimeEndpoint))
	handler := &handler{
		orders: order.NewStore(order.Options{
			Table: table, ByCustomer: names.ByCustomer, Open: services.DynamoDB,
		}),
		publisher: publisher(services, log),
		log:       log,
		now:       time.Now,
	}
	lambda.Start(handler.handle)
}

// publisher is nil, and changes are told to nobody, where there is no realtime API.
func publisher(services *cloud.Services, log *slog.Logger) publisherOfChanges {
	table, endpoint := os.Getenv(names.ConnectionsTable), os.Getenv(names.RealtimeEndpoint)
	if table == "" || endpoint == "" {
		log.Warn("order changes are not pushed",
			names.ConnectionsTable, table, names.RealtimeEndpoint, endpoint)
		return nil
	}
	return &push.Sender{
		Directory: push.NewConnections(push.Options{
			Table: table, ByOrder: names.ByOrder, Open: services.DynamoDB,
		}),
		Open:    services.Connections,
		Timeout: 2 * time.Second,
		Now:     time.Now,
	}
}
