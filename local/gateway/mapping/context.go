package mapping

import (
	"maps"
	"slices"

	"portico/local/gateway/exchange"
	"portico/local/gateway/vtl"
)

// contextObject is $context.
type contextObject struct {
	r        *rendering
	identity prefixed // made when a template first asks
}

var _ vtl.Object = (*contextObject)(nil)

// contextNames are the variables of $context.keySet(), in the order AWS gives them.
var contextNames = []string{
	"resourceId", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path",
	"accountId", "protocol", "requestOverride", "stage", "domainPrefix", "requestTimeEpoch",
	"requestId", "identity", "domainName", "deploymentId", "responseOverride", "apiId",
	"connectionId", "connectedAt", "eventType", "messageId", "routeKey", "operationName",
}

// Property returns a context variable.
func (c *contextObject) Property(name string) any {
	switch name {
	case "identity":
		c.identity = prefixed{c.r.in.Variables, "identity.", identityNames}
		return &c.identity
	case "authorizer":
		return &prefixed{c.r.in.Variables, "authorizer.", nil}
	case "error":
		return &prefixed{c.r.in.Variables, "error.", errorNames}
	case "customDomain":
		return &prefixed{c.r.in.Variables, "customDomain.", customDomainNames}
	case "integration":
		return &prefixed{c.r.in.Variables, "integration.", integrationNames}
	case "requestOverride":
		return &group{c.r.changes().request}
	case "responseOverride":
		return &group{c.r.changes().response}
	case "isCanaryRequest":
		if c.r.in.Canary == nil {
			return nil
		}
		return *c.r.in.Canary
	}
	return lookup(c.r.in.Variables, name)
}

func lookup(variables *exchange.Variables, name string) any {
	if variables == nil {
		return nil
	}
	if value, ok := variables.Lookup(name); ok {
		return value
	}
	return nil
}

// Call knows what a map that cannot be written to knows.
func (c *contextObject) Call(method string, args []any) (any, bool, error) {
	switch {
	case method == "get" && len(args) == 1:
		name, _ := args[0].(string)
		return c.Property(name), true, nil
	case method == "put":
		return nil, true, nil
	}
	return c.snapshot().Call(method, args)
}

func (c *contextObject) snapshot() *vtl.Map {
	m := vtl.NewMap(len(contextNames))
	for _, name := range contextNames {
		if value := c.Property(name); value != nil {
			m.Put(name, value)
		}
	}
	return m
}

// String prints all variables as a map.
func (c *contextObject) String() string { return vtl.String(c.snapshot()) }

var identityNames = []string{
	"cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp",
	"principalOrgId", "accessKey", "cognitoAuthenticationType", "cognitoAuthenticationProvider",
	"userArn", "userAgent", "user",
}

var (
	clientCertNames   = []string{"clientCertPem", "serialNumber", "issuerDN", "subjectDN"}
	validityNames     = []string{"notBefore", "notAfter"}
	customDomainNames = []string{"basePathMatched", "routingRuleIdMatched"}
)

var errorNames = []string{"message", "messageString", "responseType", "validationErrorString"}

var integrationNames = []string{"error", "integrationStatus", "latency", "requestId", "status"}

// prefixed are the variables below $context.identity, $context.authorizer and their like. It prints
// nothing, as on AWS.
type prefixed struct {
	variables *exchange.Variables
	prefix    string
	names     []string // of keySet; nil: those of the authorizer
}

var _ vtl.Object = (*prefixed)(nil)

// Property returns a variable below; what an identity lacks is "".
func (p *prefixed) Property(name string) any {
	if name == "claims" && p.prefix == "authorizer." {
		return &prefixed{p.variables, "authorizer.claims.", nil}
	}
	if below, ok := p.certificate(name); ok {
		return below
	}
	value := lookup(p.variables, p.prefix+name)
	if value == nil && p.names != nil && slices.Contains(p.names, name) {
		return ""
	}
	return value
}

// certificate returns what is below $context.identity of a client with a certificate.
func (p *prefixed) certificate(name string) (*prefixed, bool) {
	if p.variables == nil || p.variables.ClientCertificate == nil {
		return nil, false
	}
	switch p.prefix + name {
	case "identity.clientCert":
		return &prefixed{p.variables, p.prefix + name + ".", clientCertNames}, true
	case "identity.clientCert.validity":
		return &prefixed{p.variables, p.prefix + name + ".", validityNames}, true
	}
	return nil, false
}

// Call knows what a map that cannot be written to knows.
func (p *prefixed) Call(method string, args []any) (any, bool, error) {
	switch {
	case method == "get" && len(args) == 1:
		name, _ := args[0].(string)
		return p.Property(name), true, nil
	case method == "put":
		return nil, true, nil
	}
	m := vtl.NewMap(8)
	for _, name := range p.keys() {
		if value := p.Property(name); value != nil {
			m.Put(name, value)
		}
	}
	return m.Call(method, args)
}

func (p *prefixed) keys() []string {
	switch {
	case p.names != nil:
		return p.names
	case p.variables == nil:
		return nil
	case p.prefix == "authorizer.claims.":
		return slices.Sorted(maps.Keys(p.variables.Claims))
	}
	names := slices.Sorted(maps.Keys(p.variables.Authorizer))
	if p.variables.PrincipalID != "" {
		names = append(names, "principalId")
	}
	return names
}

// String prints nothing.
func (p *prefixed) String() string { return "" }

// group is a map that prints nothing: requestOverride and responseOverride.
type group struct{ m *vtl.Map }

var _ vtl.Object = (*group)(nil)

// Property returns what the map has.
func (g *group) Property(name string) any {
	value, _ := g.m.GetString(name)
	return value
}

// Call calls the map.
func (g *group) Call(method string, args []any) (any, bool, error) { return g.m.Call(method, args) }

// String prints nothing.
func (g *group) String() string { return "" }

// stageVariables is $stageVariables.
type stageVariables struct{ variables map[string]string }

var _ vtl.Object = (*stageVariables)(nil)

// Property returns a stage variable.
func (s *stageVariables) Property(name string) any {
	if value, ok := s.variables[name]; ok {
		return value
	}
	return nil
}

// Call knows what a map knows; a change is not kept.
func (s *stageVariables) Call(method string, args []any) (any, bool, error) {
	if method == "get" && len(args) == 1 {
		name, _ := args[0].(string)
		return s.Property(name), true, nil
	}
	return s.snapshot().Call(method, args)
}

func (s *stageVariables) snapshot() *vtl.Map {
	m := vtl.NewMap(len(s.variables))
	for _, name := range slices.Sorted(maps.Keys(s.variables)) {
		m.Put(name, s.variables[name])
	}
	return m
}

// String prints the variables as a map.
func (s *stageVariables) String() string { return vtl.String(s.snapshot()) }
