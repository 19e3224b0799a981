package physical

// privateTypes are AWS::ElasticLoadBalancingV2::* and AWS::ServiceDiscovery::*: what stands behind
// VPC links. The ARNs of listeners show an application load balancer, whatever theirs is.
var privateTypes = map[string]entry{
	"AWS::ElasticLoadBalancingV2::Listener": id("arn:{partition}:elasticloadbalancing:{region}:"+
		"{account}:listener/app/{logical}/{hex 16 balancer}/{hex 16}", "ListenerArn"),
	"AWS::ElasticLoadBalancingV2::ListenerRule": id("arn:{partition}:elasticloadbalancing:{region}:"+
		"{account}:listener-rule/app/{logical}/{hex 16 balancer}/{hex 16}/{hex 16 rule}", "RuleArn"),
	"AWS::ElasticLoadBalancingV2::LoadBalancer": id("arn:{partition}:elasticloadbalancing:{region}:"+
		"{account}:loadbalancer/app/{named Name 32}/{hex 16}", "LoadBalancerArn").with(
		"CanonicalHostedZoneID", "Z{upper 12}",
		"DNSName", "{lowname Name 32}-{hex 16}.elb.{region}.{suffix}",
		"LoadBalancerFullName", "app/{named Name 32}/{hex 16}",
		"LoadBalancerName", "{named Name 32}"),
	"AWS::ElasticLoadBalancingV2::TargetGroup": id("arn:{partition}:elasticloadbalancing:{region}:"+
		"{account}:targetgroup/{named Name 32}/{hex 16}", "TargetGroupArn").with(
		"TargetGroupFullName", "targetgroup/{named Name 32}/{hex 16}",
		"TargetGroupName", "{named Name 32}"),

	"AWS::ServiceDiscovery::HttpNamespace":       namespace,
	"AWS::ServiceDiscovery::PrivateDnsNamespace": namespace,
	"AWS::ServiceDiscovery::PublicDnsNamespace":  namespace,
	"AWS::ServiceDiscovery::Instance":            id("{prop InstanceId {uuid}}"),
	"AWS::ServiceDiscovery::Service": id("srv-{lower 16}", "Id").with(
		"Arn", "arn:{partition}:servicediscovery:{region}:{account}:service/{ref}",
		"Name", "{named Name 127}"),
}

// namespace is one of Cloud Map.
var namespace = id("ns-{lower 16}", "Id").with(
	"Arn", "arn:{partition}:servicediscovery:{region}:{account}:namespace/{ref}",
	"HostedZoneId", "Z{upper 12}")
