// Package api holds the definitions of APIs: plain data shaped like API Gateway's own resources.
//
// A template, an OpenAPI document and a call of the management API fill the same structs; a
// deployment is a frozen copy of one, which the API packages compile. Nothing here decides or runs
// anything. Names and values are AWS's ("WHEN_NO_MATCH", "AWS_PROXY"); where AWS has a default, the
// filled definition holds it, so readers never default anything themselves.
package api

import "cmp"

// Account is where an API lives.
type Account struct {
	ID        string // 12 digits
	Region    string // us-east-1
	Partition string // aws
}

// ARN returns the ARN of something of a service: "function:orders" of lambda. Services whose ARNs
// name no region or account are given an Account without one.
func (a Account) ARN(service, resource string) string {
	return "arn:" + cmp.Or(a.Partition, "aws") + ":" + service + ":" + a.Region + ":" + a.ID + ":" +
		resource
}

// Stage is a named pointer at a deployment, with the settings that take effect without one.
type Stage struct {
	Name         string // "dev", "$default"
	DeploymentID string
	AutoDeploy   bool // HTTP and WebSocket APIs
	Variables    map[string]string
	AccessLog    *AccessLog
	// MethodSettings of a REST API are keyed "{path}/{METHOD}" with "*/*" for all of the stage;
	// the route settings of HTTP and WebSocket APIs are keyed by route key, "*" for the default.
	MethodSettings map[string]MethodSettings
	TracingEnabled bool
	WebACL         string  // ARN of the associated web ACL, "" for none
	Canary         *Canary // REST APIs; nil for none
	// CacheClusterSize is that of a REST API's cache cluster in GB, "0.5" to "237"; "" for no cluster.
	CacheClusterSize string
	// ClientCertificateID names the certificate that a REST or WebSocket API presents to its HTTP
	// backends; "" for none.
	ClientCertificateID string
}

// Canary sends a share of a stage's calls to another deployment.
type Canary struct {
	DeploymentID   string
	PercentTraffic float64           // 0 to 100
	Variables      map[string]string // merged over the stage's
	UseStageCache  bool
}

// AccessLog says where a stage writes a line per call, and its format.
type AccessLog struct {
	DestinationARN string
	Format         string
}

// MethodSettings are the settings of one method or route on a stage.
type MethodSettings struct {
	Throttle     *Throttle // nil: only the account's limits
	LoggingLevel string    // OFF, ERROR, INFO
	Metrics      bool      // metrics are kept of the method or route too, not of the stage alone
	DataTrace    bool
	CacheEnabled bool
	CacheTTL     int // seconds
	// RequireAuthorizationForCacheControl says that clients need a permission to get a new reply.
	RequireAuthorizationForCacheControl bool
	// UnauthorizedCacheControlHeaderStrategy is what clients without it get: FAIL_WITH_403,
	// SUCCEED_WITH_RESPONSE_HEADER, SUCCEED_WITHOUT_RESPONSE_HEADER.
	UnauthorizedCacheControlHeaderStrategy string
}

// Throttle is a token bucket.
type Throttle struct {
	Rate  float64 // requests per second
	Burst int     // size of the bucket
}
