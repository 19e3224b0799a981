// Package cloud opens the AWS services the functions call, each at its first use.
//
// A function makes one Services in main and passes its methods to the stores; starting costs
// nothing, because the SDK's configuration is read with the first call. Addresses come from the
// SDK's own settings (AWS_ENDPOINT_URL_DYNAMODB and the like). It wraps no operation.
package cloud

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Services opens clients that share one configuration.
type Services struct {
	// DynamoDB opens the client of DynamoDB, the same one every time.
	DynamoDB func() (*dynamodb.Client, error)
	// Connections opens the client of the WebSocket API's @connections, the same one every time.
	Connections func() (*apigatewaymanagementapi.Client, error)
}

// Lazily returns services that read the configuration when the first client is opened;
// connections is the base URL of @connections, with the stage.
func Lazily(connections string) *Services {
	load := sync.OnceValues(func() (aws.Config, error) {
		cfg, err := config.LoadDefaultConfig(context.Background())
		if err != nil {
			return aws.Config{}, fmt.Errorf("loading the AWS configuration: %w", err)
		}
		return cfg, nil
	})
	return &Services{
		DynamoDB: sync.OnceValues(func() (*dynamodb.Client, error) {
			cfg, err := load()
			if err != nil {
				return nil, err
			}
			return dynamodb.NewFromConfig(cfg), nil
		}),
		Connections: sync.OnceValues(func() (*apigatewaymanagementapi.Client, error) {
			cfg, err := load()
			if err != nil {
				return nil, err
			}
			return apigatewaymanagementapi.NewFromConfig(cfg, pushQuickly(connections)), nil
		}),
	}
}

// pushQuickly sets the address and one retry: a push that comes late is worth less than the time
// of the caller who waits for it.
func pushQuickly(endpoint string) func(*apigatewaymanagementapi.Options) {
	return func(o *apigatewaymanagementapi.Options) {
		o.BaseEndpoint = aws.String(endpoint)
		o.RetryMaxAttempts = 2
	}
}
