package order

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"
)

// Causes a caller decides by.
var (
	// ErrNotFound says that there is no such order.
	ErrNotFound = errors.New("no such order")
	// ErrConflict says that the order was changed by someone else meanwhile.
	ErrConflict = errors.New("the order was changed meanwhile")
	// ErrKeyReused says that the key of a create belongs to an order with other contents.
	ErrKeyReused = errors.New("the idempotency key was used for a different order")
)

// Options say where orders are kept.
type Options struct {
	Table      string
	ByCustomer string // the index with partition key customer and sort key createdAt
	// Open reaches the database; it is called with every operation and opens at the first.
	Open func() (*dynamodb.Client, error)
}

// Store keeps orders in a DynamoDB table.
type Store struct{ options Options }

// NewStore returns the store of a table; it reaches for the database at the first operation.
func NewStore(o Options) *Store { return &Store{options: o} }

// row is an order as it lies in the table.
type row struct {
	Order

	// Fingerprint is of the draft, to tell a repeated create from a reused key.
	Fingerprint string `dynamodbav:"fingerprint"`
}

// Creation is what a new order is made from.
type Creation struct {
	Draft

	Customer string
	// Key makes the creation idempotent: one customer's key makes one order. An empty key makes a
	// new order every time.
	Key string
	At  Time
}

// space is the namespace of order ids that are derived from a key.
var space = uuid.MustParse("9f0c8a52-6f0e-5b0e-8d5b-3c1c5d1f7a10")

// id is the id of the order this creation makes. The key decides it, so that the table's primary
// key alone, without a transaction, keeps a second order from being made.
func (c Creation) id() string {
	if c.Key == "" {
		return uuid.NewString()
	}
	return uuid.NewSHA1(space, []byte(c.Customer+"\n"+c.Key)).String()
}

func (c Creation) fingerprint() (string, error) {
	text, err := json.Marshal(c.Draft)
	if err != nil {
		return "", fmt.Errorf("writing the draft: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Create stores a new order, or finds the one its key has made before; created tells which.
func (s *Store) Create(ctx context.Context, c Creation) (o Order, created bool, err error) {
	fingerprint, err := c.fingerprint()
	if err != nil {
		return Order{}, false, err
	}
	r := row{Fingerprint: fingerprint, Order: Order{
		ID: c.id(), Customer: c.Customer, Status: Placed, Items: c.Items, Reference: c.Reference,
		Version: 1, CreatedAt: c.At, UpdatedAt: c.At,
	}}
	item, err := attributevalue.MarshalMap(r)
	if err != nil {
		return Order{}, false, fmt.Errorf("writing order %s: %w", r.ID, err)
	}
	db, err := s.options.Open()
	if err != nil {
		return Order{}, false, err
	}
	_, err = db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.options.Table, Item: item,
		ConditionExpression: aws.String("attribute_not_exists(id)"),
	})
	if isConditionFailed(err) {
		return s.repeated(ctx, r)
	}
	if err != nil {
		return Order{}, false, fmt.Errorf("storing order %s: %w", r.ID, err)
	}
	return r.Order, true, nil
}

// repeated finds the order a key has made, and refuses the key for another draft.
func (s *Store) repeated(ctx context.Context, wanted row) (Order, bool, error) {
	found, err := s.get(ctx, wanted.ID)
	if err != nil {
		return Order{}, false, err
	}
	if found.Fingerprint != wanted.Fingerprint {
		return Order{}, false, fmt.Errorf("order %s: %w", wanted.ID, ErrKeyReused)
	}
	return found.Order, false, nil
}

// Get reads an order as it stands now, or returns ErrNotFound.
func (s *Store) Get(ctx context.Context, id string) (Order, error) {
	r, err := s.get(ctx, id)
	return r.Order, err
}

func (s *Store) get(ctx context.Context, id string) (row, error) {
	db, err := s.options.Open()
	if err != nil {
		return row{}, err
	}
	out, err := db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.options.Table, Key: key(id), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return row{}, fmt.Errorf("reading order %s: %w", id, err)
	}
	if out.Item == nil {
		return row{}, fmt.Errorf("order %s: %w", id, ErrNotFound)
	}
	return decode(out.Item)
}

// Change is a status an order shall take.
type Change struct {
	ID      string
	Status  Status
	Version int64 // the version the change was decided on
	At      Time
}

// SetStatus gives an order a status, provided it still has the version of the change; otherwise
// it returns ErrConflict. Whether the status may follow is the caller's to decide.
func (s *Store) SetStatus(ctx context.Context, c Change) (Order, error) {
	db, err := s.options.Open()
	if err != nil {
		return Order{}, err
	}
	out, err := db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.options.Table, Key: key(c.ID),
		UpdateExpression:    aws.String("SET #status = :status, #version = :next, updatedAt = :at"),
		ConditionExpression: aws.String("#version = :version"),
		ExpressionAttributeNames: map[string]string{
			"#status": "status", "#version": "version",
		},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":status":  text(string(c.Status)),
			":at":      text(string(c.At)),
			":version": &types.AttributeValueMemberN{Value: strconv.FormatInt(c.Version, 10)},
			":next":    &types.AttributeValueMemberN{Value: strconv.FormatInt(c.Version+1, 10)},
		},
		ReturnValues: types.ReturnValueAllNew,
	})
	if isConditionFailed(err) {
		return Order{}, fmt.Errorf("order %s version %d: %w", c.ID, c.Version, ErrConflict)
	}
	if err != nil {
		return Order{}, fmt.Errorf("updating order %s: %w", c.ID, err)
	}
	r, err := decode(out.Attributes)
	return r.Order, err
}

func decode(item map[string]types.AttributeValue) (row, error) {
	var r row
	if err := attributevalue.UnmarshalMap(item, &r); err != nil {
		return row{}, fmt.Errorf("reading an order's attributes: %w", err)
	}
	return r, nil
}

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": text(id)}
}

func text(value string) types.AttributeValue { return &types.AttributeValueMemberS{Value: value} }

func isConditionFailed(err error) bool {
	var failed *types.ConditionalCheckFailedException
	return errors.As(err, &failed)
}
