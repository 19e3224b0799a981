package constructs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// RESTAPIProps describes a REST API with one stage and at most one Lambda authorizer.
type RESTAPIProps struct {
	Name        string
	Description string
	StageName   string
	// Variables are the stage's variables, for integrations that differ between stages.
	Variables map[string]string
	// Authorizer is the function behind Access Authorized. It gets the Authorization header and its
	// answer counts for five minutes.
	Authorizer *Function
	// PortalOrigin is the one web page that may read answers, refusals included.
	PortalOrigin string
	// CacheGB is the size of the response cache; empty means that there is none.
	CacheGB string
	// Throttle bounds each method that has no limit of its own.
	Throttle Throttle
	Tracing  bool
	Logs     LogProps
}

// RESTAPI is a REST API that logs every call and throttles every method.
type RESTAPI struct {
	API        awsapigateway.RestApi
	props      RESTAPIProps
	authorizer awsapigateway.IAuthorizer
	validators map[validation]awsapigateway.RequestValidator
	models     map[string]awsapigateway.IModel
	methods    map[string]awsapigateway.Method
}

// authorizerSeconds is how long an answer of the authorizer counts: AWS's default, said aloud.
const authorizerSeconds = 300

// NewRESTAPI creates the API and its stage; AddRoutes gives it methods.
func NewRESTAPI(
	scope constructs.Construct, props RESTAPIProps, routes []RESTRoute,
) (*RESTAPI, error) {
	if err := props.Throttle.check("the stage limit", props.Name); err != nil {
		return nil, err
	}
	for _, r := range routes {
		if err := props.checkRoute(r); err != nil {
			return nil, err
		}
	}
	logs, err := newLogGroup(scope, "AccessLogs", accessLogGroup(props.Name), props.Logs)
	if err != nil {
		return nil, err
	}
	api := &RESTAPI{
		props:      props,
		validators: map[validation]awsapigateway.RequestValidator{},
		models:     map[string]awsapigateway.IModel{},
		methods:    map[string]awsapigateway.Method{},
	}
	stage := props.stage(routes)
	stage.AccessLogDestination = awsapigateway.NewLogGroupLogDestination(logs)
	stage.AccessLogFormat = awsapigateway.AccessLogFormat_Custom(
		jsii.String(accessLogFormat(restAccessLog())))
	api.API = awsapigateway.NewRestApi(scope, jsii.String("Api"), &awsapigateway.RestApiProps{
		RestApiName:      jsii.String(props.Name),
		Description:      jsii.String(props.Description),
		EndpointTypes:    &[]awsapigateway.EndpointType{awsapigateway.EndpointType_REGIONAL},
		ApiKeySourceType: awsapigateway.ApiKeySourceType_HEADER,
		// The account's role belongs to the account stack: an API that brings its own would take
		// the role away from every other API of the region.
		CloudWatchRole: jsii.Bool(false),
		DeployOptions:  stage,
	})
	Accept(api.API, ruleNoValidation,
		"methods are validated one by one, by what each declares of its body and parameters")
	if props.Authorizer != nil {
		api.authorizer = api.newAuthorizer()
	}
	api.addGatewayResponses()
	for _, r := range routes {
		api.addRoute(r)
	}
	api.addPreflights(routes)
	return api, nil
}

func (p RESTAPIProps) checkRoute(r RESTRoute) error {
	if err := r.Access.check(p.Name, r.key()); err != nil {
		return err
	}
	if err := r.Throttle.checkRoute(r.key(), p.Name); err != nil {
		return err
	}
	if r.Access.kind == accessAuthorizer && p.Authorizer == nil {
		return fmt.Errorf("route %q of API %q asks for an authorizer but the API has none",
			r.key(), p.Name)
	}
	if err := p.checkTarget(r); err != nil {
		return err
	}
	if r.CacheSeconds > 0 && r.Access.kind == accessAuthorizer &&
		!slices.Contains(r.CacheKeys, "header.Authorization") {
		return fmt.Errorf("route %q of API %q would answer one caller from another's cache: "+
			"its cache keys must contain header.Authorization", r.key(), p.Name)
	}
	if r.CacheSeconds > 0 && p.CacheGB == "" {
		return fmt.Errorf("route %q of API %q is cached for %d seconds but the API has no cache",
			r.key(), p.Name, r.CacheSeconds)
	}
	return nil
}

// checkTarget wants one thing behind a route.
func (p RESTAPIProps) checkTarget(r RESTRoute) error {
	targets := 0
	for _, has := range []bool{r.Function != nil, r.Integration != nil, r.Private != nil} {
		if has {
			targets++
		}
	}
	if targets != 1 {
		return fmt.Errorf("route %q of API %q must have either a function or an integration",
			r.key(), p.Name)
	}
	if r.Private != nil {
		return r.Private.check(p.Name, r.key(), r.Private.balancer.props.ARN, "load balancer")
	}
	return nil
}

// stage renders what is set for the whole stage and for single methods.
func (p RESTAPIProps) stage(routes []RESTRoute) *awsapigateway.StageOptions {
	methods := map[string]*awsapigateway.MethodDeploymentOptions{}
	for _, r := range routes {
		if settings := r.settings(); settings != nil {
			methods[r.Path+"/"+r.Method] = settings
		}
	}
	variables := map[string]*string{}
	for name, value := range p.Variables {
		variables[name] = jsii.String(value)
	}
	options := &awsapigateway.StageOptions{
		StageName:            jsii.String(p.StageName),
		MetricsEnabled:       jsii.Bool(true),
		LoggingLevel:         awsapigateway.MethodLoggingLevel_ERROR,
		ThrottlingRateLimit:  jsii.Number(p.Throttle.Rate),
		ThrottlingBurstLimit: jsii.Number(p.Throttle.Burst),
		TracingEnabled:       jsii.Bool(p.Tracing),
		MethodOptions:        &methods,
		Variables:            &variables,
	}
	if p.CacheGB != "" {
		options.CacheClusterEnabled = jsii.Bool(true)
		options.CacheClusterSize = jsii.String(p.CacheGB)
	}
	return options
}

// newAuthorizer creates the TOKEN authorizer and the permission to call its function. CDK would put
// the permission into the function's stack, which then depended on this one: the import hides the
// alias's owner, and the permission is made here.
func (a *RESTAPI) newAuthorizer() awsapigateway.IAuthorizer {
	function := awslambda.Function_FromFunctionAttributes(a.API, jsii.String("AuthorizerFunction"),
		&awslambda.FunctionAttributes{
			FunctionArn:     a.props.Authorizer.Alias.FunctionArn(),
			SkipPermissions: jsii.Bool(true),
		})
	authorizer := awsapigateway.NewTokenAuthorizer(a.API, jsii.String("Authorizer"),
		&awsapigateway.TokenAuthorizerProps{
			AuthorizerName:  jsii.String(a.props.Name + "-token"),
			Handler:         function,
			ResultsCacheTtl: awscdk.Duration_Seconds(jsii.Number(authorizerSeconds)),
			IdentitySource:  awsapigateway.IdentitySource_Header(jsii.String("Authorization")),
			// What is no bearer token is refused without a call of the function.
			ValidationRegex: jsii.String(`^Bearer [-0-9A-Za-z._~+/]+=*$`),
		})
	awslambda.NewCfnPermission(a.API, jsii.String("AuthorizerPermission"),
		&awslambda.CfnPermissionProps{
			Action:       jsii.String("lambda:InvokeFunction"),
			FunctionName: a.props.Authorizer.Alias.FunctionArn(),
			Principal:    jsii.String("apigateway.amazonaws.com"),
			SourceArn:    authorizer.AuthorizerArn(),
		})
	return authorizer
}

// addGatewayResponses lets the portal read refusals and tells clients what to do about some.
func (a *RESTAPI) addGatewayResponses() {
	problem := `{"type":"about:blank","title":"Bad Request","status":400,` +
		`"detail":$context.error.messageString,` +
		`"requestId":"$context.requestId"}`
	responses := []*awsapigateway.GatewayResponseOptions{
		{Type: awsapigateway.ResponseType_DEFAULT_4XX()},
		{Type: awsapigateway.ResponseType_DEFAULT_5XX()},
		{
			Type:            awsapigateway.ResponseType_UNAUTHORIZED(),
			ResponseHeaders: &map[string]*string{"WWW-Authenticate": quoted("Bearer")},
		},
		{
			Type:            awsapigateway.ResponseType_THROTTLED(),
			ResponseHeaders: &map[string]*string{"Retry-After": quoted("1")},
		},
		{
			Type:      awsapigateway.ResponseType_BAD_REQUEST_BODY(),
			Templates: jsonTemplate(problem),
		},
	}
	for _, options := range responses {
		headers := map[string]*string{
			"Access-Control-Allow-Origin":   quoted(a.props.PortalOrigin),
			"Access-Control-Expose-Headers": quoted("x-amzn-ErrorType,x-amzn-RequestId,Retry-After"),
			"Vary":                          quoted("Origin"),
		}
		if options.ResponseHeaders != nil {
			maps.Copy(headers, *options.ResponseHeaders)
		}
		options.ResponseHeaders = &headers
		a.API.AddGatewayResponse(options.Type.ResponseType(), options)
	}
}

// Method returns the method of a route, named as "GET /orders", or nil.
func (a *RESTAPI) Method(key string) awsapigateway.Method {
	return a.methods[key]
}

// quoted is a static value in the spelling of parameter mappings.
func quoted(text string) *string {
	return jsii.String("'" + text + "'")
}
