package constructs

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2integrations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticloadbalancingv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// PrivateLoadBalancerProps names an internal Application Load Balancer, and where in its VPC API
// Gateway gets addresses from which it calls.
type PrivateLoadBalancerProps struct {
	// Name is the VPC link's.
	Name string
	// Subnets are those of the load balancer. SecurityGroups bound what the link may call; without
	// one AWS would take the VPC's default group, which lets everything out.
	Subnets, SecurityGroups []string
	// ARN is the load balancer's, which REST APIs name; ListenerARN that of the listener, which HTTP
	// APIs name.
	ARN, ListenerARN string
}

// PrivateLoadBalancer is an internal load balancer, reached through a VPC link: what stands
// behind it needs no public address. One link serves REST and HTTP APIs.
type PrivateLoadBalancer struct {
	scope constructs.Construct
	props PrivateLoadBalancerProps
	link  awsapigatewayv2.CfnVpcLink
}

// NewPrivateLoadBalancer creates the VPC link.
func NewPrivateLoadBalancer(
	scope constructs.Construct, props PrivateLoadBalancerProps,
) (*PrivateLoadBalancer, error) {
	if len(props.Subnets) == 0 || len(props.SecurityGroups) == 0 {
		return nil, fmt.Errorf("VPC link %q has subnets %v and security groups %v: name at least one "+
			"of each", props.Name, props.Subnets, props.SecurityGroups)
	}
	if props.ARN == "" && props.ListenerARN == "" {
		return nil, fmt.Errorf("VPC link %q leads nowhere: name the load balancer, its listener, or both",
			props.Name)
	}
	parent := constructs.NewConstruct(scope, jsii.String("PrivateLoadBalancer"))
	link := awsapigatewayv2.NewCfnVpcLink(parent, jsii.String("Link"),
		&awsapigatewayv2.CfnVpcLinkProps{
			Name:             jsii.String(props.Name),
			SubnetIds:        jsii.PtrSlice(props.Subnets...),
			SecurityGroupIds: jsii.PtrSlice(props.SecurityGroups...),
		})
	return &PrivateLoadBalancer{scope: parent, props: props, link: link}, nil
}

// PrivateTarget is a URL behind a private load balancer: what a route of a REST or HTTP API may
// call instead of a function.
type PrivateTarget struct {
	balancer *PrivateLoadBalancer
	url      string
}

// ToPrivateLoadBalancer passes calls on to a URL behind the load balancer. Its host is the one
// that the balancer's certificate is made out to, or its rules ask for; its path holds {proxy}
// where the rest of the route's path goes. On an HTTP API an empty path keeps the call's own.
func ToPrivateLoadBalancer(balancer *PrivateLoadBalancer, url string) *PrivateTarget {
	return &PrivateTarget{balancer: balancer, url: url}
}

// check returns an error when the route of an API cannot call the target.
func (t *PrivateTarget) check(api, route, arn, kind string) error {
	if arn == "" {
		return fmt.Errorf("route %q of API %q goes through VPC link %q, which does not name the %s",
			route, api, t.balancer.props.Name, kind)
	}
	if !strings.HasPrefix(t.url, "https://") && !strings.HasPrefix(t.url, "http://") {
		return fmt.Errorf("route %q of API %q calls %q: it must begin with https:// or http://",
			route, api, t.url)
	}
	return nil
}

// rest is the integration of a REST API. targetREST says to which load balancer it goes.
func (t *PrivateTarget) rest() awsapigateway.Integration {
	link := t.balancer.scope.Node().TryFindChild(jsii.String("ForREST"))
	if link == nil {
		link = awsapigateway.VpcLink_FromVpcLinkId(t.balancer.scope, jsii.String("ForREST"),
			t.balancer.link.Ref())
	}
	options := passOn(t.url)
	options.ConnectionType = awsapigateway.ConnectionType_VPC_LINK
	options.VpcLink = link.(awsapigateway.IVpcLink)
	return awsapigateway.NewHttpIntegration(jsii.String(t.url), &awsapigateway.HttpIntegrationProps{
		Proxy: jsii.Bool(true), HttpMethod: jsii.String("ANY"), Options: options,
	})
}

// targetREST writes the load balancer into a method ("Private integrations for REST APIs"), which
// CDK does not know yet, and makes a change of it a new deployment.
func (t *PrivateTarget) targetREST(api awsapigateway.RestApi, method awsapigateway.Method) {
	method.Node().DefaultChild().(awsapigateway.CfnMethod).AddPropertyOverride(
		jsii.String("Integration.IntegrationTarget"), t.balancer.props.ARN)
	api.LatestDeployment().AddToLogicalId(map[string]any{"target": t.balancer.props.ARN})
}

// http is the integration of an HTTP API.
func (t *PrivateTarget) http(id string) (awsapigatewayv2.HttpRouteIntegration, error) {
	at, err := url.Parse(t.url)
	if err != nil {
		return nil, fmt.Errorf("the URL behind VPC link %q: %w", t.balancer.props.Name, err)
	}
	scope := constructs.NewConstruct(t.balancer.scope, jsii.String(id))
	props := &awsapigatewayv2integrations.HttpAlbIntegrationProps{
		Method:  awsapigatewayv2.HttpMethod_ANY,
		Timeout: awscdk.Duration_Seconds(jsii.Number(integrationSeconds)),
		VpcLink: t.balancer.forHTTP(scope),
	}
	if at.Scheme == "https" {
		props.SecureServerName = jsii.String(at.Hostname())
	}
	if at.Path != "" {
		path := strings.ReplaceAll(at.Path, "{proxy}", "${request.path.proxy}")
		props.ParameterMapping = awsapigatewayv2.NewParameterMapping().OverwritePath(
			awsapigatewayv2.MappingValue_Custom(jsii.String(path)))
	}
	listener := awselasticloadbalancingv2.ApplicationListener_FromApplicationListenerAttributes(
		scope, jsii.String("Listener"), &awselasticloadbalancingv2.ApplicationListenerAttributes{
			ListenerArn: jsii.String(t.balancer.props.ListenerARN),
			SecurityGroup: awsec2.SecurityGroup_FromSecurityGroupId(scope, jsii.String("Group"),
				jsii.String(t.balancer.props.SecurityGroups[0]),
				&awsec2.SecurityGroupImportOptions{Mutable: jsii.Bool(false)}),
		})
	return awsapigatewayv2integrations.NewHttpAlbIntegration(jsii.String(id), listener, props), nil
}

// forHTTP is the link as CDK's integrations take it. They ask for its VPC too, and never look at
// it.
func (b *PrivateLoadBalancer) forHTTP(scope constructs.Construct) awsapigatewayv2.IVpcLink {
	vpc := awsec2.Vpc_FromVpcAttributes(scope, jsii.String("VPC"), &awsec2.VpcAttributes{
		VpcId: jsii.String("of-the-link"), AvailabilityZones: jsii.Strings("any"),
	})
	return awsapigatewayv2.VpcLink_FromVpcLinkAttributes(scope, jsii.String("Link"),
		&awsapigatewayv2.VpcLinkAttributes{Vpc: vpc, VpcLinkId: b.link.Ref()})
}
