package order

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Page is some of a customer's orders, the newest first.
type Page struct {
	Orders []Order
	Next   Cursor // where the next page begins; zero after the last
}

// Cursor is a place in a customer's orders: behind this one.
type Cursor struct {
	ID        string `json:"id"`
	CreatedAt Time   `json:"at"`
}

// String writes a cursor for use in a URL, "" for the zero cursor.
func (c Cursor) String() string {
	if c == (Cursor{}) {
		return ""
	}
	raw, err := json.Marshal(c)
	if err != nil { // two strings always can be written
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// ParseCursor reads what String has written.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return Cursor{}, fmt.Errorf("cursor %q is not base64url", s)
	}
	var c Cursor
	if err := json.Unmarshal(raw, &c); err != nil || c.ID == "" || c.CreatedAt == "" {
		return Cursor{}, fmt.Errorf("cursor %q names no place in a list", s)
	}
	return c, nil
}

// Listing asks for a page of a customer's orders.
type Listing struct {
	Customer string
	Limit    int32
	After    Cursor
}

// List reads a page of a customer's orders. The index lags a moment behind Create and SetStatus.
func (s *Store) List(ctx context.Context, l Listing) (Page, error) {
	db, err := s.options.Open()
	if err != nil {
		return Page{}, err
	}
	out, err := db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.options.Table, IndexName: &s.options.ByCustomer,
		KeyConditionExpression: aws.String("customer = :customer"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":customer": text(l.Customer),
		},
		ScanIndexForward:  aws.Bool(false),
		Limit:             aws.Int32(l.Limit),
		ExclusiveStartKey: l.start(),
	})
	if err != nil {
		return Page{}, fmt.Errorf("listing the orders of customer %q: %w", l.Customer, err)
	}
	page := Page{Orders: make([]Order, 0, len(out.Items))}
	for _, item := range out.Items {
		r, err := decode(item)
		if err != nil {
			return Page{}, err
		}
		page.Orders = append(page.Orders, r.Order)
	}
	if n := len(page.Orders); out.LastEvaluatedKey != nil && n > 0 {
		page.Next = Cursor{ID: page.Orders[n-1].ID, CreatedAt: page.Orders[n-1].CreatedAt}
	}
	return page, nil
}

// start is the key of the order the page begins behind. The customer comes from the listing, not
// from the cursor, so a cursor opens nobody else's list.
func (l Listing) start() map[string]types.AttributeValue {
	if l.After == (Cursor{}) {
		return nil
	}
	return map[string]types.AttributeValue{
		"id": text(l.After.ID), "createdAt": text(string(l.After.CreatedAt)),
		"customer": text(l.Customer),
	}
}
