// Command orders is the Lambda function behind the order routes of the public HTTP API and the
// partner REST API.
//
// main reads the settings and wires; routes.go shows what is served, handler.go decides. The
// gateway has authenticated the caller before; this function lets a caller see and change only
// what belongs to its customer.
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
	"portico/shared/proxy"
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
	endpoint := os.Getenv(names.RealtimeEndpoint)
	services := cloud.Lazily(endpoint)
	handler := &handler{
		orders: order.NewStore(order.Options{
			Table: table, ByCustomer: names.ByCustomer, Open: services.DynamoDB,
		}),
		publisher: publisher(services, log),
		log:       log,
		now:       time.Now,
	}
	lambda.Start(proxy.New(handler.routes(), proxy.Options{BasePaths: []string{"/v1"}}).Handle)
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
