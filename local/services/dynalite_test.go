package services_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.uber.org/goleak"

	"portico/local/services"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// modules returns the repository's node_modules, where npm install puts dynalite.
func modules(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("Node.js is not installed")
	}
	const dir = "../../node_modules"
	if _, err := os.Stat(filepath.Join(dir, "dynalite", "cli.js")); err != nil {
		t.Skip("dynalite is not installed: run npm install")
	}
	return dir
}

var orders = services.Table{
	Name: "orders", LogicalID: "Orders", Input: []byte(`{
		"TableName": "orders", "BillingMode": "PAY_PER_REQUEST",
		"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"},
			{"AttributeName": "customer", "AttributeType": "S"}],
		"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
		"GlobalSecondaryIndexes": [{"IndexName": "by-customer",
			"KeySchema": [{"AttributeName": "customer", "KeyType": "HASH"}],
			"Projection": {"ProjectionType": "ALL"}}],
		"TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": true},
		"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}}`),
}

var provisioned = services.Table{
	Name: "small", LogicalID: "Small", Input: []byte(`{
		"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
		"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
		"ProvisionedThroughput": {"ReadCapacityUnits": "5", "WriteCapacityUnits": 5}}`),
}

// journal keeps what is logged.
type journal struct {
	mu    sync.Mutex // guards text
	text  strings.Builder
	again chan struct{} // a line says that dynalite runs again
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if strings.Contains(string(p), "runs again") {
		close(j.again)
	}
	return j.text.Write(p)
}

func TestDynalite(t *testing.T) {
	log := &journal{again: make(chan struct{})}
	companion, err := services.Start(t.Context(), services.Options{
		Modules: modules(t), Region: "us-east-1",
		Tables: []services.Table{orders, provisioned},
		Log:    slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer companion.Close()
	db := dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(companion.Endpoint()),
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), RetryMaxAttempts: 1,
	})
	put := func() error {
		_, err := db.PutItem(context.Background(), &dynamodb.PutItemInput{
			TableName: aws.String("orders"), Item: map[string]types.AttributeValue{
				"id":       &types.AttributeValueMemberS{Value: "1"},
				"customer": &types.AttributeValueMemberS{Value: "c"},
			},
		})
		return err
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	if err := companion.Crash(); err != nil {
		t.Fatal(err)
	}
	<-log.again
	if err := put(); err != nil {
		t.Errorf("after a crash: %v", err)
	}
	if err := companion.Close(); err != nil {
		t.Error(err)
	}
	if err := put(); err == nil {
		t.Error("dynalite answers after Close")
	}
}

func TestDynaliteRefuses(t *testing.T) {
	tests := []struct {
		name    string
		options func(t *testing.T) services.Options
		want    string
	}{
		{"no node", func(*testing.T) services.Options {
			return services.Options{Node: "no-such-program"}
		}, "install Node.js"},
		{"no dynalite", func(t *testing.T) services.Options {
			return services.Options{Node: "true", Modules: t.TempDir()}
		}, "run npm install"},
		{"a program that ends at once", func(t *testing.T) services.Options {
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, "dynalite"), 0o700); err != nil {
				t.Fatal(err)
			}
			script := []byte("echo broken >&2; exit 3\n")
			if err := os.WriteFile(filepath.Join(dir, "dynalite", "cli.js"), script, 0o600); err != nil {
				t.Fatal(err)
			}
			return services.Options{Node: "sh", Modules: dir, Region: "us-east-1"}
		}, "it printed: broken"},
		{"a table that DynamoDB refuses", func(t *testing.T) services.Options {
			return services.Options{Modules: modules(t), Region: "us-east-1", Tables: []services.Table{
				{Name: "bad", LogicalID: "Bad", Input: []byte(`{}`)},
			}}
		}, "creating table bad (Bad)"},
		{"properties that cannot be read", func(t *testing.T) services.Options {
			return services.Options{Modules: modules(t), Region: "us-east-1", Tables: []services.Table{
				{Name: "bad", LogicalID: "Bad", Input: []byte(`{"KeySchema":1}`)},
			}}
		}, "properties of table bad (Bad)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			companion, err := services.Start(t.Context(), test.options(t))
			if err == nil {
				_ = companion.Close()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one with %q", err, test.want)
			}
		})
	}
}
