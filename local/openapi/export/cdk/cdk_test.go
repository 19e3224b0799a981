package cdk_test

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/openapi/export/cdk"
)

func rest() api.REST {
	return api.REST{
		ID: "abc123", Name: "7 orders\nand more", EndpointType: "REGIONAL", APIKeySource: "HEADER",
		Account: api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		Models: map[string]api.Model{
			"Pet":   {Name: "Pet", Schema: []byte(`{"type":"object"}`)},
			"Empty": {Name: "Empty", Schema: []byte(`{}`)},
			"Pets": {Name: "Pets", Schema: []byte(`{"items": {"$ref": ` +
				`"https://apigateway.amazonaws.com/restapis/abc123/models/Pet"}}`)},
		},
		Policy: []byte(`{"Resource":"arn:aws:execute-api:us-east-1:123456789012:abc123/*"}`),
		Resources: []api.Resource{{ID: "r", Path: "/a/{b}/c-d", Methods: map[string]api.Method{
			"ANY": {
				AuthorizationType: "NONE",
				RequestModels:     map[string]string{"application/json": "Pets", "text/plain": "Empty"},
				Integration: api.Integration{Type: "MOCK", RequestTemplates: map[string]string{
					"application/json": "quotes \" and `backquotes`,\nlines\r\nand \\ back",
				}},
			},
		}}},
		Stages: []api.Stage{{Name: "dev", Canary: &api.Canary{}, WebACL: "arn:acl"}},
	}
}

// TestTheProgramIsGo holds whatever a definition may be called and hold against Go's grammar.
func TestTheProgramIsGo(t *testing.T) {
	got, err := cdk.REST(rest(), cdk.Options{Stages: []string{"dev"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "main.go", got, parser.AllErrors); err != nil {
		t.Errorf("%v\n%s", err, got)
	}
	for _, want := range []string{
		"// Package main makes the REST API 7 orders and more.\n",
		"//   - the canary of stage dev\n",
		"//   - the web ACL arn:acl of stage dev\n",
		`jsii.String("Api7-orders-and-more")`,
		`resources["/a/{b}"] = awsapigateway.NewCfnResource(stack, jsii.String("ResourceAB")`,
		`PathPart:  jsii.String("c-d")`,
		`"text/plain":       jsii.String("Empty")`,
		`"application/json": models["Pets"].Ref()`,
		`models["Pets"].AddDependency(models["Pet"])`,
		"models/Pet\"}}`, *api.Ref())",
		"document(`{\"Resource\":\"execute-api:/*\"}`, \"\")",
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("there is no %s in\n%s", want, got)
		}
	}
	if strings.Contains(string(got), `NewCfnModel(stack, jsii.String("ModelEmpty")`) {
		t.Error("the model Empty, which every API has, is made again")
	}
}

func TestWhatNoProgramCanSay(t *testing.T) {
	guarded := rest()
	guarded.Resources[0].Methods["GET"] = api.Method{AuthorizationType: "CUSTOM", AuthorizerID: "gone"}
	lost := api.HTTP{Name: "h", Routes: []api.Route{{Key: "$default", IntegrationID: "gone"}}}
	for _, test := range []struct {
		name, want string
		write      func() ([]byte, error)
	}{
		{"a stage that is not there", `it has no stage "gone"`, func() ([]byte, error) {
			return cdk.REST(rest(), cdk.Options{Stages: []string{"gone"}})
		}},
		{
			"an authorizer that is not there", `GET /a/{b}/c-d: it names the authorizer "gone"`,
			func() ([]byte, error) { return cdk.REST(guarded, cdk.Options{}) },
		},
		{
			"an integration that is not there", `route $default names the integration "gone"`,
			func() ([]byte, error) { return cdk.HTTP(lost, cdk.Options{}) },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.write(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got the error %v, want %q in it", err, test.want)
			}
		})
	}
}
