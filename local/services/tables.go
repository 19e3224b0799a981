package services

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// tableInput is what dynalite can honour of a table's properties; numbers may be texts, as in
// templates.
type tableInput struct {
	AttributeDefinitions   []types.AttributeDefinition
	KeySchema              []types.KeySchemaElement
	BillingMode            types.BillingMode
	ProvisionedThroughput  *throughput
	GlobalSecondaryIndexes []struct {
		IndexName             *string
		KeySchema             []types.KeySchemaElement
		Projection            *types.Projection
		ProvisionedThroughput *throughput
	}
	LocalSecondaryIndexes []types.LocalSecondaryIndex
}

type throughput struct{ ReadCapacityUnits, WriteCapacityUnits json.Number }

func (t *throughput) input() (*types.ProvisionedThroughput, error) {
	if t == nil {
		return nil, nil
	}
	read, errRead := t.ReadCapacityUnits.Int64()
	write, errWrite := t.WriteCapacityUnits.Int64()
	return &types.ProvisionedThroughput{ReadCapacityUnits: &read, WriteCapacityUnits: &write},
		errors.Join(errRead, errWrite)
}

// createInput turns the properties of a template's table into a request of DynamoDB.
func createInput(table Table) (*dynamodb.CreateTableInput, error) {
	var raw tableInput
	if err := json.NewDecoder(bytes.NewReader(table.Input)).Decode(&raw); err != nil {
		return nil, fmt.Errorf("reading the properties of table %s (%s): %w",
			table.Name, table.LogicalID, err)
	}
	in := &dynamodb.CreateTableInput{
		TableName: aws.String(table.Name), AttributeDefinitions: raw.AttributeDefinitions,
		KeySchema: raw.KeySchema, BillingMode: raw.BillingMode,
		LocalSecondaryIndexes: raw.LocalSecondaryIndexes,
	}
	var err error
	if in.ProvisionedThroughput, err = raw.ProvisionedThroughput.input(); err != nil {
		return nil, fmt.Errorf("table %s (%s): ProvisionedThroughput: %w",
			table.Name, table.LogicalID, err)
	}
	for _, index := range raw.GlobalSecondaryIndexes {
		units, err := index.ProvisionedThroughput.input()
		if err != nil {
			return nil, fmt.Errorf("table %s (%s): index %s: ProvisionedThroughput: %w",
				table.Name, table.LogicalID, aws.ToString(index.IndexName), err)
		}
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: index.IndexName, KeySchema: index.KeySchema, Projection: index.Projection,
			ProvisionedThroughput: units,
		})
	}
	return in, nil
}

// client speaks to the companion: its credentials are made up, and it never leaves the machine.
func client(endpoint, region string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: region, BaseEndpoint: aws.String(endpoint), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
}

// createTables makes every table and waits until it is active; one that exists stays.
func createTables(ctx context.Context, db *dynamodb.Client, tables []Table) error {
	for _, table := range tables {
		in, err := createInput(table)
		if err != nil {
			return err
		}
		var exists *types.ResourceInUseException
		if _, err := db.CreateTable(ctx, in); err != nil && !errors.As(err, &exists) {
			return fmt.Errorf("creating table %s (%s): %w", table.Name, table.LogicalID, err)
		}
	}
	for _, table := range tables {
		err := poll(ctx, func() (bool, error) {
			out, err := db.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table.Name})
			return err == nil && out.Table.TableStatus == types.TableStatusActive, err
		})
		if err != nil {
			return fmt.Errorf("waiting for table %s (%s): %w", table.Name, table.LogicalID, err)
		}
	}
	return nil
}

// poll asks every 10 ms until done, and gives the last error when ctx ends.
func poll(ctx context.Context, ask func() (done bool, err error)) error {
	const interval = 10 * time.Millisecond
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		done, err := ask()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-ticker.C:
		}
	}
}

// CreateTables makes the tables that do not exist yet, as after an edit of the template.
func (d *Dynalite) CreateTables(ctx context.Context, tables []Table) error {
	return createTables(ctx, client(d.endpoint, d.options.Region), tables)
}
