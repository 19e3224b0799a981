package httpapi

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/mapping"
	"portico/local/gateway/route"
)

// The types of integrations that HTTP APIs have.
const (
	typeLambda = "AWS_PROXY"
	typeHTTP   = "HTTP_PROXY"
)

// target is the integration of a route on a stage.
type target struct {
	backend backend
	request *mapping.V2Parameters         // nil without mappings
	replies map[int]*mapping.V2Parameters // by the status of the backend
}

// backend is what an integration calls.
type backend interface {
	// call makes the reply of the call, before the mappings of its status.
	call(ctx context.Context, c *call) error
}

// broken is an integration that cannot be called.
type broken struct{ reason string }

var _ backend = broken{}

func (b broken) call(context.Context, *call) error { return notServed(b.reason) }

func (a *API) compileTarget(s *api.Stage, def *api.Route) (target, error) {
	if def.IntegrationID == "" {
		return target{backend: broken{"the route has no integration"}}, nil
	}
	integration, ok := a.def.Integrations[def.IntegrationID]
	if !ok {
		return target{}, fmt.Errorf("integration %q is not one of this API", def.IntegrationID)
	}
	made, err := a.compileIntegration(s, def, &integration)
	if err != nil {
		return target{}, fmt.Errorf("integration %q: %w", def.IntegrationID, err)
	}
	return made, nil
}

func (a *API) compileIntegration(
	s *api.Stage, def *api.Route, i *api.V2Integration,
) (target, error) {
	timeout := time.Duration(i.TimeoutMillis) * time.Millisecond
	if timeout <= 0 {
		return target{}, fmt.Errorf("timeout of %d ms, allowed are 50 to 30000", i.TimeoutMillis)
	}
	if i.Subtype != "" {
		return a.compileService(s, i)
	}
	var made target
	var err error
	switch i.Type {
	case typeLambda:
		made.backend, err = a.compileFunction(s, def, i)
	case typeHTTP:
		made.backend, err = a.compileHTTPBackend(s, def, i)
	default:
		err = fmt.Errorf("integration type %q: Currently, an API with a protocol type of HTTP may "+
			"only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)", i.Type)
	}
	if err != nil {
		return target{}, err
	}
	return made, made.compileMappings(i)
}

// compileMappings compiles what a call and its reply are changed by.
func (t *target) compileMappings(i *api.V2Integration) error {
	var err error
	if t.request, err = mapping.CompileV2Request(i.RequestParameters); err != nil {
		return fmt.Errorf("RequestParameters: %w", err)
	}
	for text, parameters := range i.ResponseParameters {
		status, err := strconv.Atoi(text)
		if err != nil || status < 200 || status > 599 {
			return fmt.Errorf("ResponseParameters: Status Code %s is not valid", text)
		}
		compiled, err := mapping.CompileV2Response(parameters)
		if err != nil {
			return fmt.Errorf("ResponseParameters: %s: %w", text, err)
		}
		if t.replies == nil {
			t.replies = map[int]*mapping.V2Parameters{}
		}
		t.replies[status] = compiled
	}
	return nil
}

func (a *API) compileFunction(
	s *api.Stage, def *api.Route, i *api.V2Integration,
) (backend, error) {
	f := &function{
		api: a, format: i.PayloadFormatVersion,
		timeout: time.Duration(i.TimeoutMillis) * time.Millisecond,
	}
	if f.format != format10 && f.format != format20 {
		return nil, fmt.Errorf("payload format version %q, allowed are %s and %s",
			f.format, format10, format20)
	}
	uri := exchange.FillStageVariables(i.URI, s.Variables)
	f.arn = functionARN(uri)
	f.name = functionName(f.arn)
	if f.name == "" && uri == i.URI {
		return nil, fmt.Errorf("URI %q names no Lambda function", uri)
	}
	if f.name == "" {
		return broken{fmt.Sprintf("URI %q, with stage variables filled in, names no Lambda function",
			uri)}, nil
	}
	// Unlike AWS: what the integration's own role may do is not looked at.
	if i.Credentials == "" {
		f.sourceARN = a.sourceARN(s.Name, def.Key)
	}
	return f, nil
}

// functionARN takes the function out of an invocation ARN; a function's own ARN stays as it is.
func functionARN(uri string) string {
	if _, rest, found := strings.Cut(uri, "/functions/"); found {
		return strings.TrimSuffix(rest, "/invocations")
	}
	return uri
}

// functionName is "orders" of arn:aws:lambda:us-east-1:123456789012:function:orders:live.
func functionName(arn string) string {
	parts := strings.Split(arn, ":")
	if len(parts) < 7 || parts[2] != "lambda" || parts[5] != "function" {
		return ""
	}
	return parts[6]
}

// sourceARN is whom Lambda's resource policy is asked about: {api}/{stage}/{METHOD}{path}, "*" for
// ANY, and {api}/{stage}/$default.
func (a *API) sourceARN(stageName, key string) string {
	account := a.def.Account
	arn := "arn:" + account.Partition + ":execute-api:" + account.Region + ":" + account.ID + ":" +
		a.def.ID + "/" + stageName + "/"
	if key == defaultRoute {
		return arn + defaultRoute
	}
	method, path := splitKey(key)
	if method == route.Any {
		method = "*"
	}
	return arn + method + path
}

func describeTarget(i *api.V2Integration) string {
	if i.Subtype != "" {
		return i.Subtype
	}
	if name := functionName(functionARN(i.URI)); name != "" {
		return name
	}
	return i.Type + " " + i.URI
}
