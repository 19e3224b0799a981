// Package push tells WebSocket clients what they have subscribed to.
//
// Connections keeps who is connected and who wants to hear of which order; Sender posts messages
// through the @connections API and forgets the connections that answer 410. The function realtime
// fills the table, the functions that change orders publish. It does not decide who may connect;
// it does keep one customer's messages from another.
package push

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Options say where connections are kept.
type Options struct {
	Table   string
	ByOrder string // the index with partition key orderId
	// Open reaches the database; it is called with every operation and opens at the first.
	Open func() (*dynamodb.Client, error)
}

// Connections keeps connections and their subscriptions in a DynamoDB table.
type Connections struct{ options Options }

// NewConnections returns the connections of a table; it reaches for the database at first use.
func NewConnections(o Options) *Connections { return &Connections{options: o} }

// Connection is one open WebSocket.
type Connection struct {
	ID       string
	Customer string
	// Expires is when the row may go: a lost $disconnect must not leave it behind forever.
	Expires time.Time
}

// item is a row: the connection itself, or one subscription of it.
type item struct {
	ConnectionID string `dynamodbav:"connectionId"`
	OrderID      string `dynamodbav:"orderId"`
	Customer     string `dynamodbav:"customer"`
	ExpiresAt    int64  `dynamodbav:"expiresAt"`
}

// self is the sort key of the row that stands for the connection itself. It is different for every
// connection, because it is also the partition key of the index.
func self(connectionID string) string { return "connection#" + connectionID }

// Connect stores a connection.
func (c *Connections) Connect(ctx context.Context, conn Connection) error {
	return c.put(ctx, conn, self(conn.ID))
}

// Subscribe stores that a connection wants to hear of an order; doing so twice changes nothing.
func (c *Connections) Subscribe(ctx context.Context, conn Connection, orderID string) error {
	return c.put(ctx, conn, orderID)
}

func (c *Connections) put(ctx context.Context, conn Connection, orderID string) error {
	values, err := attributevalue.MarshalMap(item{
		ConnectionID: conn.ID, OrderID: orderID, Customer: conn.Customer,
		ExpiresAt: conn.Expires.Unix(),
	})
	if err != nil {
		return fmt.Errorf("writing connection %s: %w", conn.ID, err)
	}
	db, err := c.options.Open()
	if err != nil {
		return err
	}
	_, err = db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &c.options.Table, Item: values})
	if err != nil {
		return fmt.Errorf("storing connection %s, %s: %w", conn.ID, orderID, err)
	}
	return nil
}

// Unsubscribe forgets one subscription; one that does not exist is no error.
func (c *Connections) Unsubscribe(ctx context.Context, connectionID, orderID string) error {
	db, err := c.options.Open()
	if err != nil {
		return err
	}
	_, err = db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &c.options.Table, Key: key(connectionID, orderID),
	})
	if err != nil {
		return fmt.Errorf("deleting connection %s, %s: %w", connectionID, orderID, err)
	}
	return nil
}

// Disconnect forgets a connection and all its subscriptions.
func (c *Connections) Disconnect(ctx context.Context, connectionID string) error {
	rows, err := c.query(ctx, &dynamodb.QueryInput{
		KeyConditionExpression: aws.String("connectionId = :id"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":id": &types.AttributeValueMemberS{Value: connectionID},
		},
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("reading connection %s: %w", connectionID, err)
	}
	for _, r := range rows {
		if err := c.Unsubscribe(ctx, r.ConnectionID, r.OrderID); err != nil {
			return err
		}
	}
	return nil
}

// Subscribers returns the connections that want to hear of an order and have not expired.
func (c *Connections) Subscribers(
	ctx context.Context, orderID string, now time.Time,
) ([]Connection, error) {
	rows, err := c.query(ctx, &dynamodb.QueryInput{
		IndexName:              &c.options.ByOrder,
		KeyConditionExpression: aws.String("orderId = :id"),
		FilterExpression:       aws.String("expiresAt > :now"), // the time to live deletes days late
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":id":  &types.AttributeValueMemberS{Value: orderID},
			":now": &types.AttributeValueMemberN{Value: strconv.FormatInt(now.Unix(), 10)},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("reading the subscribers of order %s: %w", orderID, err)
	}
	connections := make([]Connection, 0, len(rows))
	for _, r := range rows {
		connections = append(connections, Connection{
			ID: r.ConnectionID, Customer: r.Customer, Expires: time.Unix(r.ExpiresAt, 0),
		})
	}
	return connections, nil
}

// query reads all pages.
func (c *Connections) query(ctx context.Context, in *dynamodb.QueryInput) ([]item, error) {
	db, err := c.options.Open()
	if err != nil {
		return nil, err
	}
	in.TableName = &c.options.Table
	var rows []item
	for pages := dynamodb.NewQueryPaginator(db, in); pages.HasMorePages(); {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		var page []item
		if err := attributevalue.UnmarshalListOfMaps(out.Items, &page); err != nil {
			return nil, fmt.Errorf("reading the attributes: %w", err)
		}
		rows = append(rows, page...)
	}
	return rows, nil
}

func key(connectionID, orderID string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"connectionId": &types.AttributeValueMemberS{Value: connectionID},
		"orderId":      &types.AttributeValueMemberS{Value: orderID},
	}
}
