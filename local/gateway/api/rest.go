package api

import "encoding/json"

// REST is a REST API (apigateway v1).
type REST struct {
	ID                        string
	Name                      string
	Account                   Account
	APIKeySource              string // HEADER or AUTHORIZER
	BinaryMediaTypes          []string
	MinimumCompressionSize    *int // nil: no compression
	DisableExecuteAPIEndpoint bool
	EndpointType              string // EDGE, REGIONAL or PRIVATE
	Policy                    json.RawMessage
	Resources                 []Resource
	Authorizers               map[string]RESTAuthorizer   // by id
	Models                    map[string]Model            // by name
	RequestValidators         map[string]RequestValidator // by id
	GatewayResponses          map[string]GatewayResponse  // by response type, the customised ones
	UsagePlans                []UsagePlan                 // those that name a stage of this API
	Stages                    []Stage
	// Deployments are those that a template snapshots this very definition by; stages may point to
	// older ones besides.
	Deployments []string
}

// Resource is a path and its methods.
type Resource struct {
	ID      string
	Path    string            // "/orders/{id}"; the root is "/"
	Methods map[string]Method // by verb, or "ANY"
}

// Method is what clients may call on a resource.
type Method struct {
	AuthorizationType   string // NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS
	AuthorizerID        string
	AuthorizationScopes []string
	APIKeyRequired      bool
	OperationName       string
	RequestParameters   map[string]bool   // method.request.header.x → required
	RequestModels       map[string]string // content type → model name
	RequestValidatorID  string
	Responses           map[string]MethodResponse // by status code
	Integration         Integration
}

// MethodResponse declares a status a method may answer with.
type MethodResponse struct {
	Parameters map[string]bool   // method.response.header.x
	Models     map[string]string // content type → model name
}

// Integration is what a method calls.
type Integration struct {
	Type                string // AWS, AWS_PROXY, HTTP, HTTP_PROXY, MOCK
	HTTPMethod          string
	URI                 string
	Credentials         string
	PassthroughBehavior string            // WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER
	RequestTemplates    map[string]string // content type → template
	RequestParameters   map[string]string // integration.request.header.x → expression
	Responses           []IntegrationResponse
	ContentHandling     string // "", CONVERT_TO_BINARY, CONVERT_TO_TEXT
	TimeoutMillis       int    // 29000
	ConnectionType      string // INTERNET, VPC_LINK
	ConnectionID        string
	Targets             []string // of a VPC link v2: the ARN (IntegrationTarget), then its logical id
	Links               []VPCLink
	CacheNamespace      string
	CacheKeyParameters  []string
	ResponseMode        string // BUFFERED, STREAM
	InsecureTLS         bool
}

// VPCLink is a link that ConnectionID may name: all of the template when it has stage variables.
type VPCLink struct {
	ID    string
	Names []string // of its targets and of itself: ARNs, then logical ids
}

// IntegrationResponse maps one kind of backend answer to a method response.
type IntegrationResponse struct {
	StatusCode       string
	SelectionPattern string // a Java regular expression; "" is the default response
	Templates        map[string]string
	Parameters       map[string]string // method.response.header.x → expression
	ContentHandling  string
}

// RESTAuthorizer is an authorizer of a REST API.
type RESTAuthorizer struct {
	ID                 string
	Name               string
	Type               string // TOKEN, REQUEST, COGNITO_USER_POOLS
	URI                string // of the Lambda function
	Credentials        string
	IdentitySource     string // "method.request.header.Authorization, context.httpMethod"
	IdentityValidation string // a Java regular expression
	ResultTTL          int    // seconds; 0 turns the cache off
	ProviderARNs       []string
}

// Model is a JSON schema (draft 4).
type Model struct {
	Name        string
	ContentType string
	Schema      json.RawMessage
}

// RequestValidator says what of a request is checked.
type RequestValidator struct {
	ValidateBody       bool
	ValidateParameters bool
}

// GatewayResponse is the customised answer of one type of refusal.
type GatewayResponse struct {
	Type       string // "UNAUTHORIZED", "DEFAULT_4XX"
	StatusCode int    // 0: the type's own
	Parameters map[string]string
	Templates  map[string]string
}

// UsagePlan ties API keys to stages, with limits per key.
type UsagePlan struct {
	ID       string
	Name     string
	Throttle *Throttle
	Quota    *Quota
	Stages   []UsagePlanStage
	Keys     []APIKey
}

// UsagePlanStage is one stage of a plan, with overrides by "{path}/{METHOD}".
type UsagePlanStage struct {
	APIID    string
	Stage    string
	Throttle map[string]Throttle
}

// Quota is a number of calls a key may make in a period.
type Quota struct {
	Limit  int
	Offset int
	Period string // DAY, WEEK, MONTH
}

// APIKey is a key of a client.
type APIKey struct {
	ID      string
	Name    string
	Value   string
	Enabled bool
}
