package physical

// restTypes are AWS::ApiGateway::*, from the provider schemas.
var restTypes = map[string]entry{
	"AWS::ApiGateway::Account":              id("{lower 10}", "Id"),
	"AWS::ApiGateway::ApiKey":               id("{lower 10}", "APIKeyId"),
	"AWS::ApiGateway::Authorizer":           id("{lower 6}", "AuthorizerId"),
	"AWS::ApiGateway::BasePathMapping":      id("{prop DomainName}|{prop BasePath}"),
	"AWS::ApiGateway::ClientCertificate":    id("{lower 6}", "ClientCertificateId"),
	"AWS::ApiGateway::Deployment":           id("{lower 6}", "DeploymentId"),
	"AWS::ApiGateway::DocumentationPart":    id("{lower 6}", "DocumentationPartId"),
	"AWS::ApiGateway::DocumentationVersion": id("{prop DocumentationVersion}|{prop RestApiId}"),
	"AWS::ApiGateway::DomainName": id("{prop DomainName}").with(
		"DomainNameArn", "arn:{partition}:apigateway:{region}::/domainnames/{ref}",
		"DistributionDomainName", "d{lower 13}.cloudfront.net",
		"DistributionHostedZoneId", "Z2FDTNDATAQYW2",
		"RegionalDomainName", "d-{lower 10}.execute-api.{region}.{suffix}",
		"RegionalHostedZoneId", "Z{upper 12}"),
	"AWS::ApiGateway::DomainNameV2": id("arn:{partition}:apigateway:{region}:{account}:"+
		"/domainnames/{prop DomainName}+{lower 10}", "DomainNameArn").with(
		"DomainNameId", "{lower 10}"),
	"AWS::ApiGateway::DomainNameAccessAssociation": id("arn:{partition}:apigateway:{region}:"+
		"{account}:/domainnameaccessassociations/{lower 10}", "DomainNameAccessAssociationArn"),
	"AWS::ApiGateway::BasePathMappingV2": id("{prop DomainNameArn}/basepathmappings/"+
		"{prop BasePath (none)}", "BasePathMappingArn"),
	"AWS::ApiGateway::GatewayResponse":  id("{lower 10}", "Id"),
	"AWS::ApiGateway::Method":           id("{named - 100}"),
	"AWS::ApiGateway::Model":            id("{prop Name {mixed 16}}"),
	"AWS::ApiGateway::RequestValidator": id("{lower 6}", "RequestValidatorId"),
	"AWS::ApiGateway::Resource":         id("{lower 6}", "ResourceId"),
	"AWS::ApiGateway::RestApi": id("{lower 10}", "RestApiId").with(
		"RootResourceId", "{lower 10 root}"),
	"AWS::ApiGateway::Stage":        id("{prop StageName}"),
	"AWS::ApiGateway::UsagePlan":    id("{lower 6}", "Id"),
	"AWS::ApiGateway::UsagePlanKey": id("{prop KeyId}:{prop UsagePlanId}", "Id"),
	"AWS::ApiGateway::VpcLink":      id("{lower 6}", "VpcLinkId"),
}

// httpTypes are AWS::ApiGatewayV2::*.
var httpTypes = map[string]entry{
	"AWS::ApiGatewayV2::Api": id("{lower 10}", "ApiId").with(
		"ApiEndpoint", "{scheme}://{ref}.execute-api.{region}.{suffix}"),
	"AWS::ApiGatewayV2::ApiGatewayManagedOverrides": id("{lower 6}", "Id"),
	"AWS::ApiGatewayV2::ApiMapping":                 id("{lower 6}", "ApiMappingId"),
	"AWS::ApiGatewayV2::Authorizer":                 id("{lower 6}", "AuthorizerId"),
	"AWS::ApiGatewayV2::Deployment":                 id("{lower 6}", "DeploymentId"),
	"AWS::ApiGatewayV2::DomainName": id("{prop DomainName}").with(
		"DomainNameArn", "arn:{partition}:apigateway:{region}::/domainnames/{ref}",
		"RegionalDomainName", "d-{lower 10}.execute-api.{region}.{suffix}",
		"RegionalHostedZoneId", "Z{upper 12}"),
	"AWS::ApiGatewayV2::Integration":         id("{lower 7}", "IntegrationId"),
	"AWS::ApiGatewayV2::IntegrationResponse": id("{lower 7}", "IntegrationResponseId"),
	"AWS::ApiGatewayV2::Model":               id("{lower 6}", "ModelId"),
	"AWS::ApiGatewayV2::Route":               id("{lower 7}", "RouteId"),
	"AWS::ApiGatewayV2::RouteResponse":       id("{lower 6}", "RouteResponseId"),
	"AWS::ApiGatewayV2::RoutingRule": id("{prop DomainNameArn}/routingrules/{lower 10}",
		"RoutingRuleArn").with("RoutingRuleId", "{lower 10}"),
	"AWS::ApiGatewayV2::Stage":   id("{prop StageName}"),
	"AWS::ApiGatewayV2::VpcLink": id("{lower 6}", "VpcLinkId"),
}

// lambdaTypes are AWS::Lambda::*.
var lambdaTypes = map[string]entry{
	"AWS::Lambda::Alias": id("{function FunctionName}:{prop Name}", "AliasArn"),
	"AWS::Lambda::CodeSigningConfig": id("arn:{partition}:lambda:{region}:{account}:"+
		"code-signing-config:csc-{hex 17}", "CodeSigningConfigArn").with(
		"CodeSigningConfigId", "csc-{hex 17}"),
	"AWS::Lambda::EventInvokeConfig": id("{uuid}"),
	"AWS::Lambda::EventSourceMapping": id("{uuid}", "Id").with("EventSourceMappingArn",
		"arn:{partition}:lambda:{region}:{account}:event-source-mapping:{ref}"),
	"AWS::Lambda::Function": id("{named FunctionName 64}").with(
		"Arn", "arn:{partition}:lambda:{region}:{account}:function:{ref}",
		"SnapStartResponse.ApplyOn", "None",
		"SnapStartResponse.OptimizationStatus", "Off"),
	"AWS::Lambda::LayerVersion": id("arn:{partition}:lambda:{region}:{account}:layer:"+
		"{named LayerName 64}:1", "LayerVersionArn"),
	"AWS::Lambda::LayerVersionPermission": id("{prop LayerVersionArn}#{uuid}", "Id"),
	"AWS::Lambda::Permission":             id("{named - 100}", "Id"),
	"AWS::Lambda::Url": id("{function TargetFunctionArn}", "FunctionArn").with(
		"FunctionUrl", "https://{lower 32}.lambda-url.{region}.on.aws/"),
	"AWS::Lambda::Version": id("{function FunctionName}:{version}").with(
		"Version", "{version}",
		"FunctionArn", "{ref}"),
}

// firewallTypes are AWS::WAFv2::*.
var firewallTypes = map[string]entry{
	"AWS::WAFv2::IPSet": wafResource("ipset"),
	"AWS::WAFv2::LoggingConfiguration": id("{prop ResourceArn}").with(
		"ManagedByFirewallManager", "false"),
	"AWS::WAFv2::RegexPatternSet": wafResource("regexpatternset"),
	"AWS::WAFv2::RuleGroup": wafResource("rulegroup").with("LabelNamespace",
		"awswaf:{account}:rulegroup:{named Name 128}:"),
	"AWS::WAFv2::WebACL": wafResource("webacl").with("Capacity", "0", "LabelNamespace",
		"awswaf:{account}:webacl:{named Name 128}:"),
	"AWS::WAFv2::WebACLAssociation": id("{prop WebACLArn}|{prop ResourceArn}"),
}

// wafResource is a named thing of AWS WAF: its Ref is name|id|scope.
func wafResource(kind string) entry {
	return id("{named Name 128}|{uuid}|{prop Scope}").with(
		"Id", "{uuid}",
		"Arn", "arn:{partition}:wafv2:{region}:{account}:{scope}/"+kind+
			"/{named Name 128}/{uuid}")
}
