package cdk

import (
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// HTTP writes an HTTP API. An error names what CloudFormation cannot say.
func HTTP(definition api.HTTP, o Options) ([]byte, error) {
	p := newProgram()
	stages, err := chosen(definition.Stages, o.Stages)
	if err != nil {
		return nil, fmt.Errorf("HTTP API %s: %w", definition.Name, err)
	}
	p.httpAPI(&definition, &o)
	p.httpAuthorizers(definition.Authorizers)
	p.httpIntegrations(definition.Integrations)
	if err := p.routes(&definition); err != nil {
		return nil, fmt.Errorf("HTTP API %s: %w", definition.Name, err)
	}
	for i := range stages {
		p.httpStage(&stages[i])
	}
	return p.source("HTTP", definition.Name, stackName(&o, definition.Name), "",
		"github.com/aws/aws-cdk-go/awscdk/v2", "github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2",
		"github.com/aws/jsii-runtime-go")
}

func (p *program) httpAPI(def *api.HTTP, o *Options) {
	props := literal{of: "awsapigatewayv2.CfnApiProps"}
	props.put("Name", text(def.Name))
	props.put("ProtocolType", text("HTTP"))
	props.put("Description", text(o.Description))
	props.put("DisableExecuteApiEndpoint", truth(def.DisableExecuteAPIEndpoint))
	if cors := def.CORS; cors != nil {
		own := literal{of: "awsapigatewayv2.CfnApi_CorsProperty"}
		own.put("AllowCredentials", truth(cors.AllowCredentials))
		own.put("AllowHeaders", texts(cors.AllowHeaders))
		own.put("AllowMethods", texts(cors.AllowMethods))
		own.put("AllowOrigins", texts(cors.AllowOrigins))
		own.put("ExposeHeaders", texts(cors.ExposeHeaders))
		if cors.MaxAge != nil {
			own.put("MaxAge", number(float64(*cors.MaxAge)))
		}
		props.put("CorsConfiguration", own.String())
	}
	p.add("api := awsapigatewayv2.NewCfnApi(stack, jsii.String(%s), %s)", p.id("Api"), props.String())
}

func (p *program) httpAuthorizers(all map[string]api.V2Authorizer) {
	if len(all) > 0 {
		p.add("authorizers := map[string]*string{}")
	}
	for _, id := range sortedKeys(all) {
		def := all[id]
		props := literal{of: "awsapigatewayv2.CfnAuthorizerProps"}
		props.put("ApiId", "api.Ref()")
		props.put("Name", text(def.Name))
		props.put("AuthorizerType", text(def.Type))
		props.put("IdentitySource", texts(def.IdentitySource))
		props.put("AuthorizerUri", text(def.URI))
		props.put("AuthorizerCredentialsArn", text(def.Credentials))
		props.put("AuthorizerPayloadFormatVersion", text(def.PayloadFormatVersion))
		props.put("EnableSimpleResponses", truth(def.EnableSimpleResponses))
		if def.Type == "JWT" {
			jwt := literal{of: "awsapigatewayv2.CfnAuthorizer_JWTConfigurationProperty"}
			jwt.put("Audience", texts(def.Audience))
			jwt.put("Issuer", text(def.Issuer))
			props.put("JwtConfiguration", jwt.String())
		} else {
			props.put("AuthorizerResultTtlInSeconds", number(float64(def.ResultTTL)))
		}
		p.add("authorizers[%s] = awsapigatewayv2.NewCfnAuthorizer(stack, jsii.String(%s), %s).Ref()",
			quote(def.Name), p.id("Authorizer", def.Name), props.String())
	}
}

func (p *program) httpIntegrations(all map[string]api.V2Integration) {
	if len(all) > 0 {
		p.add("integrations := map[string]*string{}")
	}
	for i, id := range sortedKeys(all) {
		def := all[id]
		props := literal{of: "awsapigatewayv2.CfnIntegrationProps"}
		props.put("ApiId", "api.Ref()")
		props.put("IntegrationType", text(def.Type))
		props.put("IntegrationSubtype", text(def.Subtype))
		props.put("IntegrationMethod", text(def.Method))
		props.put("IntegrationUri", text(def.URI))
		props.put("CredentialsArn", text(def.Credentials))
		props.put("PayloadFormatVersion", text(def.PayloadFormatVersion))
		if def.TimeoutMillis != 0 {
			props.put("TimeoutInMillis", number(float64(def.TimeoutMillis)))
		}
		if def.ConnectionType == "VPC_LINK" {
			props.put("ConnectionType", text(def.ConnectionType))
		}
		props.put("ConnectionId", text(def.ConnectionID))
		props.put("RequestParameters", textMap(def.RequestParameters))
		props.put("ResponseParameters", responseParameters(def.ResponseParameters))
		if def.TLSServerName != "" {
			tls := literal{of: "awsapigatewayv2.CfnIntegration_TlsConfigProperty"}
			tls.put("ServerNameToVerify", text(def.TLSServerName))
			props.put("TlsConfig", tls.String())
		}
		p.add("integrations[%s] = awsapigatewayv2.NewCfnIntegration(stack, jsii.String(%s), %s).Ref()",
			quote(id), p.id("Integration", fmt.Sprint(i+1)), props.String())
	}
}

// responseParameters are written as CloudFormation has them: a list of what is written where, by
// status.
func responseParameters(all map[string]map[string]string) string {
	return mapOf("map[string]interface{}", all, func(of map[string]string) string {
		var b strings.Builder
		b.WriteString("map[string]interface{}{\"ResponseParameters\": []interface{}{\n")
		for _, destination := range sortedKeys(of) {
			fmt.Fprintf(&b, "map[string]interface{}{\"Destination\": %s, \"Source\": %s},\n",
				quote(destination), quote(of[destination]))
		}
		return b.String() + "}}"
	})
}

func (p *program) routes(def *api.HTTP) error {
	routes := slices.SortedFunc(slices.Values(def.Routes), func(a, b api.Route) int {
		return strings.Compare(a.Key, b.Key)
	})
	for i := range routes {
		route := &routes[i]
		props := literal{of: "awsapigatewayv2.CfnRouteProps"}
		props.put("ApiId", "api.Ref()")
		props.put("RouteKey", text(route.Key))
		props.put("AuthorizationType", text(route.AuthorizationType))
		if route.AuthorizerID != "" {
			authorizer, ok := def.Authorizers[route.AuthorizerID]
			if !ok {
				return fmt.Errorf("route %s names the authorizer %q, which the API does not have", route.Key,
					route.AuthorizerID)
			}
			props.put("AuthorizerId", "authorizers["+quote(authorizer.Name)+"]")
		}
		props.put("AuthorizationScopes", texts(route.AuthorizationScopes))
		props.put("OperationName", text(route.OperationName))
		if route.IntegrationID != "" {
			if _, ok := def.Integrations[route.IntegrationID]; !ok {
				return fmt.Errorf("route %s names the integration %q, which the API does not have", route.Key,
					route.IntegrationID)
			}
			props.put("Target", `jsii.String("integrations/" + *integrations[`+
				quote(route.IntegrationID)+"])")
		}
		p.add("awsapigatewayv2.NewCfnRoute(stack, jsii.String(%s), %s)", p.id("Route", route.Key),
			props.String())
	}
	return nil
}

// httpStage writes a stage that deploys by itself.
func (p *program) httpStage(def *api.Stage) {
	if len(def.MethodSettings) > 0 {
		p.leave("the route settings of stage %s", def.Name)
	}
	if !def.AutoDeploy {
		p.leave("the deployment of stage %s: it deploys by itself", def.Name)
	}
	props := literal{of: "awsapigatewayv2.CfnStageProps"}
	props.put("ApiId", "api.Ref()")
	props.put("StageName", text(def.Name))
	props.put("AutoDeploy", truth(true))
	props.put("StageVariables", textMap(def.Variables))
	if def.AccessLog != nil {
		props.put("AccessLogSettings", mapOf("map[string]interface{}", map[string]string{
			"destinationArn": def.AccessLog.DestinationARN, "format": def.AccessLog.Format,
		}, text))
	}
	p.add("awsapigatewayv2.NewCfnStage(stack, jsii.String(%s), %s)", p.id("Stage", def.Name),
		props.String())
}
