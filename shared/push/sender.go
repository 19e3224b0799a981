package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"
	"golang.org/x/sync/errgroup"
)

// ErrGone says that the client is not connected any more; the connection has been forgotten.
var ErrGone = errors.New("the connection is gone")

// atOnce is how many connections are posted to at the same time.
const atOnce = 16

// Directory knows who is connected; *Connections is one.
type Directory interface {
	Subscribers(ctx context.Context, orderID string, now time.Time) ([]Connection, error)
	Disconnect(ctx context.Context, connectionID string) error
}

var _ Directory = (*Connections)(nil)

// Sender posts messages to connections.
type Sender struct {
	Directory Directory
	// Open reaches the @connections API; it is called with every message.
	Open func() (*apigatewaymanagementapi.Client, error)
	// Timeout ends a message or publication that takes longer; it must be positive, because a
	// caller waits meanwhile.
	Timeout time.Duration
	Now     func() time.Time
}

// Notice is the change of an order.
type Notice struct {
	OrderID  string
	Customer string // only connections of this customer are told
	Order    any    // the order as it stands now, sent as JSON
}

// message is what a subscriber gets.
type message struct {
	Type  string `json:"type"`
	Order any    `json:"order"`
}

// Report counts what became of a notice.
type Report struct{ Sent, Gone int }

// Publish tells everybody who has subscribed to the order. A connection that cannot be reached
// does not keep the others from being told; the error joins all that failed.
func (s *Sender) Publish(ctx context.Context, n Notice) (Report, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	data, err := json.Marshal(message{Type: "order.changed", Order: n.Order})
	if err != nil {
		return Report{}, fmt.Errorf("writing the notice of order %s: %w", n.OrderID, err)
	}
	connections, err := s.Directory.Subscribers(ctx, n.OrderID, s.Now())
	if err != nil {
		return Report{}, err
	}
	var sent, gone atomic.Int64
	errs := make([]error, len(connections))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, conn := range connections {
		if conn.Customer != n.Customer {
			continue
		}
		group.Go(func() error {
			switch err := s.post(ctx, conn.ID, data); {
			case err == nil:
				sent.Add(1)
			case errors.Is(err, ErrGone):
				gone.Add(1)
			default:
				errs[i] = err
			}
			return nil
		})
	}
	_ = group.Wait() // the failures are in errs, every one of them
	return Report{Sent: int(sent.Load()), Gone: int(gone.Load())}, errors.Join(errs...)
}

// Send posts one message to one connection, or returns ErrGone.
func (s *Sender) Send(ctx context.Context, connectionID string, message any) error {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	data, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("writing a message to connection %s: %w", connectionID, err)
	}
	return s.post(ctx, connectionID, data)
}

func (s *Sender) post(ctx context.Context, connectionID string, data []byte) error {
	client, err := s.Open()
	if err != nil {
		return err
	}
	_, err = client.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{
		ConnectionId: &connectionID, Data: data,
	})
	if isGone(err) {
		if err := s.Directory.Disconnect(ctx, connectionID); err != nil {
			return err
		}
		return fmt.Errorf("connection %s: %w", connectionID, ErrGone)
	}
	if err != nil {
		return fmt.Errorf("posting to connection %s: %w", connectionID, err)
	}
	return nil
}

// isGone also goes by the status, because API Gateway answers 410 without a body that names it.
func isGone(err error) bool {
	var gone *types.GoneException
	if errors.As(err, &gone) {
		return true
	}
	var response interface{ HTTPStatusCode() int }
	return errors.As(err, &response) && response.HTTPStatusCode() == http.StatusGone
}
