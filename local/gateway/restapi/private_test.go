package restapi_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/restapi"
)

const anyEndpoint = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}`

// The policy of AWS's example "Private API traffic based on source VPC or VPC endpoint".
const oneEndpoint = anyEndpoint + `,{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke",` +
	`"Resource":"execute-api:/*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"}}}]}`

func TestPrivateAPI(t *testing.T) {
	forbidden := answer{403, "ForbiddenException", `{"message":"Forbidden"}`}
	denied := answer{403, "AccessDeniedException", byAnonymous + `"}`}
	explicit := answer{403, "AccessDeniedException", byAnonymous + explicitly + `"}`}
	ok := answer{200, "", "ok"}
	vpc := `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{` +
		`"StringEquals":{"aws:SourceVpc":"vpc-9"}}}]}`
	from := func(key string) string {
		return `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{` +
			`"IpAddress":{"` + key + `":"203.0.113.7"}}}]}`
	}
	for _, r := range []struct {
		name, policy string
		endpoint     restapi.VPCEndpoint
		header       []string
		want         answer
	}{
		{"no endpoint", anyEndpoint + "]}", restapi.VPCEndpoint{}, nil, forbidden},
		{"an endpoint of the settings", anyEndpoint + "]}", restapi.VPCEndpoint{ID: "vpce-9"}, nil, ok},
		{"an endpoint of the call", anyEndpoint + "]}", restapi.VPCEndpoint{}, []string{"X-Amzn-Vpce-Id: vpce-9"}, ok},
		{"what is no endpoint", anyEndpoint + "]}", restapi.VPCEndpoint{}, []string{"x-amzn-vpce-id: x"}, forbidden},
		{"no policy", "", restapi.VPCEndpoint{ID: "vpce-9"}, nil, denied},
		{"the endpoint that the policy names", oneEndpoint, restapi.VPCEndpoint{ID: "vpce-1a2b3c4d"}, nil, ok},
		{"another endpoint", oneEndpoint, restapi.VPCEndpoint{ID: "vpce-9"}, nil, explicit},
		{"the call's endpoint wins", oneEndpoint, restapi.VPCEndpoint{ID: "vpce-1a2b3c4d"}, []string{"x-amzn-vpce-id: vpce-9"}, explicit},
		{"the network of the settings", vpc, restapi.VPCEndpoint{ID: "vpce-9", VPC: "vpc-9"}, nil, ok},
		{"the network of the call", vpc, restapi.VPCEndpoint{}, []string{"x-amzn-vpce-id: vpce-9", "x-amzn-vpc-id: vpc-9"}, ok},
		{"the call's endpoint has its own network", vpc, restapi.VPCEndpoint{ID: "vpce-9", VPC: "vpc-9"}, []string{"x-amzn-vpce-id: vpce-1"}, denied},
		{"the address inside of the network", from("aws:VpcSourceIp"), restapi.VPCEndpoint{ID: "vpce-9"}, nil, ok},
		{"the source address, which there is none of", from("aws:SourceIp"), restapi.VPCEndpoint{ID: "vpce-9"}, nil, denied},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.endpoint = r.endpoint
			w.def.EndpointType, w.def.Policy = "PRIVATE", json.RawMessage(r.policy)
			w.method("/admin/{id}", "GET", proxy())
			called := 0
			if r.want == ok {
				called = 1
			}
			w.check(t, request("GET", "/dev/admin/7", r.header...), r.want, called)
		})
	}
}

func TestFunctionsOfPrivateAPIsAreToldTheEndpoint(t *testing.T) {
	w := newWorld()
	w.endpoint = restapi.VPCEndpoint{ID: "vpce-9", VPC: "vpc-9"}
	w.def.EndpointType, w.def.Policy = "PRIVATE", json.RawMessage(anyEndpoint+"]}")
	w.get(t, "/dev/x")
	var event struct {
		Headers        map[string]string `json:"headers"`
		RequestContext struct {
			Identity map[string]any `json:"identity"`
		} `json:"requestContext"`
	}
	if err := json.Unmarshal(w.lambda.last(t).Payload, &event); err != nil {
		t.Fatal(err)
	}
	got := []any{
		event.Headers["x-amzn-vpce-id"], event.Headers["x-amzn-vpc-id"],
		event.RequestContext.Identity["vpceId"], event.RequestContext.Identity["vpcId"],
	}
	if diff := cmp.Diff([]any{"vpce-9", "vpc-9", "vpce-9", "vpc-9"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
