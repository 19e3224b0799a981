// Package names holds the words that the infrastructure and the functions must spell alike:
// environment variables, table keys, indexes, scopes and the alias. A function reads its
// settings under these names and the CDK app writes them. It holds no behaviour.
package names

// Functions: the folder below functions/, the construct and the last part of the physical name.
const (
	Orders     = "orders"
	Authorizer = "authorizer"
	Realtime   = "realtime"
	Webhooks   = "webhooks"
	// ReleaseCheck is asked by CodeDeploy before a new version of another function gets calls.
	ReleaseCheck = "release-check"
)

// Alias is the alias every caller of a function uses.
const Alias = "live"

// Environment variables of the functions.
const (
	// OrdersTable names the DynamoDB table of orders.
	OrdersTable = "ORDERS_TABLE"
	// ConnectionsTable names the DynamoDB table of WebSocket connections.
	ConnectionsTable = "CONNECTIONS_TABLE"
	// RealtimeEndpoint is the base URL of @connections, with the stage.
	RealtimeEndpoint = "REALTIME_ENDPOINT"
	// Issuer is the URL of the user pool that signs tokens.
	Issuer = "ISSUER"
	// Audience lists the app clients that tokens may be made for, with commas between.
	Audience = "AUDIENCE"
	// LogLevel is the least severe level that is logged: debug, info, warn or error.
	LogLevel = "LOG_LEVEL"
	// FunctionPrefix is what stands before a function's folder in its physical name, dash included.
	FunctionPrefix = "FUNCTION_PREFIX"
	// Environment is dev, sit, uat or prod.
	Environment = "ENVIRONMENT"
)

// The orders table and its index by customer.
const (
	OrderID       = "id"
	OrderCustomer = "customer"
	OrderCreated  = "createdAt"
	ByCustomer    = "by-customer"
)

// The connections table and its index by order.
const (
	ConnectionID    = "connectionId"
	ConnectionOrder = "orderId"
	ByOrder         = "by-order"
)

// ExpiresAt is the attribute that DynamoDB's time to live reads, in seconds since 1970.
const ExpiresAt = "expiresAt"

// OAuth scopes: the resource server's identifier, then the scope.
const (
	ResourceServer = "orders"
	Read           = "read"
	Write          = "write"
	ScopeRead      = ResourceServer + "/" + Read
	ScopeWrite     = ResourceServer + "/" + Write
)
