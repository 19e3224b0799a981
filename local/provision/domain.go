package provision

import "portico/local/cloudformation/coverage"

// domainCoverage declares custom domain names and what maps them to stages. Nothing of them is
// read: the runner answers on addresses of its own.
func domainCoverage() coverage.Table {
	v1Domain := rules(
		part(customDomains, "DomainName", "RoutingMode"),
		unless(endpointAccess, "EndpointAccessMode", "BASIC"),
		irrelevant(noTLS, "CertificateArn", "SecurityPolicy"),
		irrelevant(noNetwork, "EndpointConfiguration.**"),
		irrelevant(onlyTags, "Tags.**"),
	)
	return coverage.Table{
		"AWS::ApiGateway::DomainName": rules(v1Domain,
			part(mutualTLS, "MutualTlsAuthentication.TruststoreUri",
				"MutualTlsAuthentication.TruststoreVersion"),
			irrelevant(noTLS, "OwnershipVerificationCertificateArn", "RegionalCertificateArn"),
		),
		"AWS::ApiGateway::DomainNameV2": rules(v1Domain, part(resourcePolicies, "Policy.**")),
		"AWS::ApiGateway::DomainNameAccessAssociation": rules(
			part(privateAPIs, "AccessAssociationSource", "AccessAssociationSourceType",
				"DomainNameArn"),
			irrelevant(onlyTags, "Tags.**"),
		),
		"AWS::ApiGateway::BasePathMapping": part(customDomains,
			"BasePath", "DomainName", "RestApiId", "Stage"),
		"AWS::ApiGateway::BasePathMappingV2": part(customDomains,
			"BasePath", "DomainNameArn", "RestApiId", "Stage"),
		"AWS::ApiGatewayV2::DomainName": rules(
			part(customDomains, "DomainName", "RoutingMode"),
			part(mutualTLS, "MutualTlsAuthentication.TruststoreUri",
				"MutualTlsAuthentication.TruststoreVersion"),
			irrelevant(noTLS, "DomainNameConfigurations.**"),
			irrelevant(onlyTags, "Tags.**"),
		),
		"AWS::ApiGatewayV2::ApiMapping": part(customDomains,
			"ApiId", "ApiMappingKey", "DomainName", "Stage"),
		"AWS::ApiGatewayV2::RoutingRule": part(customDomains,
			"Actions.**", "Conditions.**", "DomainNameArn", "Priority"),
	}
}
