package cloudformation

import "slices"

// recreation says whether a change of a property makes CloudFormation replace the resource. Of types
// that are not in the table it is not known here.
func recreation(resourceType, property string) string {
	properties, known := createOnly[resourceType]
	switch {
	case !known:
		return "Conditionally"
	case slices.Contains(properties, property):
		return "Always"
	}
	return "Never"
}

// createOnly are the properties that cannot be changed in place, by type: "replace" of the tables
// of the provider schemas.
var createOnly = map[string][]string{
	"AWS::ApiGateway::Account":              {},
	"AWS::ApiGateway::ApiKey":               {"GenerateDistinctId", "Name", "Value"},
	"AWS::ApiGateway::Authorizer":           {"RestApiId"},
	"AWS::ApiGateway::BasePathMapping":      {"BasePath", "DomainName"},
	"AWS::ApiGateway::BasePathMappingV2":    {"BasePath", "DomainNameArn"},
	"AWS::ApiGateway::ClientCertificate":    {},
	"AWS::ApiGateway::Deployment":           {"DeploymentCanarySettings", "RestApiId"},
	"AWS::ApiGateway::DocumentationPart":    {"Location", "RestApiId"},
	"AWS::ApiGateway::DocumentationVersion": {"DocumentationVersion", "RestApiId"},
	"AWS::ApiGateway::DomainName":           {"DomainName"},
	"AWS::ApiGateway::DomainNameAccessAssociation": {
		"AccessAssociationSource", "AccessAssociationSourceType", "DomainNameArn", "Tags",
	},
	"AWS::ApiGateway::DomainNameV2":                 {"DomainName", "EndpointConfiguration", "SecurityPolicy"},
	"AWS::ApiGateway::GatewayResponse":              {"ResponseType", "RestApiId"},
	"AWS::ApiGateway::Method":                       {"HttpMethod", "ResourceId", "RestApiId"},
	"AWS::ApiGateway::Model":                        {"ContentType", "Name", "RestApiId"},
	"AWS::ApiGateway::RequestValidator":             {"Name", "RestApiId"},
	"AWS::ApiGateway::Resource":                     {"ParentId", "PathPart", "RestApiId"},
	"AWS::ApiGateway::RestApi":                      {},
	"AWS::ApiGateway::Stage":                        {"RestApiId", "StageName"},
	"AWS::ApiGateway::UsagePlan":                    {},
	"AWS::ApiGateway::UsagePlanKey":                 {"KeyId", "KeyType", "UsagePlanId"},
	"AWS::ApiGateway::VpcLink":                      {"TargetArns"},
	"AWS::ApiGatewayV2::Api":                        {"ProtocolType"},
	"AWS::ApiGatewayV2::ApiGatewayManagedOverrides": {"ApiId"},
	"AWS::ApiGatewayV2::ApiMapping":                 {"DomainName"},
	"AWS::ApiGatewayV2::Authorizer":                 {"ApiId"},
	"AWS::ApiGatewayV2::Deployment":                 {"ApiId"},
	"AWS::ApiGatewayV2::DomainName":                 {"DomainName"},
	"AWS::ApiGatewayV2::Integration":                {"ApiId"},
	"AWS::ApiGatewayV2::IntegrationResponse":        {"ApiId", "IntegrationId"},
	"AWS::ApiGatewayV2::Model":                      {"ApiId"},
	"AWS::ApiGatewayV2::Route":                      {"ApiId"},
	"AWS::ApiGatewayV2::RouteResponse":              {"ApiId", "RouteId"},
	"AWS::ApiGatewayV2::RoutingRule":                {"DomainNameArn"},
	"AWS::ApiGatewayV2::Stage":                      {"ApiId", "StageName"},
	"AWS::ApiGatewayV2::VpcLink":                    {"SecurityGroupIds", "SubnetIds"},
	"AWS::Cognito::UserPool":                        {},
	"AWS::Cognito::UserPoolClient":                  {"GenerateSecret", "UserPoolId"},
	"AWS::Cognito::UserPoolDomain":                  {"Domain", "UserPoolId"},
	"AWS::Cognito::UserPoolResourceServer":          {"Identifier", "UserPoolId"},
	"AWS::DynamoDB::Table":                          {"ImportSourceSpecification", "TableName"},
	"AWS::IAM::User":                                {"UserName"},
	"AWS::S3::BucketPolicy":                         {"Bucket"},
	"AWS::IAM::ManagedPolicy":                       {"Description", "ManagedPolicyName", "Path"},
	"AWS::IAM::Policy":                              {},
	"AWS::IAM::Role":                                {"Path", "RoleName"},
	"AWS::Lambda::Alias":                            {"FunctionName", "Name"},
	"AWS::Lambda::CapacityProvider": {
		"CapacityProviderName", "InstanceRequirements", "KmsKeyArn", "PermissionsConfig",
		"VpcConfig",
	},
	"AWS::Lambda::CodeSigningConfig": {},
	"AWS::Lambda::EventInvokeConfig": {"FunctionName", "Qualifier"},
	"AWS::Lambda::EventSourceMapping": {
		"EventSourceArn", "SelfManagedEventSource", "StartingPosition",
		"StartingPositionTimestamp",
	},
	"AWS::Lambda::Function": {"FunctionName", "PackageType", "TenancyConfig"},
	"AWS::Lambda::LayerVersion": {
		"CompatibleArchitectures", "CompatibleRuntimes", "Content", "Description", "LayerName",
		"LicenseInfo",
	},
	"AWS::Lambda::LayerVersionPermission": {
		"Action", "LayerVersionArn", "OrganizationId", "Principal",
	},
	"AWS::Lambda::Permission": {
		"Action", "EventSourceToken", "FunctionName", "FunctionUrlAuthType",
		"InvokedViaFunctionUrl", "Principal", "PrincipalOrgID", "SourceAccount", "SourceArn",
	},
	"AWS::Lambda::Url": {"Qualifier", "TargetFunctionArn"},
	"AWS::Lambda::Version": {
		"CodeSha256", "Description", "FunctionName", "ProvisionedConcurrencyConfig",
		"RuntimePolicy",
	},
	"AWS::Logs::LogGroup":              {"LogGroupName"},
	"AWS::S3::Bucket":                  {"BucketName", "BucketNamePrefix", "BucketNamespace"},
	"AWS::SQS::Queue":                  {"FifoQueue", "QueueName"},
	"AWS::SQS::QueuePolicy":            {},
	"AWS::SSM::Parameter":              {"Name"},
	"AWS::WAFv2::IPSet":                {"Name", "Scope"},
	"AWS::WAFv2::LoggingConfiguration": {"ResourceArn"},
	"AWS::WAFv2::RegexPatternSet":      {"Name", "Scope"},
	"AWS::WAFv2::RuleGroup":            {"Name", "Scope"},
	"AWS::WAFv2::WebACL":               {"Name", "Scope"},
	"AWS::WAFv2::WebACLAssociation":    {"ResourceArn", "WebACLArn"},
}
