package constructs

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"
)

// RESTRoute is a method of a REST API.
type RESTRoute struct {
	Method string
	Path   string
	Access Access
	// APIKey asks for a key of a usage plan besides.
	APIKey bool
	// Operation is the name of the call in logs and generated clients.
	Operation string
	// Function answers the method; a route has either it, an Integration of another kind, or a target
	// behind a Private load balancer.
	Function    *Function
	Integration awsapigateway.Integration
	Private     *PrivateTarget
	// Model is what a JSON body must look like; nil lets every body through.
	Model *Model
	// Parameters are "header.X", "querystring.x" or "path.x", and whether they must be there.
	Parameters map[string]bool
	// Responses are the statuses the method answers with; functions need none.
	Responses []*awsapigateway.MethodResponse
	// Throttle replaces the stage's limit when its Rate is above 0.
	Throttle Throttle
	// CacheSeconds keeps the function's answer in the stage's cache; 0 keeps it nowhere.
	CacheSeconds int
	// CacheKeys are the Parameters that a cached answer depends on.
	CacheKeys []string
	// Preflight lets the portal's page call the method: its resource answers OPTIONS.
	Preflight bool
}

// Model is a named JSON schema (draft 4) of an API; routes with the same name share it.
type Model struct {
	Name   string
	Schema *awsapigateway.JsonSchema
}

// validation is which parts of a request are checked.
type validation struct {
	body, parameters bool
}

func (r RESTRoute) key() string {
	return r.Method + " " + r.Path
}

// settings are the stage's settings for this method, or nil when the stage's own are enough.
func (r RESTRoute) settings() *awsapigateway.MethodDeploymentOptions {
	if r.Throttle.Rate == 0 && r.CacheSeconds == 0 {
		return nil
	}
	settings := &awsapigateway.MethodDeploymentOptions{
		MetricsEnabled: jsii.Bool(true),
		LoggingLevel:   awsapigateway.MethodLoggingLevel_ERROR,
	}
	if r.Throttle.Rate > 0 {
		settings.ThrottlingRateLimit = jsii.Number(r.Throttle.Rate)
		settings.ThrottlingBurstLimit = jsii.Number(r.Throttle.Burst)
	}
	if r.CacheSeconds > 0 {
		settings.CachingEnabled = jsii.Bool(true)
		settings.CacheDataEncrypted = jsii.Bool(true)
		settings.CacheTtl = awscdk.Duration_Seconds(jsii.Number(r.CacheSeconds))
	}
	return settings
}

func (a *RESTAPI) addRoute(r RESTRoute) {
	options := &awsapigateway.MethodOptions{
		ApiKeyRequired:    jsii.Bool(r.APIKey),
		AuthorizationType: awsapigateway.AuthorizationType_NONE,
		OperationName:     jsii.String(r.Operation),
		RequestParameters: r.requestParameters(),
		RequestValidator:  a.validator(r),
	}
	if r.Model != nil {
		options.RequestModels = &map[string]awsapigateway.IModel{
			"application/json": a.model(r.Model),
		}
	}
	if len(r.Responses) > 0 {
		options.MethodResponses = &r.Responses
	}
	switch r.Access.kind {
	case accessAuthorizer:
		options.AuthorizationType = awsapigateway.AuthorizationType_CUSTOM
		options.Authorizer = a.authorizer
	case accessIAM:
		options.AuthorizationType = awsapigateway.AuthorizationType_IAM
	}
	method := a.API.Root().ResourceForPath(jsii.String(r.Path)).AddMethod(
		jsii.String(r.Method), r.integration(), options)
	a.methods[r.key()] = method
	if r.Private != nil {
		r.Private.targetREST(a.API, method)
	}
	switch r.Access.kind {
	case accessOpen:
		openMethod(method, r.Access.reason)
	case accessAuthorizer:
		Accept(method, ruleNoUserPool, "the Lambda authorizer checks the tokens, of the same user pool")
	case accessIAM:
		Accept(method, ruleNoUserPool, "calls are signed, and IAM policies decide about them")
	}
}

func (r RESTRoute) integration() awsapigateway.Integration {
	switch {
	case r.Function != nil:
		return toFunction(r.Function, r.CacheKeys)
	case r.Private != nil:
		return r.Private.rest()
	}
	return r.Integration
}

// requestParameters are the declared parameters, path parameters included, in AWS's spelling.
func (r RESTRoute) requestParameters() *map[string]*bool {
	parameters := map[string]*bool{}
	for _, segment := range strings.Split(r.Path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			name = strings.TrimSuffix(strings.TrimSuffix(name, "}"), "+")
			parameters["method.request.path."+name] = jsii.Bool(true)
		}
	}
	for name, required := range r.Parameters {
		parameters["method.request."+name] = jsii.Bool(required)
	}
	return &parameters
}

// model returns the API's model of that name.
func (a *RESTAPI) model(m *Model) awsapigateway.IModel {
	if _, ok := a.models[m.Name]; !ok {
		m.Schema.Schema = awsapigateway.JsonSchemaVersion_DRAFT4
		a.models[m.Name] = a.API.AddModel(jsii.String("Model"+m.Name),
			&awsapigateway.ModelOptions{
				ModelName:   jsii.String(m.Name),
				ContentType: jsii.String("application/json"),
				Schema:      m.Schema,
			})
	}
	return a.models[m.Name]
}

// validation is a check of the body when there is a model, and of the parameters when one of them
// must be there. A path parameter is always there, else the route had not matched.
func (r RESTRoute) validation() validation {
	v := validation{body: r.Model != nil}
	for _, required := range r.Parameters {
		v.parameters = v.parameters || required
	}
	return v
}

// validator returns the API's validator for what the route declares; routes share them.
func (a *RESTAPI) validator(r RESTRoute) awsapigateway.IRequestValidator {
	v := r.validation()
	if v == (validation{}) {
		return nil
	}
	if _, ok := a.validators[v]; !ok {
		id := "Validate"
		if v.body {
			id += "Body"
		}
		if v.parameters {
			id += "Parameters"
		}
		a.validators[v] = a.API.AddRequestValidator(jsii.String(id),
			&awsapigateway.RequestValidatorOptions{
				RequestValidatorName:      jsii.String(id),
				ValidateRequestBody:       jsii.Bool(v.body),
				ValidateRequestParameters: jsii.Bool(v.parameters),
			})
	}
	return a.validators[v]
}

// addPreflights answers OPTIONS for the portal's page, by a MOCK on each resource that asks for it.
func (a *RESTAPI) addPreflights(routes []RESTRoute) {
	methods := map[string][]string{}
	for _, r := range routes {
		if r.Preflight {
			methods[r.Path] = append(methods[r.Path], r.Method)
		}
	}
	for _, path := range sortedKeys(methods) {
		method := a.API.Root().ResourceForPath(jsii.String(path)).AddCorsPreflight(
			&awsapigateway.CorsOptions{
				AllowOrigins: jsii.Strings(a.props.PortalOrigin),
				AllowMethods: jsii.Strings(methods[path]...),
				AllowHeaders: jsii.Strings(
					"Authorization", "Content-Type", "Idempotency-Key", "X-Api-Key"),
				MaxAge: awscdk.Duration_Hours(jsii.Number(1)),
			})
		openMethod(method, "a browser sends a preflight without credentials; it tells it only "+
			"which page may call, and no data")
	}
}

func openMethod(method awsapigateway.Method, reason string) {
	method.Node().DefaultChild().(awsapigateway.CfnMethod).AddMetadata(
		jsii.String(openMetadata), reason)
	Accept(method, ruleNoAuthorization, reason)
	Accept(method, ruleNoUserPool, reason)
}
