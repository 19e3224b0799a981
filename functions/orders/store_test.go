package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"portico/shared/names"
	"portico/shared/order"
	"portico/shared/push"
)

// startDynalite starts a DynamoDB without tables, and skips where it is not installed.
func startDynalite(t *testing.T) *dynamodb.Client {
	t.Helper()
	script := os.Getenv("DYNALITE")
	if script == "" {
		script = filepath.Join("..", "..", "node_modules", "dynalite", "cli.js")
	}
	if _, err := os.Stat(script); err != nil {
		t.Skip("dynalite is not installed; npm ci installs it")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("node", script, "--host", "127.0.0.1", "--port", fmt.Sprint(port),
		"--createTableMs", "0")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil { // it says that it listens
		t.Fatalf("dynalite did not start: %v", err)
	}
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint: aws.String(fmt.Sprintf("http://127.0.0.1:%d", port)), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
}

// table is a table with text keys and one index, as the infrastructure makes them.
type table struct {
	name, index     string
	keys, indexKeys []string
}

func (w table) create(t *testing.T, db *dynamodb.Client) {
	t.Helper()
	schema := func(keys []string) []types.KeySchemaElement {
		elements := []types.KeySchemaElement{}
		for i, kind := range []types.KeyType{types.KeyTypeHash, types.KeyTypeRange} {
			if i < len(keys) {
				elements = append(elements,
					types.KeySchemaElement{AttributeName: aws.String(keys[i]), KeyType: kind})
			}
		}
		return elements
	}
	var attributes []types.AttributeDefinition
	seen := map[string]bool{}
	for _, key := range slices.Concat(w.keys, w.indexKeys) {
		if !seen[key] {
			attributes = append(attributes, types.AttributeDefinition{
				AttributeName: aws.String(key), AttributeType: types.ScalarAttributeTypeS,
			})
		}
		seen[key] = true
	}
	_, err := db.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &w.name, KeySchema: schema(w.keys), AttributeDefinitions: attributes,
		BillingMode: types.BillingModePayPerRequest,
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: &w.index, KeySchema: schema(w.indexKeys),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := dynamodb.NewTableExistsWaiter(db).Wait(t.Context(),
		&dynamodb.DescribeTableInput{TableName: &w.name}, time.Minute); err != nil {
		t.Fatal(err)
	}
}

func TestStoreKeepsItsPromises(t *testing.T) {
	db := startDynalite(t)
	table{
		name: "orders", keys: []string{names.OrderID},
		index: names.ByCustomer, indexKeys: []string{names.OrderCustomer, names.OrderCreated},
	}.create(t, db)
	store := order.NewStore(order.Options{
		Table: "orders", ByCustomer: names.ByCustomer,
		Open: func() (*dynamodb.Client, error) { return db, nil },
	})
	t.Run("an order comes back as it was created", func(t *testing.T) { createAndGet(t, store) })
	t.Run("one key makes one order", func(t *testing.T) { createAtOnce(t, store) })
	t.Run("of two changes at once one is told", func(t *testing.T) { changeAtOnce(t, store) })
	t.Run("pages cover a customer's orders", func(t *testing.T) { listPages(t, store) })
}

func creation(customer, key string) order.Creation {
	return order.Creation{
		Draft: order.Draft{
			Items: []order.Item{{SKU: "tea", Quantity: 2}}, Reference: "PO-1",
		},
		Customer: customer, Key: key, At: order.At(time.Unix(1767225600, 0)),
	}
}

func createAndGet(t *testing.T, store *order.Store) {
	o, created, err := store.Create(t.Context(), creation("c-1", ""))
	if err != nil || !created {
		t.Fatalf("Create = %v, %v", created, err)
	}
	got, err := store.Get(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o, got); diff != "" {
		t.Errorf("order (-created +got):\n%s", diff)
	}
	if _, err := store.Get(t.Context(), "unknown"); !errors.Is(err, order.ErrNotFound) {
		t.Errorf("unknown order: %v, want ErrNotFound", err)
	}
}

func createAtOnce(t *testing.T, store *order.Store) {
	var mu sync.Mutex // guards ids and made
	ids, made := map[string]bool{}, 0
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			o, created, err := store.Create(t.Context(), creation("c-1", "key"))
			if err != nil {
				t.Errorf("Create: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[o.ID] = true
			if created {
				made++
			}
		})
	}
	all.Wait()
	if len(ids) != 1 || made != 1 {
		t.Errorf("%d ids and %d creations, want 1 and 1", len(ids), made)
	}
	other := creation("c-1", "key")
	other.Reference = "PO-2"
	if _, _, err := store.Create(t.Context(), other); !errors.Is(err, order.ErrKeyReused) {
		t.Errorf("the key with another draft: %v, want ErrKeyReused", err)
	}
	if o, created, err := store.Create(t.Context(), creation("c-2", "key")); err != nil ||
		!created || ids[o.ID] {
		t.Errorf("another customer's key: %v, %v, want an order of its own", created, err)
	}
}

func changeAtOnce(t *testing.T, store *order.Store) {
	o, _, err := store.Create(t.Context(), creation("c-1", ""))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // guards done and conflicts
	done, conflicts := 0, 0
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			changed, err := store.SetStatus(t.Context(), order.Change{
				ID: o.ID, Status: order.Paid, Version: 1, At: order.At(time.Unix(1767225601, 0)),
			})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && changed.Version == 2 && changed.Status == order.Paid:
				done++
			case errors.Is(err, order.ErrConflict):
				conflicts++
			default:
				t.Errorf("SetStatus = %v, %v", changed, err)
			}
		})
	}
	all.Wait()
	if done != 1 || conflicts != 3 {
		t.Errorf("%d changes and %d conflicts, want 1 and 3", done, conflicts)
	}
	_, err = store.SetStatus(t.Context(), order.Change{ID: "unknown", Status: order.Paid})
	if !errors.Is(err, order.ErrConflict) {
		t.Errorf("a change to no order: %v, want ErrConflict", err)
	}
}

func listPages(t *testing.T, store *order.Store) {
	for i := range 5 {
		c := creation("c-list", fmt.Sprint("list-", i))
		c.At = order.At(time.Unix(int64(1767225600+i), 0))
		if _, _, err := store.Create(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	var found []order.Order
	var after order.Cursor
	for {
		page, err := store.List(t.Context(),
			order.Listing{Customer: "c-list", Limit: 2, After: after})
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, page.Orders...)
		if after = page.Next; after == (order.Cursor{}) {
			break
		}
	}
	ids := map[string]bool{}
	for i, o := range found {
		ids[o.ID] = true
		if i > 0 && found[i-1].CreatedAt < o.CreatedAt {
			t.Errorf("order %d is newer than the one before", i)
		}
	}
	if len(found) != 5 || len(ids) != 5 {
		t.Errorf("%d orders, %d different ones, want 5 and 5", len(found), len(ids))
	}
}

func TestConnectionsKeepSubscriptions(t *testing.T) {
	db := startDynalite(t)
	table{
		name: "connections", keys: []string{names.ConnectionID, names.ConnectionOrder},
		index: names.ByOrder, indexKeys: []string{names.ConnectionOrder},
	}.create(t, db)
	connections := push.NewConnections(push.Options{
		Table: "connections", ByOrder: names.ByOrder,
		Open: func() (*dynamodb.Client, error) { return db, nil },
	})
	now := time.Unix(1767225600, 0)
	ctx := t.Context()
	first := push.Connection{ID: "one=", Customer: "c-1", Expires: now.Add(time.Hour)}
	second := push.Connection{ID: "two=", Customer: "c-2", Expires: now.Add(time.Hour)}
	expired := push.Connection{ID: "old=", Customer: "c-1", Expires: now}
	for _, err := range []error{
		connections.Connect(ctx, first), connections.Connect(ctx, second),
		connections.Subscribe(ctx, first, "o-1"), connections.Subscribe(ctx, first, "o-1"),
		connections.Subscribe(ctx, first, "o-2"), connections.Subscribe(ctx, second, "o-1"),
		connections.Subscribe(ctx, expired, "o-1"),
		connections.Unsubscribe(ctx, "one=", "o-2"), connections.Unsubscribe(ctx, "one=", "o-9"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	checkSubscribers(t, connections, now, map[string][]string{"o-1": {"one=", "two="}, "o-2": nil})
	if err := connections.Disconnect(ctx, "one="); err != nil {
		t.Fatal(err)
	}
	checkSubscribers(t, connections, now, map[string][]string{"o-1": {"two="}})
	left, err := db.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("connections")})
	if err != nil {
		t.Fatal(err)
	}
	if left.Count != 3 { // the second connection, its subscription, and the expired one
		t.Errorf("%d rows are left, want 3", left.Count)
	}
}

func checkSubscribers(
	t *testing.T, c *push.Connections, now time.Time, want map[string][]string,
) {
	t.Helper()
	for orderID, ids := range want {
		found, err := c.Subscribers(context.WithoutCancel(t.Context()), orderID, now)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, conn := range found {
			got[conn.ID] = true
		}
		expected := map[string]bool{}
		for _, id := range ids {
			expected[id] = true
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("subscribers of %s (-want +got):\n%s", orderID, diff)
		}
	}
}
