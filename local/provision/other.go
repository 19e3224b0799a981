package provision

import "portico/local/cloudformation/coverage"

// otherCoverage declares what a CDK app emits beside its serverless resources.
func otherCoverage() coverage.Table {
	const releases = "an alias moves to its new version at once here, without CodeDeploy"
	return coverage.Table{
		"AWS::Logs::ResourcePolicy":            irrelevant(noLogPolicies, "**"),
		"AWS::Logs::SubscriptionFilter":        irrelevant("events are sent nowhere from here", "**"),
		"AWS::CodeDeploy::Application":         irrelevant(releases, "**"),
		"AWS::CodeDeploy::DeploymentConfig":    irrelevant(releases, "**"),
		"AWS::CodeDeploy::DeploymentGroup":     irrelevant(releases, "**"),
		"AWS::CertificateManager::Certificate": irrelevant(noTLS, "**"),
		"AWS::CDK::Metadata":                   irrelevant("statistics of the CDK", "**"),
	}
}
