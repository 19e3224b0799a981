// Command realtime is the Lambda function behind the routes of the realtime WebSocket API.
//
// main reads the settings and wires; handler.go decides. It keeps who is connected and what they
// want to hear of; the functions that change orders send the news. It reads no tokens: the
// authorizer of $connect has done so.
package main

import (
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"portico/shared/cloud"
	"portico/shared/journal"
	"portico/shared/names"
	"portico/shared/push"
)

func main() {
	log, err := journal.New(os.Stdout, os.Getenv(names.LogLevel))
	if err != nil {
		log.Warn("setting ignored", "setting", names.LogLevel, "error", err)
	}
	for _, setting := range []string{names.ConnectionsTable, names.RealtimeEndpoint} {
		if os.Getenv(setting) == "" {
			log.Error("setting missing", "setting", setting)
			os.Exit(1)
		}
	}
	services := cloud.Lazily(os.Getenv(names.RealtimeEndpoint))
	connections := push.NewConnections(push.Options{
		Table: os.Getenv(names.ConnectionsTable), ByOrder: names.ByOrder, Open: services.DynamoDB,
	})
	handler := &handler{
		connections: connections,
		sender: &push.Sender{
			Directory: connections, Open: services.Connections,
			Timeout: 2 * time.Second, Now: time.Now,
		},
		log: log,
	}
	lambda.Start(handler.handle)
}
