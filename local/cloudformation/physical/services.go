package physical

// securityTypes are AWS::IAM::*, AWS::Cognito::*, AWS::KMS::* and their like.
var securityTypes = map[string]entry{
	"AWS::IAM::AccessKey": id("AKIA{upper 16}").with("SecretAccessKey", "{mixed 40}"),
	"AWS::IAM::Group": id("{named GroupName 128}").with("Arn",
		"arn:{partition}:iam::{account}:group{prop Path /}{ref}"),
	"AWS::IAM::InstanceProfile": id("{named InstanceProfileName 128}").with("Arn",
		"arn:{partition}:iam::{account}:instance-profile{prop Path /}{ref}"),
	"AWS::IAM::ManagedPolicy": id("arn:{partition}:iam::{account}:policy{prop Path /}"+
		"{named ManagedPolicyName 128}", "PolicyArn"),
	"AWS::IAM::OIDCProvider": id("arn:{partition}:iam::{account}:oidc-provider/{lower 12}", "Arn"),
	"AWS::IAM::Policy":       id("{named PolicyName 128}", "Id"),
	"AWS::IAM::Role": id("{named RoleName 64}").with(
		"Arn", "arn:{partition}:iam::{account}:role{prop Path /}{ref}",
		"RoleId", "AROA{upper 17}"),
	"AWS::IAM::RolePolicy": id("{prop PolicyName}|{prop RoleName}"),
	"AWS::IAM::ServiceLinkedRole": id("AWSServiceRoleFor{prop AWSServiceName}",
		"RoleName"),
	"AWS::IAM::User": id("{named UserName 64}").with("Arn",
		"arn:{partition}:iam::{account}:user{prop Path /}{ref}"),
	"AWS::IAM::UserPolicy": id("{prop PolicyName}|{prop UserName}"),

	"AWS::Cognito::IdentityPool": id("{region}:{uuid}", "Id").with(
		"Name", "{named IdentityPoolName 128}"),
	"AWS::Cognito::IdentityPoolRoleAttachment": id("{uuid}", "Id"),
	"AWS::Cognito::UserPool": id("{region}_{mixed 9}", "UserPoolId").with(
		"Arn", "arn:{partition}:cognito-idp:{region}:{account}:userpool/{ref}",
		"ProviderName", "cognito-idp.{region}.{suffix}/{ref}",
		"ProviderURL", "https://cognito-idp.{region}.{suffix}/{ref}"),
	"AWS::Cognito::UserPoolClient": id("{lower 26}", "ClientId").with(
		"Name", "{named ClientName 128}",
		"ClientSecret", "{lower 51}"),
	"AWS::Cognito::UserPoolDomain": id("{prop Domain}", "Id").with(
		"CloudFrontDistribution", "d{lower 13}.cloudfront.net"),
	"AWS::Cognito::UserPoolGroup":            id("{named GroupName 128}"),
	"AWS::Cognito::UserPoolIdentityProvider": id("{prop ProviderName}", "Id"),
	"AWS::Cognito::UserPoolResourceServer":   id("{prop Identifier}"),
	"AWS::Cognito::UserPoolUser":             id("{prop Username {uuid}}"),

	"AWS::KMS::Alias": id("{prop AliasName}"),
	"AWS::KMS::Key": id("{uuid}", "KeyId").with("Arn",
		"arn:{partition}:kms:{region}:{account}:key/{ref}"),

	"AWS::SecretsManager::Secret": id("arn:{partition}:secretsmanager:{region}:{account}:secret:"+
		"{named Name 512}-{mixed 6}", "Id"),
	"AWS::SecretsManager::SecretTargetAttachment": id("{prop SecretId}", "Id"),
	"AWS::SecretsManager::ResourcePolicy":         id("{prop SecretId}", "Id"),
	"AWS::SecretsManager::RotationSchedule":       id("{prop SecretId}", "Id"),

	"AWS::CertificateManager::Certificate": id("arn:{partition}:acm:{region}:{account}:" +
		"certificate/{uuid}"),
}

// otherTypes are the services that applications keep behind an API.
var otherTypes = map[string]entry{
	"AWS::CDK::Metadata":                       id("{named - 100}"),
	"AWS::CloudFormation::CustomResource":      id("{named - 100}"),
	"AWS::CloudFormation::WaitConditionHandle": id("{named - 100}"),
	"AWS::CloudWatch::Alarm": id("{named AlarmName 255}").with("Arn",
		"arn:{partition}:cloudwatch:{region}:{account}:alarm:{ref}"),
	"AWS::CloudWatch::CompositeAlarm": id("{named AlarmName 255}").with("Arn",
		"arn:{partition}:cloudwatch:{region}:{account}:alarm:{ref}"),
	"AWS::CloudWatch::Dashboard":        id("{named DashboardName 255}"),
	"AWS::CodeDeploy::Application":      id("{named ApplicationName 100}"),
	"AWS::CodeDeploy::DeploymentConfig": id("{named DeploymentConfigName 100}"),
	"AWS::CodeDeploy::DeploymentGroup":  id("{named DeploymentGroupName 100}"),
	"AWS::DynamoDB::GlobalTable":        table,
	"AWS::DynamoDB::Table":              table,
	"AWS::EC2::SecurityGroup": id("sg-{hex 17}", "GroupId", "Id").with(
		"VpcId", "{prop VpcId}"),
	"AWS::EC2::Subnet": id("subnet-{hex 17}", "SubnetId").with(
		"AvailabilityZone", "{prop AvailabilityZone {region}a}", "VpcId", "{prop VpcId}",
		"CidrBlock", "{prop CidrBlock}"),
	"AWS::EC2::VPC": id("vpc-{hex 17}", "VpcId").with("CidrBlock", "{prop CidrBlock}",
		"DefaultSecurityGroup", "sg-{hex 17}", "DefaultNetworkAcl", "acl-{hex 17}"),
	"AWS::Events::EventBus": id("{prop Name}", "Name").with("Arn",
		"arn:{partition}:events:{region}:{account}:event-bus/{ref}"),
	"AWS::Events::Rule": id("{named Name 64}").with("Arn",
		"arn:{partition}:events:{region}:{account}:rule/{ref}"),
	"AWS::Kinesis::Stream": id("{named Name 128}").with("Arn",
		"arn:{partition}:kinesis:{region}:{account}:stream/{ref}"),
	"AWS::KinesisFirehose::DeliveryStream": id("{named DeliveryStreamName 64}").with("Arn",
		"arn:{partition}:firehose:{region}:{account}:deliverystream/{ref}"),
	"AWS::Logs::LogGroup": id("{named LogGroupName 512}").with("Arn",
		"arn:{partition}:logs:{region}:{account}:log-group:{ref}:*"),
	"AWS::Logs::LogStream":          id("{named LogStreamName 512}"),
	"AWS::Logs::MetricFilter":       id("{named FilterName 512}"),
	"AWS::Logs::ResourcePolicy":     id("{prop PolicyName}"),
	"AWS::Logs::SubscriptionFilter": id("{named FilterName 512}"),
	"AWS::ECR::Repository": id("{lowname RepositoryName 256}").with(
		"Arn", "arn:{partition}:ecr:{region}:{account}:repository/{ref}",
		"RepositoryUri", "{account}.dkr.ecr.{region}.{suffix}/{ref}"),
	"AWS::S3::Bucket": id("{lowname BucketName 63}").with(
		"Arn", "arn:{partition}:s3:::{ref}",
		"DomainName", "{ref}.s3.{suffix}",
		"DualStackDomainName", "{ref}.s3.dualstack.{region}.{suffix}",
		"RegionalDomainName", "{ref}.s3.{region}.{suffix}",
		"WebsiteURL", "http://{ref}.s3-website-{region}.{suffix}"),
	"AWS::S3::BucketPolicy":  id("{prop Bucket}"),
	"AWS::SNS::Subscription": id("{prop TopicArn}:{uuid}", "Arn"),
	"AWS::SNS::Topic": id("arn:{partition}:sns:{region}:{account}:{named TopicName 256}",
		"TopicArn").with("TopicName", "{named TopicName 256}"),
	"AWS::SNS::TopicPolicy": id("{named - 100}", "Id"),
	"AWS::SQS::Queue": id("https://sqs.{region}.{suffix}/{account}/{queue}", "QueueUrl").with(
		"Arn", "arn:{partition}:sqs:{region}:{account}:{queue}",
		"QueueName", "{queue}"),
	"AWS::SQS::QueuePolicy": id("{named - 100}", "Id"),
	"AWS::SSM::Parameter": id("{named Name 512}").with(
		"Type", "{prop Type}", "Value", "{prop Value}"),
	"AWS::Scheduler::Schedule": id("{named Name 64}").with("Arn", "arn:{partition}:scheduler:"+
		"{region}:{account}:schedule/{prop GroupName default}/{ref}"),
	"AWS::Scheduler::ScheduleGroup": id("{named Name 64}").with("Arn",
		"arn:{partition}:scheduler:{region}:{account}:schedule-group/{ref}"),
	"AWS::StepFunctions::StateMachine": id("arn:{partition}:states:{region}:{account}:"+
		"stateMachine:{named StateMachineName 80}", "Arn").with(
		"Name", "{named StateMachineName 80}"),
}

// table is a DynamoDB table; its stream exists since a fixed day.
var table = id("{named TableName 255}").with(
	"Arn", "arn:{partition}:dynamodb:{region}:{account}:table/{ref}",
	"StreamArn", "arn:{partition}:dynamodb:{region}:{account}:table/{ref}/stream/"+
		"2026-01-01T00:00:00.000",
	"TableId", "{uuid}")
