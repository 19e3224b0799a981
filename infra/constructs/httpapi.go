package constructs

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2authorizers"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2integrations"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// HTTPAPIProps describes an HTTP API with one stage, $default, and one JWT authorizer.
type HTTPAPIProps struct {
	Name        string
	Description string
	// Issuer and Audience are whose tokens, made for whom, the authorizer accepts.
	Issuer   string
	Audience []string
	// Origins are the web pages that may call; the API answers their preflights itself.
	Origins []string
	// Throttle bounds each route that has no limit of its own.
	Throttle Throttle
	Logs     LogProps
	Routes   []HTTPRoute
}

// HTTPRoute is a route of an HTTP API, with either a function, which gets payload format 2.0, or a
// target behind a private load balancer.
type HTTPRoute struct {
	Method   string
	Path     string
	Access   Access
	Function *Function
	Private  *PrivateTarget
	// Throttle replaces the stage's limit when its Rate is above 0.
	Throttle Throttle
}

// HTTPAPI is an HTTP API that logs every call and throttles every route.
type HTTPAPI struct {
	API   awsapigatewayv2.HttpApi
	Stage awsapigatewayv2.HttpStage
}

// NewHTTPAPI creates the API, its routes and its stage.
func NewHTTPAPI(scope constructs.Construct, props HTTPAPIProps) (*HTTPAPI, error) {
	if err := props.check(); err != nil {
		return nil, err
	}
	logs, err := newLogGroup(scope, "AccessLogs", accessLogGroup(props.Name), props.Logs)
	if err != nil {
		return nil, err
	}
	api := awsapigatewayv2.NewHttpApi(scope, jsii.String("Api"), &awsapigatewayv2.HttpApiProps{
		ApiName:            jsii.String(props.Name),
		Description:        jsii.String(props.Description),
		CreateDefaultStage: jsii.Bool(false),
		CorsPreflight:      props.cors(),
	})
	stage := awsapigatewayv2.NewHttpStage(scope, jsii.String("Stage"),
		&awsapigatewayv2.HttpStageProps{
			HttpApi:                api,
			StageName:              jsii.String("$default"),
			AutoDeploy:             jsii.Bool(true),
			DetailedMetricsEnabled: jsii.Bool(true),
			Throttle:               v2Throttle(props.Throttle),
		})
	routes, err := props.addRoutes(scope, api)
	if err != nil {
		return nil, err
	}
	cfn := stage.Node().DefaultChild().(awsapigatewayv2.CfnStage)
	cfn.SetAccessLogSettings(v2AccessLog(*logs.LogGroupArn(), httpAccessLog()))
	if settings := props.routeSettings(); len(settings) > 0 {
		cfn.SetRouteSettings(settings)
	}
	// Settings of a route can only be made once the route exists.
	for _, route := range routes {
		stage.Node().AddDependency(route)
	}
	return &HTTPAPI{API: api, Stage: stage}, nil
}

func (p HTTPAPIProps) check() error {
	if err := p.Throttle.check("the stage limit", p.Name); err != nil {
		return err
	}
	for _, r := range p.Routes {
		if err := r.Access.check(p.Name, r.key()); err != nil {
			return err
		}
		if err := r.Throttle.checkRoute(r.key(), p.Name); err != nil {
			return err
		}
		if r.Access.kind == accessAuthorizer && len(r.Access.scopes) == 0 {
			return fmt.Errorf("route %q of API %q asks for a token but for no scope: name one",
				r.key(), p.Name)
		}
		if (r.Function == nil) == (r.Private == nil) {
			return fmt.Errorf("route %q of API %q must have either a function or a private target",
				r.key(), p.Name)
		}
		if r.Private == nil {
			continue
		}
		if err := r.Private.check(p.Name, r.key(), r.Private.balancer.props.ListenerARN,
			"listener"); err != nil {
			return err
		}
	}
	return nil
}

// addRoutes creates a route per entry, its integration and the permission to call the function.
func (p HTTPAPIProps) addRoutes(
	scope constructs.Construct, api awsapigatewayv2.HttpApi,
) ([]awsapigatewayv2.HttpRoute, error) {
	jwt := awsapigatewayv2authorizers.NewHttpJwtAuthorizer(jsii.String("Jwt"),
		jsii.String(p.Issuer), &awsapigatewayv2authorizers.HttpJwtAuthorizerProps{
			AuthorizerName: jsii.String(p.Name + "-jwt"),
			JwtAudience:    jsii.Strings(p.Audience...),
		})
	integrations := integrations{}
	var routes []awsapigatewayv2.HttpRoute
	for _, r := range p.Routes {
		integration, err := integrations.of(r)
		if err != nil {
			return nil, err
		}
		options := &awsapigatewayv2.HttpRouteProps{
			HttpApi:     api,
			RouteKey:    awsapigatewayv2.HttpRouteKey_With(jsii.String(r.Path), v2Method(r.Method)),
			Integration: integration,
		}
		switch r.Access.kind {
		case accessAuthorizer:
			options.Authorizer = jwt
			options.AuthorizationScopes = jsii.Strings(r.Access.scopes...)
		case accessIAM:
			options.Authorizer = awsapigatewayv2authorizers.NewHttpIamAuthorizer()
		}
		route := awsapigatewayv2.NewHttpRoute(scope, jsii.String(r.key()), options)
		if r.Access.kind == accessOpen {
			openRoute(route, r.Access.reason)
		}
		routes = append(routes, route)
	}
	return routes, nil
}

// integrations are those of an HTTP API; routes with the same function share one.
type integrations map[*Function]awsapigatewayv2.HttpRouteIntegration

func (i integrations) of(r HTTPRoute) (awsapigatewayv2.HttpRouteIntegration, error) {
	if r.Private != nil {
		return r.Private.http(r.key())
	}
	if _, ok := i[r.Function]; !ok {
		i[r.Function] = awsapigatewayv2integrations.NewHttpLambdaIntegration(
			jsii.String(*r.Function.Alias.Node().Path()), r.Function.Alias, nil)
	}
	return i[r.Function], nil
}

// openRoute writes into the template why everybody may call a route.
func openRoute(route awscdk.IResource, reason string) {
	route.Node().DefaultChild().(awsapigatewayv2.CfnRoute).AddMetadata(
		jsii.String(openMetadata), reason)
	Accept(route, ruleNoAuthorization, reason)
}

func (p HTTPAPIProps) cors() *awsapigatewayv2.CorsPreflightOptions {
	if len(p.Origins) == 0 {
		return nil
	}
	seen := map[string]bool{}
	var methods []awsapigatewayv2.CorsHttpMethod
	for _, r := range p.Routes {
		if !seen[r.Method] {
			methods = append(methods, awsapigatewayv2.CorsHttpMethod(r.Method))
		}
		seen[r.Method] = true
	}
	return &awsapigatewayv2.CorsPreflightOptions{
		AllowOrigins: jsii.Strings(p.Origins...),
		AllowMethods: &methods,
		AllowHeaders: jsii.Strings("authorization", "content-type", "idempotency-key", "if-match"),
		// What a page must read to go on: where its order lies, its version, and what to report.
		ExposeHeaders: jsii.Strings("etag", "location", "retry-after", "apigw-requestid"),
		MaxAge:        awscdk.Duration_Hours(jsii.Number(1)),
	}
}

// routeSettings renders the limits of single routes, which CDK's own construct cannot express.
func (p HTTPAPIProps) routeSettings() map[string]any {
	settings := map[string]any{}
	for _, r := range p.Routes {
		if r.Throttle.Rate > 0 {
			settings[r.key()] = map[string]any{
				"ThrottlingRateLimit":    r.Throttle.Rate,
				"ThrottlingBurstLimit":   r.Throttle.Burst,
				"DetailedMetricsEnabled": true,
			}
		}
	}
	return settings
}

// key is the route key in AWS's spelling: "GET /orders".
func (r HTTPRoute) key() string {
	return r.Method + " " + r.Path
}

func v2Method(method string) awsapigatewayv2.HttpMethod {
	return awsapigatewayv2.HttpMethod(method)
}

func v2Throttle(t Throttle) *awsapigatewayv2.ThrottleSettings {
	return &awsapigatewayv2.ThrottleSettings{
		RateLimit:  jsii.Number(t.Rate),
		BurstLimit: jsii.Number(t.Burst),
	}
}

func v2AccessLog(
	group string, variables [][2]string,
) *awsapigatewayv2.CfnStage_AccessLogSettingsProperty {
	return &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
		DestinationArn: jsii.String(group),
		Format:         jsii.String(accessLogFormat(variables)),
	}
}
