package constructs

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"
)

const (
	balancerARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/1"
	listenerARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/1/2"
)

func TestPrivateLoadBalancersRefuseWhatLeadsNowhere(t *testing.T) {
	balancer := func(props PrivateLoadBalancerProps) error {
		_, err := NewPrivateLoadBalancer(nil, props)
		return err
	}
	only := func(props PrivateLoadBalancerProps, url string) *PrivateTarget {
		return ToPrivateLoadBalancer(&PrivateLoadBalancer{props: props}, url)
	}
	limit := Throttle{Rate: 1, Burst: 1}
	rest := func(to *PrivateTarget) error {
		_, err := NewRESTAPI(nil, RESTAPIProps{Name: "partner", Throttle: limit}, []RESTRoute{{
			Method: "GET", Path: "/a", Access: SignedByIAM(), Private: to,
		}})
		return err
	}
	http := func(to *PrivateTarget) error {
		_, err := NewHTTPAPI(nil, HTTPAPIProps{Name: "public", Throttle: limit, Routes: []HTTPRoute{{
			Method: "GET", Path: "/a", Access: SignedByIAM(), Private: to,
		}}})
		return err
	}
	expectRefusals(t, []refused{
		{
			"a link without a security group",
			balancer(PrivateLoadBalancerProps{Name: "a", ARN: balancerARN, Subnets: []string{"subnet-1"}}),
			`VPC link "a" has subnets [subnet-1] and security groups []: name at least one of each`,
		},
		{
			"a link to nothing",
			balancer(PrivateLoadBalancerProps{
				Name: "a", Subnets: []string{"subnet-1"}, SecurityGroups: []string{"sg-1"},
			}),
			`VPC link "a" leads nowhere`,
		},
		{
			"a REST route to a listener",
			rest(only(PrivateLoadBalancerProps{Name: "a", ListenerARN: listenerARN}, "https://a")),
			"does not name the load balancer",
		},
		{
			"an HTTP route to a load balancer",
			http(only(PrivateLoadBalancerProps{Name: "a", ARN: balancerARN}, "https://a")),
			"does not name the listener",
		},
		{
			"a URL without a scheme",
			rest(only(PrivateLoadBalancerProps{Name: "a", ARN: balancerARN}, "a/{proxy}")),
			`calls "a/{proxy}": it must begin with https:// or http://`,
		},
		{
			"an HTTP route to nothing", http(nil),
			"must have either a function or a private target",
		},
	})
}

// synthesized returns the properties of the resources of a type.
func synthesized(t *testing.T, stack awscdk.Stack, kind string) []map[string]any {
	t.Helper()
	found := *assertions.Template_FromStack(stack, nil).FindResources(jsii.String(kind), nil)
	var all []map[string]any
	for _, id := range sortedKeys(found) {
		properties, ok := (*found[id])["Properties"].(map[string]any)
		if !ok {
			t.Fatalf("%s has no properties: %v", id, *found[id])
		}
		all = append(all, properties)
	}
	if len(all) == 0 {
		t.Fatalf("there is no %s", kind)
	}
	return all
}

func TestPrivateTargetsGoThroughOneLink(t *testing.T) {
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("test"), nil)
	balancer, err := NewPrivateLoadBalancer(stack, PrivateLoadBalancerProps{
		Name: "backend", ARN: balancerARN, ListenerARN: listenerARN,
		Subnets: []string{"subnet-1", "subnet-2"}, SecurityGroups: []string{"sg-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	logs := LogProps{RetentionDays: 7}
	limit := Throttle{Rate: 1, Burst: 1}
	to := ToPrivateLoadBalancer(balancer, "https://backend.internal/v1/{proxy}")
	if _, err := NewRESTAPI(stack, RESTAPIProps{
		Name: "rest", StageName: "dev", Throttle: limit, Logs: logs,
	}, []RESTRoute{{Method: "ANY", Path: "/{proxy+}", Access: SignedByIAM(), Private: to}}); err != nil {
		t.Fatal(err)
	}
	other := awscdk.NewStack(app, jsii.String("http"), nil)
	if _, err := NewHTTPAPI(other, HTTPAPIProps{
		Name: "http", Throttle: limit, Logs: logs,
		Routes: []HTTPRoute{
			{Method: "GET", Path: "/a/{proxy+}", Access: SignedByIAM(), Private: to},
			{Method: "POST", Path: "/a/{proxy+}", Access: SignedByIAM(), Private: to},
		},
	}); err != nil {
		t.Fatal(err)
	}
	link := synthesized(t, stack, "AWS::ApiGatewayV2::VpcLink")
	expect(t, link[0], `{"Name":"backend","SecurityGroupIds":["sg-1"],"SubnetIds":["subnet-1","subnet-2"]}`)
	method := synthesized(t, stack, "AWS::ApiGateway::Method")[0]["Integration"].(map[string]any)
	if _, ok := method["ConnectionId"].(map[string]any)["Ref"]; !ok || len(link) != 1 {
		t.Errorf("the method goes through %v, of %d links", method["ConnectionId"], len(link))
	}
	delete(method, "ConnectionId")
	expect(t, method, `{"ConnectionType":"VPC_LINK","IntegrationHttpMethod":"ANY",`+
		`"IntegrationTarget":"`+balancerARN+`","RequestParameters":{`+
		`"integration.request.header.X-Customer":"context.authorizer.customer",`+
		`"integration.request.path.proxy":"method.request.path.proxy"},"TimeoutInMillis":15000,`+
		`"Type":"HTTP_PROXY","Uri":"https://backend.internal/v1/{proxy}"}`)
	for _, integration := range synthesized(t, other, "AWS::ApiGatewayV2::Integration") {
		delete(integration, "ApiId")
		delete(integration, "ConnectionId")
		expect(t, integration, `{"ConnectionType":"VPC_LINK","IntegrationMethod":"ANY",`+
			`"IntegrationType":"HTTP_PROXY","IntegrationUri":"`+listenerARN+`",`+
			`"PayloadFormatVersion":"1.0","RequestParameters":{"overwrite:path":`+
			`"/v1/${request.path.proxy}"},"TimeoutInMillis":15000,`+
			`"TlsConfig":{"ServerNameToVerify":"backend.internal"}}`)
	}
}

func expect(t *testing.T, got map[string]any, want string) {
	t.Helper()
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
