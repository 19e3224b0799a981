package runner

import (
	"net/http"
	"strings"
	"testing"
)

// waf makes a call of AWS WAF that is answered with a status.
func (m managing) waf(status, operation, body string) string {
	m.Helper()
	text := m.send("wafv2", map[string]string{
		"X-Amz-Target": "AWSWAF_20190729." + operation, "Content-Type": "application/x-amz-json-1.1",
	}, body)
	if !strings.HasPrefix(text, "HTTP/1.1 "+status) {
		m.Fatalf("%s %s answers %s", operation, body, text)
	}
	return text
}

// visit calls the API without a signature.
func (m managing) visit(query string) int {
	m.Helper()
	response, err := http.Get(m.URL() + "/restapis/" + m.api + "/dev/_user_request_/?" + query)
	if err != nil {
		m.Fatal(err)
	}
	defer response.Body.Close()
	if response.Header.Get("x-amzn-ErrorType") == "ForbiddenException" {
		return http.StatusForbidden
	}
	return http.StatusOK // it reached authorization
}

const (
	visibility = `"VisibilityConfig":{"SampledRequestsEnabled":true,"CloudWatchMetricsEnabled":true,` +
		`"MetricName":"m"}`
	evil = `{"Name":"evil","Priority":1,"Action":{"Block":{}},` + visibility + `,"Statement":` +
		`{"ByteMatchStatement":{"SearchString":"ZXZpbA==","PositionalConstraint":"CONTAINS",` +
		`"FieldToMatch":{"QueryString":{}},"TextTransformations":[{"Priority":0,"Type":"NONE"}]}}}`
)

func TestWebACLsThatWereCreatedInspectTheNextCall(t *testing.T) {
	m := startManaging(t)
	stage := "arn:aws:apigateway:us-east-1::/restapis/" + m.api + "/stages/dev"
	named := `"Name":"acl","Scope":"REGIONAL"`
	made := m.waf("200", "CreateWebACL", `{`+named+`,"DefaultAction":{"Allow":{}},"Rules":[`+evil+
		`],`+visibility+`}`)
	arn, id := between(made, `"ARN":"`, `"`), between(made, `"Id":"`, `"`)
	if got := m.visit("evil"); got != http.StatusOK {
		t.Errorf("before the association: got %d", got)
	}
	m.waf("200", "AssociateWebACL", `{"WebACLArn":"`+arn+`","ResourceArn":"`+stage+`"}`)
	if got := m.visit("evil"); got != http.StatusForbidden {
		t.Errorf("after it: got %d", got)
	}
	if got := m.visit("good"); got != http.StatusOK {
		t.Errorf("what no rule matches: got %d", got)
	}
	lock := between(made, `"LockToken":"`, `"`)
	m.waf("200", "UpdateWebACL", `{`+named+`,"Id":"`+id+`","LockToken":"`+lock+
		`","DefaultAction":{"Allow":{}},`+visibility+`}`)
	if got := m.visit("evil"); got != http.StatusOK {
		t.Errorf("after the rule is gone: got %d", got)
	}
	m.waf("400", "UpdateWebACL", `{`+named+`,"Id":"`+id+`","LockToken":"`+lock+
		`","DefaultAction":{"Block":{}},`+visibility+`}`)
	m.waf("200", "DisassociateWebACL", `{"ResourceArn":"`+stage+`"}`)
}

// Requests are counted and shown under a metric; what the web ACL protects is not told.
func TestRequestsAreSampledUntilThreeHoursHavePassed(t *testing.T) {
	m := startManaging(t)
	stage := "arn:aws:apigateway:us-east-1::/restapis/" + m.api + "/stages/dev"
	arn := between(m.waf("200", "CreateWebACL", `{"Name":"acl","Scope":"REGIONAL",`+visibility+
		`,"DefaultAction":{"Allow":{}},"Rules":[`+evil+`],"DataProtectionConfig":{"DataProtections":[`+
		`{"Field":{"FieldType":"SINGLE_QUERY_ARGUMENT","FieldKeys":["card"]},"Action":"SUBSTITUTION"}]}}`),
		`"ARN":"`, `"`)
	m.waf("200", "AssociateWebACL", `{"WebACLArn":"`+arn+`","ResourceArn":"`+stage+`"}`)
	m.visit("evil&card=42")
	look := func(when, want string) {
		text := m.waf("200", "GetSampledRequests", `{"WebAclArn":"`+arn+`","RuleMetricName":"m",`+
			`"Scope":"REGIONAL","MaxItems":9,"TimeWindow":{"StartTime":0,"EndTime":9999999999}}`)
		if !strings.Contains(text, want) || strings.Contains(text, "card=42") {
			t.Errorf("%s: got %s, want %s", when, text, want)
		}
	}
	look("at once", `"URI":"/dev/?evil&card=REDACTED"`)
	later := ClockMove{Kind: ClockAdvance, By: "3h1s"}
	if _, err := MoveClock(t.Context(), Options{Dir: t.TempDir()}, m.URL(), later); err != nil {
		t.Fatal(err)
	}
	look("three hours later", `{"SampledRequests":[],"PopulationSize":0,`)
}

func TestSetsTakeEffectAtOnce(t *testing.T) {
	m := startManaging(t)
	stage := "arn:aws:apigateway:us-east-1::/restapis/" + m.api + "/stages/dev"
	const set = `"Name":"office","Scope":"REGIONAL"`
	made := m.waf("200", "CreateIPSet", `{`+set+`,"IPAddressVersion":"IPV4","Addresses":["192.0.2.0/24"]}`)
	acl := m.waf("200", "CreateWebACL", `{"Name":"acl","Scope":"REGIONAL","DefaultAction":{"Block":{}},`+
		`"Rules":[{"Name":"in","Priority":1,"Action":{"Allow":{}},`+visibility+`,"Statement":`+
		`{"IPSetReferenceStatement":{"ARN":"`+between(made, `"ARN":"`, `"`)+`"}}}],`+visibility+`}`)
	m.waf("200", "AssociateWebACL", `{"WebACLArn":"`+between(acl, `"ARN":"`, `"`)+
		`","ResourceArn":"`+stage+`"}`)
	if got := m.visit(""); got != http.StatusForbidden {
		t.Errorf("from outside of the set: got %d", got)
	}
	m.waf("200", "UpdateIPSet", `{`+set+`,"Id":"`+between(made, `"Id":"`, `"`)+`","LockToken":"`+
		between(made, `"LockToken":"`, `"`)+`","Addresses":["127.0.0.0/8"]}`)
	if got := m.visit(""); got != http.StatusOK {
		t.Errorf("from inside of it: got %d", got)
	}
}

func TestWhatTheEngineRefusesIsNamed(t *testing.T) {
	m := startManaging(t)
	for _, r := range []struct{ name, rules, want string }{
		{
			"two rules of one priority", evil + "," + strings.Replace(evil, `"evil"`, `"more"`, 1),
			"have the same priority 1",
		},
		{"a transformation that there is not", strings.Replace(evil, `"NONE"`, `"BASE64_DECODE_EXT"`, 1), ""},
		{
			"an expression that there is not",
			`{"Name":"r","Priority":1,"Action":{"Block":{}},` + visibility + `,"Statement":{"RegexMatchStatement":` +
				`{"RegexString":"(","FieldToMatch":{"UriPath":{}},"TextTransformations":[{"Priority":0,"Type":"NONE"}]}}}`,
			`"Field":"RULE"`,
		},
	} {
		body := `{"Scope":"REGIONAL","Rules":[` + r.rules + `]}`
		if r.want == "" {
			m.waf("200", "CheckCapacity", body)
			continue
		}
		text := m.waf("400", "CheckCapacity", body)
		if !strings.Contains(text, r.want) || !strings.Contains(text, "WAFInvalidParameterException") {
			t.Errorf("%s: got %s, want %s", r.name, text, r.want)
		}
	}
	// 10 for a byte match that contains, and 10 for each transformation but NONE (AWS's statement pages).
	if text := m.waf("200", "CheckCapacity", `{"Scope":"REGIONAL","Rules":[`+evil+`]}`); !strings.Contains(text, `{"Capacity":10}`) {
		t.Errorf("CheckCapacity answers %s", text)
	}
}

// wallTemplate is a web ACL that nothing is behind.
const wallTemplate = `
Resources:
  Wall:
    Type: AWS::WAFv2::WebACL
    Properties:
      Name: wall
      Scope: REGIONAL
      DefaultAction: {Allow: {}}
      VisibilityConfig: {SampledRequestsEnabled: false, CloudWatchMetricsEnabled: false, MetricName: m}
      Rules:
        - Name: evil
          Priority: 0
          Action: {Block: {}}
          VisibilityConfig: {SampledRequestsEnabled: false, CloudWatchMetricsEnabled: false, MetricName: m}
          Statement:
            ByteMatchStatement:
              SearchString: evil
              PositionalConstraint: CONTAINS
              FieldToMatch: {QueryString: {}}
              TextTransformations: [{Priority: 0, Type: NONE}]
`

func TestATemplatesWebACLIsShownAndMayProtectMore(t *testing.T) {
	m := startManagingOf(t, guardedTemplate+strings.TrimPrefix(wallTemplate, "\nResources:\n"))
	text := m.waf("200", "ListWebACLs", `{"Scope":"REGIONAL"}`)
	arn, id := between(text, `"ARN":"`, `"`), between(text, `"Id":"`, `"`)
	text = m.waf("200", "GetWebACL", `{"ARN":"`+arn+`"}`)
	for _, want := range []string{`"Name":"wall"`, `"SearchString":"ZXZpbA=="`, `"Capacity":10`, `"Priority":0`} {
		if !strings.Contains(text, want) {
			t.Errorf("GetWebACL answers %s, want %s", text, want)
		}
	}
	stage := "arn:aws:apigateway:us-east-1::/restapis/" + m.api + "/stages/dev"
	m.waf("200", "AssociateWebACL", `{"WebACLArn":"`+arn+`","ResourceArn":"`+stage+`"}`)
	if got := m.visit("evil"); got != http.StatusForbidden {
		t.Errorf("after the association: got %d", got)
	}
	text = m.waf("400", "DeleteWebACL", `{"Name":"wall","Scope":"REGIONAL","Id":"`+id+
		`","LockToken":"00000000-0000-4000-8000-000000000000"}`)
	if !strings.Contains(text, "is described by the template") && !strings.Contains(text, "ValidationException") {
		t.Errorf("DeleteWebACL answers %s", text)
	}
	response, err := http.Post(m.URL()+"/_portico/reset", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if got := m.visit("evil"); got != http.StatusOK {
		t.Errorf("after a reset: got %d", got)
	}
}
