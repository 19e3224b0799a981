package cloudformation_test

import (
	"encoding/json"
	"testing"

	"portico/local/cloudformation"
)

func TestResourcesThatExistKeepTheirIds(t *testing.T) {
	assembly, err := cloudformation.Compose(
		cloudformation.Options{Account: "111122223333", Region: "eu-west-1"}, "made",
		[]cloudformation.Existing{
			{
				Type: "AWS::ApiGatewayV2::Api", LogicalID: "api", PhysicalID: "a1b2c3d4e5",
				Properties: map[string]any{"Name": "orders", "Version": nil, "Limit": 3, "Deep": []int{1}},
			},
			{
				Type: "AWS::Lambda::Function", LogicalID: "function", PhysicalID: "orders",
				Attributes: map[string]string{"Arn": "arn:given"},
			},
		})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct{ logicalID, attribute, id, value string }{
		{
			"api", "ApiEndpoint", "a1b2c3d4e5", "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
		},
		{"function", "Arn", "orders", "arn:given"},
	} {
		found, ok := assembly.Resource("made", r.logicalID)
		if !ok || found.PhysicalID != r.id {
			t.Fatalf("%s: got %+v", r.logicalID, found)
		}
		if got, err := found.Attribute(r.attribute); err != nil || got != r.value {
			t.Errorf("%s.%s: got %v %v, want %s", r.logicalID, r.attribute, got, err, r.value)
		}
	}
	properties := assembly.Stacks[0].Resources[0].Properties
	if _, there := properties["Version"]; there || properties["Limit"] != json.Number("3") {
		t.Errorf("got %v", properties)
	}
	if _, err := cloudformation.Compose(cloudformation.Options{}, "made", []cloudformation.Existing{
		{Type: "A::B::C", Properties: map[string]any{"x": func() {}}},
	}); err == nil {
		t.Error("a function is no property")
	}
}
