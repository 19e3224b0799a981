package control_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"portico/local/control/model"
)

// FuzzPeopleAndWalls sends generated requests of every operation of IAM, STS and AWS WAF: each is
// answered as AWS would, by an answer or an error with a code and a message, and never by a failure.
func FuzzPeopleAndWalls(f *testing.F) {
	services := fuzzed(f, 4, "iam", "sts", "wafv2")
	f.Fuzz(func(t *testing.T, seed uint64) {
		c := documents(t)
		good := seasoning(c)
		for _, name := range sortedNames(services) {
			g := &generator{
				Rand: rand.New(rand.NewPCG(seed, 2)), service: services[name], names: c.names,
			}
			for range 3 {
				for _, operation := range sortedNames(services[name].Operations) {
					g.checkSigned(t, c, services[name].Operations[operation], good)
				}
			}
		}
		if c.log.Len() > 0 {
			t.Errorf("the log says %s", c.log)
		}
	})
}

// seasoning makes what there is for the requests to name, and returns good values by member.
func seasoning(c *client) map[string][]string {
	c.run("iam", "", []step{
		{call: "CreateUser?UserName=ada", status: 200},
		{call: "CreateGroup?GroupName=devs", status: 200},
		{call: "CreateRole?RoleName=app&AssumeRolePolicyDocument=<trust>", status: 200},
		{call: "CreatePolicy?PolicyName=p&PolicyDocument=<invoke>", status: 200},
		{call: "CreateAccessKey?UserName=ada", status: 200, take: "accessKey=<AccessKeyId>|</AccessKeyId>"},
	})
	c.run("wafv2", waf, []step{
		{call: `CreateWebACL {` + aclBody + `}`, status: 200, take: `acl="ARN":"|"`},
		{call: `ListWebACLs {"Scope":"REGIONAL"}`, status: 200, take: `id="Id":"|"`},
		{call: `ListWebACLs {"Scope":"REGIONAL"}`, status: 200, take: `lock="LockToken":"|"`},
	})
	documents := []string{c.names["invoke"], c.names["trust"], "{", `{"Statement":[1]}`, "[]"}
	return map[string][]string{
		"RoleName": {"app"}, "UserName": {"ada"}, "GroupName": {"devs"}, "PolicyName": {"p", "q"},
		"PolicyDocument": documents, "AssumeRolePolicyDocument": documents, "Policy": documents,
		"PolicyArn": {account + "policy/p", "arn:aws:iam::aws:policy/ReadOnlyAccess"},
		"RoleArn":   {account + "role/app"}, "RoleSessionName": {"me"}, "VersionId": {"v1", "v2"},
		"PermissionsBoundary": {account + "policy/p"}, "AccessKeyId": {c.names["accessKey"]},
		"AWSServiceName": {"wafv2.amazonaws.com"}, "WebIdentityToken": {"good", "evil"},
		"Name": {"acl", "AWSManagedRulesCommonRuleSet"}, "Scope": {"REGIONAL"}, "Id": {c.names["id"]},
		"WebACLId": {c.names["id"]}, "WebACLName": {"acl"}, "RuleName": {"rate"},
		"LockToken": {c.names["lock"]}, "ResourceArn": {stageOfOrders, c.names["acl"]},
		"ResourceARN": {c.names["acl"]}, "WebACLArn": {c.names["acl"]}, "ARN": {c.names["acl"]},
		"VendorName": {"AWS"}, "NextMarker": {"YQ==", "!"}, "Marker": {"YQ==", "!"},
		"MetricName": {"m"}, "Path": {"/", "/a/"}, "SearchString": {"YQ==", "!"},
	}
}

// season puts good values in the place of generated ones, most of the time.
func (g *generator) season(value any, good map[string][]string) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range sortedNames(value) {
			if all := good[name]; all != nil && g.IntN(4) > 0 {
				value[name] = g.pick(all...)
				continue
			}
			g.season(value[name], good)
		}
	case []any:
		for _, inner := range value {
			g.season(inner, good)
		}
	}
}

// flatten writes a value as the protocol Query has it.
func flatten(into url.Values, path string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			flatten(into, strings.TrimPrefix(path+"."+name, "."), inner)
		}
	case []any:
		for i, inner := range value {
			flatten(into, fmt.Sprintf("%s.member.%d", path, i+1), inner)
		}
	case nil:
	default:
		into.Set(path, fmt.Sprint(value))
	}
}

func (g *generator) checkSigned(
	t *testing.T, c *client, op *model.Operation, good map[string][]string,
) {
	t.Helper()
	var tree any = map[string]any{}
	if op.Input != "" {
		tree = g.value("", op.Input, 0)
	}
	g.season(tree, good)
	text, _ := json.Marshal(tree)
	if g.service.Protocol == model.Query {
		form := url.Values{}
		flatten(form, "", tree)
		form.Set("Action", op.Name)
		text = []byte(form.Encode())
	}
	request := httptest.NewRequest("POST", "/", strings.NewReader(string(text)))
	request.Header.Set("X-Amz-Target", g.service.Target+"."+op.Name)
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/"+
		g.service.Name+"/aws4_request")
	recorder := httptest.NewRecorder()
	c.door.ServeHTTP(recorder, request)
	answer, _ := io.ReadAll(recorder.Result().Body)
	if recorder.Code < 300 {
		return
	}
	var refusal struct {
		Type    string `json:"__type"`
		Message *string
	}
	shaped := strings.Contains(string(answer), "<Code>")
	if g.service.Protocol == model.JSON {
		shaped = json.Unmarshal(answer, &refusal) == nil && refusal.Type != "" && refusal.Message != nil
	}
	if !shaped || recorder.Code >= 500 && recorder.Code != http.StatusNotImplemented {
		t.Errorf("%s %s answers %d %s", op.Name, text, recorder.Code, answer)
	}
}
