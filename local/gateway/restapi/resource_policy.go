package restapi

import (
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/authorize"
	"portico/local/gateway/policy"
)

// invoke is the action of calling an API.
const invoke = "execute-api:Invoke"

// compilePolicy compiles the resource policy that the deployment froze; nil when it has none.
func (a *API) compilePolicy() (*authorize.ResourcePolicy, error) {
	if len(a.def.Policy) == 0 || string(a.def.Policy) == "null" {
		return nil, nil
	}
	return authorize.NewResourcePolicy(a.def.Policy, a.arn())
}

// methodARN returns what policies are asked about.
func (c *call) methodARN() string { return c.stage.arn + c.vars.HTTPMethod + c.path }

// alias returns the method's ARN without the slashes at its end, if there are any: they lead to the
// same method, so they must not lead around a statement that denies it.
//
// Unlike AWS, perhaps: nothing says whether a deny holds there for the path with a slash at its end.
func (c *call) alias() string {
	plain := strings.TrimRight(c.path, "/")
	if plain == c.path || plain == "" {
		return ""
	}
	return c.stage.arn + c.vars.HTTPMethod + plain
}

// asked returns what a policy is asked about the call.
func (c *call) asked(action string) policy.Request {
	return policy.Request{
		Action: action, Resource: c.methodARN(), Alias: c.alias(), Conditions: c.conditions(),
	}
}

// conditions returns the condition keys that the request gives to policies ("AWS condition keys that
// can be used in API Gateway resource policies").
func (c *call) conditions() map[string][]string {
	at := c.vars.RequestTime.UTC()
	keys := map[string][]string{
		"aws:SecureTransport": {strconv.FormatBool(c.request.TLS)},
		"aws:CurrentTime":     {at.Format(time.RFC3339)},
		"aws:EpochTime":       {strconv.FormatInt(at.Unix(), 10)},
	}
	source := "aws:SourceIp"
	if c.vars.VPCEndpointID != "" {
		source = "aws:VpcSourceIp" // AWS has no SourceIp of what comes through an endpoint
	}
	parts := strings.SplitN(c.stage.arn, ":", 6) // arn:…:execute-api:{region}:{account}:…
	for key, value := range map[string]string{
		source:                c.vars.SourceIP,
		"aws:UserAgent":       c.vars.UserAgent,
		"aws:Referer":         c.request.Header.Get("Referer"),
		"aws:SourceVpce":      c.vars.VPCEndpointID,
		"aws:SourceVpc":       c.vars.VPCID,
		"aws:RequestedRegion": parts[3],
		"aws:ResourceAccount": parts[4],
	} {
		if value != "" {
			keys[key] = []string{value}
		}
	}
	return keys
}

// admit lets a call in that nobody signed, unless the resource policy does not: an explicit allow is
// needed where there is a policy.
func (c *call) admit() error {
	if c.stage.policy == nil {
		return nil
	}
	decision, why := c.stage.policy.Anonymous(c.asked(invoke))
	if decision.Effect != policy.Allow {
		return anonymousDenied(c.methodARN(), decision, why)
	}
	c.Note("resource policy", why)
	return nil
}

// precheck is the first phase of the resource policy, before a Lambda authorizer: only what it
// denies ends here. The decision is for the second phase; nil when there is no policy.
func (c *call) precheck() (*policy.Decision, error) {
	if c.stage.policy == nil {
		return nil, nil
	}
	decision, why := c.stage.policy.Anonymous(c.asked(invoke))
	if decision.Effect == policy.Deny || c.stage.policy.ForSigners() {
		return nil, anonymousDenied(c.methodARN(), decision, why)
	}
	c.Note("resource policy", why)
	return &decision, nil
}

// VPCEndpoint is an interface endpoint of a virtual network, through which private APIs are called.
type VPCEndpoint struct {
	ID  string // "vpce-0123456789abcdef0"; "" for none
	VPC string // "vpc-…"; may be ""
}

// The headers that tell what stands behind a private API how a call came in. AWS sets them.
const (
	endpointHeader = "x-amzn-vpce-id"
	vpcHeader      = "x-amzn-vpc-id"
)

// enterPrivately lets a call of a private API in through a VPC endpoint, which the API's policy may
// then ask for. Other APIs do not look at these headers.
//
// Unlike AWS: there is no network here, so the client says in the headers through which endpoint it
// comes, or the settings say it for all clients.
func (a *API) enterPrivately(c *call) error {
	if a.def.EndpointType != "PRIVATE" {
		return nil
	}
	endpoint := a.deps.Endpoint
	if id := c.request.Header.Get(endpointHeader); id != "" {
		endpoint = VPCEndpoint{ID: id, VPC: c.request.Header.Get(vpcHeader)}
	}
	if !strings.HasPrefix(endpoint.ID, "vpce-") {
		return notThroughEndpoint()
	}
	if c.stage.policy == nil {
		c.vars.VPCEndpointID = endpoint.ID
		return privateWithoutPolicy(c.stage.arn + c.vars.HTTPMethod + c.path)
	}
	c.vars.VPCEndpointID, c.vars.VPCID = endpoint.ID, endpoint.VPC
	c.Note("VPC endpoint", endpoint.ID)
	inside := *c.request
	inside.Header = c.request.Header.Clone(2)
	inside.Header.Set(endpointHeader, endpoint.ID)
	inside.Header.Del(vpcHeader)
	if endpoint.VPC != "" {
		inside.Header.Set(vpcHeader, endpoint.VPC)
	}
	c.request = &inside
	return nil
}
