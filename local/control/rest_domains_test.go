package control_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

// domainSteps are what AWS answers, in the order of the calls.
var domainSteps = []struct {
	name, line, body string
	status           int
	want             string
}{
	{
		name: "a name that is none", line: "POST /domainnames", body: `{"domainName":"not a name"}`,
		status: 400, want: `Invalid domain name specified`,
	}, {
		name: "a domain is edge-optimized unless it says otherwise", line: "POST /domainnames",
		body:   `{"domainName":"edge.example.com","certificateArn":"arn:aws:acm:us-east-1:1:certificate/c"}`,
		status: 201, want: `"distributionHostedZoneId":"Z2FDTNDATAQYW2"`,
	}, {
		name: "a regional domain", line: "POST /domainnames",
		body: `{"domainName":"api.example.com","endpointConfiguration":{"types":["REGIONAL"]},` +
			`"regionalCertificateArn":"arn:aws:acm:us-east-1:1:certificate/c","tags":{"a":"b"}}`,
		status: 201, want: `"regionalHostedZoneId":"Z1UJRXOUMOOFQ8"`,
	}, {
		name: "the same name again", line: "POST /domainnames", body: `{"domainName":"api.example.com"}`,
		status: 400, want: "The domain name you provided already exists.",
	}, {
		name: "a security policy of the other kind of endpoint", line: "POST /domainnames",
		body: `{"domainName":"b.example.com","securityPolicy":"SecurityPolicy_TLS13_2025_EDGE",` +
			`"endpointAccessMode":"BASIC","endpointConfiguration":{"types":["REGIONAL"]}}`,
		status: 400, want: "is not supported for the endpoint type REGIONAL",
	}, {
		name: "mutual TLS of an edge-optimized domain", line: "POST /domainnames",
		body:   `{"domainName":"b.example.com","mutualTlsAuthentication":{"truststoreUri":"s3://b/k"}}`,
		status: 400, want: "Mutual TLS is only supported for REGIONAL endpoints",
	}, {
		name: "an unknown domain", line: "GET /domainnames/gone.example.com", status: 404,
		want: "Invalid domain name identifier specified",
	}, {
		name: "what a domain is like", line: "GET /domainnames/api.example.com", status: 200,
		want: `"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","tags":{"a":"b"}`,
	}, {
		name: "a list has both", line: "GET /domainnames", status: 200, want: `"domainName":"edge.example.com"`,
	}, {
		name: "a mapping to an API that is not there",
		line: "POST /domainnames/api.example.com/basepathmappings", body: `{"restApiId":"gone"}`,
		status: 400, want: "Invalid REST API identifier specified",
	}, {
		name: "a mapping to a stage that is not there",
		line: "POST /domainnames/api.example.com/basepathmappings",
		body: `{"restApiId":"<api>","stage":"gone"}`, status: 400, want: "Invalid stage identifier specified",
	}, {
		name: "a base path of two levels", line: "POST /domainnames/api.example.com/basepathmappings",
		body: `{"restApiId":"<api>","basePath":"a/b"}`, status: 400,
		want: "API Gateway V1 doesn't support the slash character (/) in base path mappings.",
	}, {
		name: "a mapping without a base path", line: "POST /domainnames/api.example.com/basepathmappings",
		body: `{"restApiId":"<api>","stage":"dev"}`, status: 201,
		want: `{"basePath":"(none)","restApiId":"<api>","stage":"dev"}`,
	}, {
		name: "another one without", line: "POST /domainnames/api.example.com/basepathmappings",
		body: `{"restApiId":"<api>"}`, status: 409, want: "Base path already exists for this domain name",
	}, {
		name: "a mapping by its base path",
		line: "GET /domainnames/api.example.com/basepathmappings/(none)", status: 200,
		want: `"basePath":"(none)"`,
	}, {
		name: "a mapping gets a base path",
		line: "PATCH /domainnames/api.example.com/basepathmappings/(none)",
		body: `{"patchOperations":[{"op":"replace","path":"/basePath","value":"v1"}]}`, status: 200,
		want: `"basePath":"v1"`,
	}, {
		name: "its old one is free", line: "GET /domainnames/api.example.com/basepathmappings/(none)",
		status: 404, want: "Invalid base path mapping identifier specified",
	}, {
		name: "an API that a domain leads to stays", line: "DELETE /restapis/<api>", status: 400,
		want: "Deleting RestApi <api> failed. Please remove all base path mappings related to the " +
			"RestApi in your domains: api.example.com.",
	}, {
		name: "a patch of what cannot be changed", line: "PATCH /domainnames/api.example.com",
		body:   `{"patchOperations":[{"op":"replace","path":"/domainName","value":"x"}]}`,
		status: 400, want: "Invalid patch path /domainName",
	}, {
		name: "another security policy", line: "PATCH /domainnames/api.example.com",
		body:   `{"patchOperations":[{"op":"replace","path":"/securityPolicy","value":"TLS_1_0"}]}`,
		status: 200, want: `"securityPolicy":"TLS_1_0"`,
	}, {
		name: "a domain that is moved has both types", line: "PATCH /domainnames/edge.example.com",
		body: `{"patchOperations":[{"op":"add","path":"/endpointConfiguration/types",` +
			`"value":"REGIONAL"},{"op":"add","path":"/regionalCertificateArn",` +
			`"value":"arn:aws:acm:us-east-1:1:certificate/r"}]}`,
		status: 200, want: `"endpointConfiguration":{"types":["EDGE","REGIONAL"]`,
	}, {
		name: "its two addresses", line: "GET /domainnames/edge.example.com", status: 200,
		want: `.cloudfront.net","distributionHostedZoneId":"Z2FDTNDATAQYW2",`,
	}, {
		name: "a domain that was moved", line: "PATCH /domainnames/edge.example.com",
		body: `{"patchOperations":[{"op":"remove","path":"/endpointConfiguration/types",` +
			`"value":"EDGE"},{"op":"remove","path":"certificateArn"}]}`,
		status: 200, want: `"endpointConfiguration":{"types":["REGIONAL"]`,
	}, {
		name: "a domain without a type", line: "PATCH /domainnames/edge.example.com",
		body: `{"patchOperations":[{"op":"remove","path":"/endpointConfiguration/types",` +
			`"value":"REGIONAL"}]}`,
		status: 400, want: "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.",
	},
}

func TestDomainsAsAWSAnswers(t *testing.T) {
	c := newClient(t, t.TempDir())
	c.pets()
	for _, step := range domainSteps {
		status, text := c.text(step.line, step.body)
		if status != step.status || !strings.Contains(text, step.want) {
			t.Errorf("%s: %s answers %d %s, want %d %s", step.name, step.line, status, text, step.status,
				step.want)
		}
	}
	want := []api.Domain{
		{
			Name: "api.example.com", LogicalID: "api.example.com", EndpointType: "REGIONAL",
			SecurityPolicy: "TLS_1_0", CertificateARN: "arn:aws:acm:us-east-1:1:certificate/c",
			RoutingMode: "API_MAPPING_ONLY",
			Mappings:    []api.Mapping{{Path: "v1", APIID: c.names["api"], Stage: "dev"}},
		}, {
			Name: "edge.example.com", LogicalID: "edge.example.com", EndpointType: "REGIONAL",
			SecurityPolicy: "TLS_1_2", CertificateARN: "arn:aws:acm:us-east-1:1:certificate/r",
			RoutingMode: "API_MAPPING_ONLY",
		},
	}
	if diff := cmp.Diff(want, c.host.domains["us-east-1"]); diff != "" {
		t.Errorf("what is served (-want +got)\n%s", diff)
	}
	c.do("DELETE /domainnames/api.example.com/basepathmappings/v1", "")
	c.do("DELETE /domainnames/api.example.com", "")
	if left := c.host.domains["us-east-1"]; len(left) != 1 || left[0].Name != "edge.example.com" {
		t.Errorf("after the domain was deleted %+v are served", left)
	}
}

func TestPrivateDomainsAreDescribedAndNotServed(t *testing.T) {
	c := newClient(t, "")
	made := c.do("POST /domainnames", `{"domainName":"p.example.com",`+
		`"endpointConfiguration":{"types":["PRIVATE"]},`+
		`"certificateArn":"arn:aws:acm:us-east-1:1:certificate/c"}`)
	c.names["arn"], c.names["id"] = made["domainNameArn"].(string), made["domainNameId"].(string)
	association := `{"domainNameArn":"<arn>","accessAssociationSourceType":"VPCE",` +
		`"accessAssociationSource":"vpce-1"}`
	c.names["association"] = c.do("POST /domainnameaccessassociations",
		association)["domainNameAccessAssociationArn"].(string)
	if status, text := c.text("POST /domainnameaccessassociations", association); status != 409 {
		t.Errorf("the same association again answers %d %s", status, text)
	}
	if _, text := c.text("GET /domainnameaccessassociations", ""); !strings.Contains(text, `"vpce-1"`) {
		t.Errorf("the associations are %s", text)
	}
	if status, _ := c.text("DELETE /domainnames/p.example.com?domainNameId=<id>", ""); status != 400 {
		t.Errorf("deleting a domain with an association answers %d", status)
	}
	c.names["query"] = strings.ReplaceAll(c.names["arn"], "+", "%2B")
	c.do("POST /rejectdomainnameaccessassociations?domainNameArn=<query>&"+
		"domainNameAccessAssociationArn=<association>", "")
	if left := c.host.domains["us-east-1"]; len(left) > 0 {
		t.Errorf("private domains are served: %+v", left)
	}
	c.do("DELETE /domainnames/p.example.com?domainNameId=<id>", "")
}
