package api

// HTTP is an HTTP API (apigatewayv2, ProtocolType HTTP).
type HTTP struct {
	ID                        string
	Name                      string
	Account                   Account
	CORS                      *CORS
	DisableExecuteAPIEndpoint bool
	Routes                    []Route
	Integrations              map[string]V2Integration // by id
	Authorizers               map[string]V2Authorizer  // by id
	Stages                    []Stage
}

// CORS is the configuration that makes an HTTP API answer preflights itself.
type CORS struct {
	AllowCredentials bool
	AllowHeaders     []string
	AllowMethods     []string
	AllowOrigins     []string
	ExposeHeaders    []string
	MaxAge           *int // seconds
}

// Route is a route of an HTTP or WebSocket API.
type Route struct {
	ID                               string
	Key                              string // "GET /orders/{id}", "$default", "$connect", "subscribe"
	AuthorizationType                string // NONE, AWS_IAM, JWT, CUSTOM
	AuthorizerID                     string
	AuthorizationScopes              []string
	APIKeyRequired                   bool // WebSocket $connect
	IntegrationID                    string
	OperationName                    string
	RouteResponseSelectionExpression string // WebSocket: "$default" makes a route two-way
	HasRouteResponse                 bool   // WebSocket: a RouteResponse $default exists
	// ModelSelectionExpression selects, of a WebSocket route, the key of RequestModels whose model a
	// message must fit; "" checks nothing.
	ModelSelectionExpression string
	RequestModels            map[string]string // WebSocket: names of models by key
	// RequestParameters of $connect are keyed route.request.header.x or route.request.querystring.x;
	// those that are true must be there.
	RequestParameters map[string]bool
}

// V2Integration is an integration of an HTTP or WebSocket API.
type V2Integration struct {
	ID                   string
	Type                 string // AWS_PROXY, HTTP_PROXY, AWS, HTTP, MOCK
	Subtype              string // EventBridge-PutEvents, …
	Method               string
	URI                  string // Lambda function or invocation ARN, or URL
	Credentials          string
	PayloadFormatVersion string // "1.0", "2.0"
	TimeoutMillis        int    // 30000 for HTTP, 29000 for WebSocket APIs
	ConnectionType       string
	ConnectionID         string
	RequestParameters    map[string]string
	ResponseParameters   map[string]map[string]string // by status code
	RequestTemplates     map[string]string
	TemplateSelection    string
	PassthroughBehavior  string
	ContentHandling      string
	TLSServerName        string
	// Targets, of a private integration, are further names of what URI names; Links are those that
	// ConnectionID may name. Addresses are where the template itself says that the target listens on
	// this machine: http://127.0.0.1:9000.
	Targets   []string
	Links     []VPCLink
	Addresses []string
	// Responses are the integration responses of a WebSocket API.
	Responses []V2IntegrationResponse
}

// V2Authorizer is an authorizer of an HTTP or WebSocket API.
type V2Authorizer struct {
	ID                    string
	Name                  string
	Type                  string   // JWT, REQUEST
	IdentitySource        []string // $request.header.Authorization, route.request.querystring.token
	Issuer                string   // JWT
	Audience              []string // JWT
	URI                   string   // REQUEST
	Credentials           string
	PayloadFormatVersion  string
	EnableSimpleResponses bool
	ResultTTL             int // seconds; HTTP APIs only
}
