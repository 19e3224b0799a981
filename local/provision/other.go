package provision

import "portico/local/cloudformation/coverage"

// otherCoverage declares what a CDK app emits beside its serverless resources.
func otherCoverage() coverage.Table {
	const releases = "releases shift traffic between deployed versions"
	return coverage.Table{
		"AWS::Logs::ResourcePolicy":            irrelevant(noCloudWatch, "**"),
		"AWS::Logs::SubscriptionFilter":        irrelevant(noCloudWatch, "**"),
		"AWS::CodeDeploy::Application":         irrelevant(releases, "**"),
		"AWS::CodeDeploy::DeploymentConfig":    irrelevant(releases, "**"),
		"AWS::CodeDeploy::DeploymentGroup":     irrelevant(releases, "**"),
		"AWS::CertificateManager::Certificate": irrelevant(noTLS, "**"),
		"AWS::CDK::Metadata":                   irrelevant("statistics of the CDK", "**"),
	}
}
