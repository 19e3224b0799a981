package provision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

const privateTemplate = `
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: private}}
  Link: {Type: AWS::ApiGateway::VpcLink, Properties: {Name: link, TargetArns: [BALANCER]}}
  LinkV2: {Type: AWS::ApiGatewayV2::VpcLink, Properties: {Name: link2, SubnetIds: [subnet-1]}}
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: {Ref: Api}
      ResourceId: {"Fn::GetAtt": [Api, RootResourceId]}
      HttpMethod: GET
      AuthorizationType: NONE
      Integration:
        IntegrationHttpMethod: GET
        Uri: http://orders.internal/
        INTEGRATION
`

const balancerARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/orders/50dc"

// readPrivate reads the template with these properties of its integration.
func readPrivate(t *testing.T, integration ...string) (*Application, *cloudformation.Assembly, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "template.yaml")
	text := strings.NewReplacer("BALANCER", balancerARN,
		"INTEGRATION", strings.Join(integration, "\n        ")).Replace(privateTemplate)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	assembly, err := cloudformation.Load(path, cloudformation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	app, err := Read(assembly, Options{})
	return app, assembly, err
}

func TestReadOfPrivateIntegrations(t *testing.T) {
	linked := []string{"Type: HTTP_PROXY", "ConnectionType: VPC_LINK"}
	rows := []struct {
		does    string
		more    []string
		targets []string
		links   []string // their last names
	}{
		{"a link v1 leads to its balancer", []string{"ConnectionId: {Ref: Link}"}, nil, []string{"Link"}},
		{
			"a link v2 and the target beside it",
			[]string{"ConnectionId: {Ref: LinkV2}", "IntegrationTarget: " + balancerARN},
			[]string{balancerARN},
			[]string{"LinkV2"},
		},
		{"a stage variable may name any link", []string{`ConnectionId: "${stageVariables.link}"`}, nil, []string{"Link", "LinkV2"}},
		{"a link that is not in the template", []string{"ConnectionId: abc123"}, nil, nil},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			app, assembly, err := readPrivate(t, append(linked, row.more...)...)
			if err != nil {
				t.Fatal(err)
			}
			got := app.REST[0].Resources[0].Methods["GET"].Integration
			var want []api.VPCLink
			for _, name := range row.links {
				resource, _ := assembly.Resource(assembly.Stacks[0].Name, name)
				link := api.VPCLink{ID: resource.PhysicalID, Names: []string{name}}
				if name == "Link" {
					link.Names = []string{balancerARN, name}
				}
				want = append(want, link)
			}
			if diff := cmp.Diff(want, got.Links); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(row.targets, got.Targets); diff != "" {
				t.Error(diff)
			}
			for _, finding := range coverage.Check(assembly, Coverage()) {
				isV2 := finding.Type == typeV2VPCLink // which HTTP APIs have too
				if finding.Status == coverage.NotHonoured && !isV2 {
					t.Errorf("not honoured: %s", finding)
				}
			}
		})
	}
}

func TestMistakesOfConnections(t *testing.T) {
	rows := []struct {
		does, want string
		more       []string
	}{
		{"a link without an id", "Integration.ConnectionId", []string{"Type: HTTP_PROXY", "ConnectionType: VPC_LINK"}},
		{"a link of a MOCK", "VPC_LINK is for integrations of type HTTP and HTTP_PROXY", []string{"Type: MOCK", "ConnectionType: VPC_LINK", "ConnectionId: a"}},
		{"a stream of an HTTP integration", "STREAM is for integrations of type AWS_PROXY and HTTP_PROXY", []string{"Type: HTTP", "ResponseTransferMode: STREAM"}},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			_, _, err := readPrivate(t, row.more...)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want an error that says %s", err, row.want)
			}
		})
	}
}
