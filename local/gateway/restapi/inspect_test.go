package restapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/firewall"
	"portico/local/gateway/pipeline"
)

// protect puts a web ACL before the stage dev; each rule is for the calls whose query has its name.
func (w *world) protect(t *testing.T, rules map[string]api.RuleAction) {
	t.Helper()
	def := api.WebACL{
		ARN: "arn:acl", Name: "acl", Account: w.def.Account, BodyLimit: 16 << 10,
		DefaultAction: api.RuleAction{Type: "Allow"},
		CustomResponseBodies: map[string]api.CustomResponseBody{
			"sorry": {ContentType: "APPLICATION_JSON", Content: `{"sorry":true}`},
		},
	}
	for name, action := range rules {
		def.Rules = append(def.Rules, api.FirewallRule{
			Name: name, Priority: len(def.Rules), Action: &action, Labels: []string{"seen"},
			Statement: api.Statement{ByteMatch: &api.ByteMatchStatement{
				Field: api.FieldToMatch{Kind: "QueryString"}, Position: "EXACTLY", Search: name,
			}},
		})
	}
	acl, err := firewall.New(def, firewall.Dependencies{Clock: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	w.webACLs = map[string]*firewall.ACL{"arn:acl": acl}
	w.def.Stages[0].WebACL = "arn:acl"
}

// The rows are those of spec waf.md §2.
func TestWebACL(t *testing.T) {
	rules := map[string]api.RuleAction{
		"allow": {Type: "Allow", InsertHeaders: []api.CustomHeader{{Name: "who", Value: "known"}}},
		"block": {Type: "Block"},
		"count": {Type: "Count", InsertHeaders: []api.CustomHeader{{Name: "seen", Value: "yes"}}},
		"sorry": {Type: "Block", Response: &api.CustomResponse{
			Code: 503, BodyKey: "sorry", Headers: []api.CustomHeader{{Name: "Retry-After", Value: "5"}},
		}},
		"challenge": {Type: "Challenge"},
	}
	forbidden := answer{403, "ForbiddenException", `{"message":"Forbidden"}`}
	for _, r := range []struct {
		name, target string
		want         answer
		log          string
		facts        []pipeline.Fact
	}{
		{"what no rule decides has the default action", "/dev/x", answer{200, "", "ok"}, "WAF_ALLOW arn:acl 200 - -", []pipeline.Fact{{Name: "action", Value: "ALLOW"}, {Name: "rule", Value: "Default_Action"}}},
		{"allowed by a rule", "/dev/x?allow", answer{200, "", "ok"}, "WAF_ALLOW arn:acl 200 - -", nil},
		{"blocked", "/dev/x?block", forbidden, "WAF_BLOCK arn:acl 200 WAF_FILTERED Forbidden", []pipeline.Fact{{Name: "action", Value: "BLOCK"}, {Name: "rule", Value: "block"}, {Name: "labels", Value: "awswaf:123456789012:webacl:acl:seen"}}},
		{"blocked before the resource is looked for", "/dev?block", forbidden, "WAF_BLOCK arn:acl 200 WAF_FILTERED Forbidden", nil},
		{"blocked before the authorizer is asked", "/dev/guarded?block", forbidden, "WAF_BLOCK arn:acl 200 WAF_FILTERED Forbidden", nil},
		{"an illegal URL is not inspected", "/dev/x?{", answer{400, "BadRequestException", `{"message":"Bad Request"}`}, "- - - - Bad Request", nil},
		{"a response of the rule's own", "/dev/x?sorry", answer{503, "", `{"sorry":true}`}, "WAF_BLOCK arn:acl 200 WAF_FILTERED Forbidden", nil},
		{"a challenge without a token", "/dev/x?challenge", answer{202, "", ""}, "WAF_BLOCK arn:acl 200 WAF_FILTERED Forbidden", nil},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.guard("TOKEN", nil)
			w.protect(t, rules)
			w.def.Stages[0].AccessLog = &api.AccessLog{
				DestinationARN: "d",
				Format:         "$context.wafResponseCode $context.webaclArn $context.waf.status $context.error.responseType $context.error.message",
			}
			if got := seen(w.get(t, r.target)); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if len(w.lines) != 1 || w.lines[0] != "d "+r.log {
				t.Errorf("logged %q, want %s", w.lines, r.log)
			}
			if r.want.status != 200 && len(w.lambda.calls) > 0 {
				t.Errorf("%s was called", w.lambda.calls[0].FunctionARN)
			}
			if r.facts == nil {
				return
			}
			if diff := cmp.Diff(r.facts, w.records[0].Marks[3].Facts); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWebACLAndGatewayResponses(t *testing.T) {
	w := newWorld()
	w.protect(t, map[string]api.RuleAction{
		"block": {Type: "Block"}, "sorry": {Type: "Block", Response: &api.CustomResponse{Code: 429, BodyKey: "sorry"}},
	})
	w.def.GatewayResponses = map[string]api.GatewayResponse{"WAF_FILTERED": {
		StatusCode: 418, Templates: map[string]string{"application/json": `{"code":"$context.wafResponseCode"}`},
	}}
	if got := seen(w.get(t, "/dev/x?block")); got != (answer{418, "ForbiddenException", `{"code":"WAF_BLOCK"}`}) {
		t.Errorf("got %+v", got)
	}
	reply := w.get(t, "/dev/x?sorry")
	if seen(reply) != (answer{429, "", `{"sorry":true}`}) || reply.Header.Get("Content-Type") != "application/json" ||
		reply.Header.Get("x-amzn-RequestId") == "" {
		t.Errorf("got %+v", reply)
	}
	const reason = "the web ACL blocks the request: rule block"
	if got := w.records[0].Reason(); got != reason {
		t.Errorf("the reason is %q, want %q", got, reason)
	}
	w.get(t, "/dev/x?sorry")
	if again := w.get(t, "/dev/x?sorry"); len(again.Header) != len(reply.Header) {
		t.Errorf("the response of the rule grew: %v", again.Header)
	}
}

func TestHeadersOfAWebACL(t *testing.T) {
	w := newWorld()
	w.protect(t, map[string]api.RuleAction{
		"who": {Type: "Allow", InsertHeaders: []api.CustomHeader{{Name: "who", Value: "known"}}},
	})
	w.get(t, "/dev/x?who", "X-Amzn-Waf-Who: forged")
	var event struct {
		Headers map[string]string `json:"headers"`
	}
	if err := json.Unmarshal(w.lambda.last(t).Payload, &event); err != nil {
		t.Fatal(err)
	}
	if event.Headers["x-amzn-waf-who"] != "known" || event.Headers["X-Amzn-Waf-Who"] != "" {
		t.Errorf("got %v", event.Headers)
	}
}

func TestWebACLInspectsTheDecompressedBody(t *testing.T) {
	w := newWorld()
	def := api.WebACL{
		ARN: "arn:acl", Name: "acl", BodyLimit: 16 << 10, DefaultAction: api.RuleAction{Type: "Allow"},
		Rules: []api.FirewallRule{{
			Name: "evil", Action: &api.RuleAction{Type: "Block"},
			Statement: api.Statement{ByteMatch: &api.ByteMatchStatement{
				Field: api.FieldToMatch{Kind: "Body", Oversize: "CONTINUE"}, Position: "CONTAINS", Search: "evil",
			}},
		}},
	}
	acl, err := firewall.New(def, firewall.Dependencies{Clock: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	w.webACLs = map[string]*firewall.ACL{"arn:acl": acl}
	w.def.Stages[0].WebACL = "arn:acl"
	r := request("POST", "/dev/x", "Content-Encoding: gzip")
	r.Body = []byte(zipped(t, "an evil text"))
	if got := w.serve(t, r).Status; got != 403 {
		t.Errorf("got %d, want 403", got)
	}
}

// The source and the id of the request are those of "Log examples for web ACL traffic".
func TestWebACLWritesItsLog(t *testing.T) {
	w := newWorld()
	def := api.WebACL{
		ARN: "arn:acl", Name: "acl", BodyLimit: 16 << 10, DefaultAction: api.RuleAction{Type: "Allow"},
		Rules: []api.FirewallRule{{
			Name: "evil", Action: &api.RuleAction{Type: "Block"},
			Statement: api.Statement{ByteMatch: &api.ByteMatchStatement{
				Field: api.FieldToMatch{Kind: "QueryString"}, Position: "CONTAINS", Search: "evil",
			}},
		}},
		Log: &api.FirewallLog{
			DestinationARN: "arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-a:*", Drop: true,
			Filters: []api.FirewallLogFilter{{Actions: []string{"BLOCK"}}},
		},
	}
	acl, err := firewall.New(def, firewall.Dependencies{Clock: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	w.webACLs = map[string]*firewall.ACL{"arn:acl": acl}
	w.def.Stages[0].WebACL = "arn:acl"
	w.get(t, "/dev/x")
	reply := w.get(t, "/dev/x?evil")
	if len(w.lines) != 1 {
		t.Fatalf("logged %q, want one record", w.lines)
	}
	destination, text, _ := strings.Cut(w.lines[0], " ")
	var record struct {
		SourceName  string `json:"httpSourceName"`
		SourceID    string `json:"httpSourceId"`
		HTTPRequest struct{ RequestID string }
	}
	if err := json.Unmarshal([]byte(text), &record); err != nil {
		t.Fatal(err)
	}
	id := w.def.Account.ID + ":" + w.def.ID + ":dev"
	if destination != def.Log.DestinationARN || record.SourceName != "APIGW" ||
		record.SourceID != id || record.HTTPRequest.RequestID != reply.Header.Get("x-amz-apigw-id") {
		t.Errorf("got %s %+v, want APIGW %s %s", destination, record, id,
			reply.Header.Get("x-amz-apigw-id"))
	}
}

func TestUnknownWebACL(t *testing.T) {
	w := newWorld()
	w.def.Stages[0].WebACL = "arn:elsewhere"
	if got := seen(w.get(t, "/dev/x")); got != (answer{500, "InternalServerErrorException", internalBody}) {
		t.Errorf("got %+v", got)
	}
	const reason = "the stage's web ACL arn:elsewhere is not defined here, so nobody can say what it lets in"
	if got := w.records[0].Reason(); got != reason {
		t.Errorf("the reason is %q", got)
	}
}

func TestWebACLLetsSignedCallsThrough(t *testing.T) {
	w := newWorld()
	w.signed(t)
	w.protect(t, map[string]api.RuleAction{
		"n": {Type: "Allow", InsertHeaders: []api.CustomHeader{{Name: "who", Value: "known"}}},
	})
	if got := w.serve(t, w.sign(t, "/dev/admin/7?n=", "execute-api", "us-east-1")); got.Status != 200 {
		t.Errorf("got %d: %s", got.Status, w.records[0].Reason())
	}
}
