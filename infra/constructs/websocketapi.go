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

// WebSocketAPIProps describes a WebSocket API with one stage. Its routes are added later, because
// the functions behind them need to know the API's address.
type WebSocketAPIProps struct {
	Name        string
	Description string
	// StageName is the stage's name and the last part of the API's address.
	StageName string
	// RouteSelection picks the route of a message: "$request.body.action".
	RouteSelection string
	// Throttle bounds each route.
	Throttle Throttle
	Logs     LogProps
}

// WebSocketRoute is a route of a WebSocket API.
type WebSocketRoute struct {
	Key      string
	Function *Function
	// Access belongs to $connect alone: a connection that was let in may send any message.
	Access Access
	// Replies sends what the function returns back to the connection.
	Replies bool
}

// WebSocketAPI is a WebSocket API that logs every message and throttles every route.
type WebSocketAPI struct {
	API   awsapigatewayv2.WebSocketApi
	Stage awsapigatewayv2.WebSocketStage
	scope constructs.Construct
	name  string
	stage string
}

// NewWebSocketAPI creates the API and its stage.
func NewWebSocketAPI(scope constructs.Construct, props WebSocketAPIProps) (*WebSocketAPI, error) {
	if err := props.Throttle.check("the stage limit", props.Name); err != nil {
		return nil, err
	}
	logs, err := newLogGroup(scope, "AccessLogs", accessLogGroup(props.Name), props.Logs)
	if err != nil {
		return nil, err
	}
	api := awsapigatewayv2.NewWebSocketApi(scope, jsii.String("Api"),
		&awsapigatewayv2.WebSocketApiProps{
			ApiName:                  jsii.String(props.Name),
			Description:              jsii.String(props.Description),
			RouteSelectionExpression: jsii.String(props.RouteSelection),
		})
	stage := awsapigatewayv2.NewWebSocketStage(scope, jsii.String("Stage"),
		&awsapigatewayv2.WebSocketStageProps{
			WebSocketApi:           api,
			StageName:              jsii.String(props.StageName),
			AutoDeploy:             jsii.Bool(true),
			DetailedMetricsEnabled: jsii.Bool(true),
			Throttle:               v2Throttle(props.Throttle),
		})
	stage.Node().DefaultChild().(awsapigatewayv2.CfnStage).SetAccessLogSettings(
		v2AccessLog(*logs.LogGroupArn(), webSocketAccessLog()))
	return &WebSocketAPI{
		API: api, Stage: stage, scope: scope, name: props.Name, stage: props.StageName,
	}, nil
}

// Endpoint is the base URL of @connections, as a function needs it to push.
func (a *WebSocketAPI) Endpoint() string {
	stack := awscdk.Stack_Of(a.scope)
	return fmt.Sprintf("https://%s.execute-api.%s.%s/%s",
		*a.API.ApiId(), *stack.Region(), *stack.UrlSuffix(), a.stage)
}

// ConnectionsARN covers every connection of the stage, for one HTTP method of @connections.
func (a *WebSocketAPI) ConnectionsARN(method string) string {
	return *awscdk.Stack_Of(a.scope).FormatArn(&awscdk.ArnComponents{
		Service:      jsii.String("execute-api"),
		Resource:     a.API.ApiId(),
		ResourceName: jsii.String(a.stage + "/" + method + "/@connections/*"),
	})
}

// AddRoutes creates the routes; the authorizer decides about $connect and reads a token from the
// query string, since a browser cannot set headers on a WebSocket.
func (a *WebSocketAPI) AddRoutes(authorizer *Function, routes []WebSocketRoute) error {
	for _, r := range routes {
		if err := a.checkRoute(r); err != nil {
			return err
		}
	}
	for _, r := range routes {
		props := &awsapigatewayv2.WebSocketRouteProps{
			WebSocketApi: a.API,
			RouteKey:     jsii.String(r.Key),
			Integration: awsapigatewayv2integrations.NewWebSocketLambdaIntegration(
				jsii.String(r.Key), r.Function.Alias, nil),
		}
		if r.Replies {
			props.ReturnResponse = jsii.Bool(true)
		}
		if r.Access.kind == accessAuthorizer {
			props.Authorizer = awsapigatewayv2authorizers.NewWebSocketLambdaAuthorizer(
				jsii.String("Authorizer"), authorizer.Alias,
				&awsapigatewayv2authorizers.WebSocketLambdaAuthorizerProps{
					AuthorizerName: jsii.String(a.name + "-connect"),
					IdentitySource: jsii.Strings("route.request.querystring.token"),
				})
		}
		route := awsapigatewayv2.NewWebSocketRoute(a.scope, jsii.String(r.Key), props)
		if r.Access.kind == accessOpen {
			openRoute(route, r.Access.reason)
		}
		if r.Key != "$connect" {
			Accept(route, ruleNoAuthorization, "$connect decides who may open a connection; AWS lets no "+
				"other route have an authorizer")
		}
		// A stage must not serve before its routes exist.
		a.Stage.Node().AddDependency(route)
	}
	return nil
}

func (a *WebSocketAPI) checkRoute(r WebSocketRoute) error {
	if r.Key == "$connect" {
		return r.Access.check(a.name, r.Key)
	}
	if r.Access.kind != accessUndecided {
		return fmt.Errorf("route %q of API %q has an access of its own: "+
			"only $connect of a WebSocket API can decide who may call", r.Key, a.name)
	}
	return nil
}
