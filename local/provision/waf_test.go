package provision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// readACL returns the web ACL of waf.yaml.
func readACL(t *testing.T) api.WebACL {
	t.Helper()
	app, err := Read(loaded(t, "waf.yaml"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(app.WebACLs) != 1 {
		t.Fatalf("got %d web ACLs, want the regional one", len(app.WebACLs))
	}
	return app.WebACLs[0]
}

func TestReadOfWebACLs(t *testing.T) {
	got := readACL(t)
	app, _ := read(t, "waf.yaml", Options{})
	for _, finding := range app.Findings {
		if finding.Resource != "Elsewhere" || finding.Status != coverage.Irrelevant {
			t.Errorf("found %s", finding)
		}
	}
	if stage := app.REST[0].Stages[0]; stage.WebACL != got.ARN || got.ARN == "" {
		t.Errorf("stage %s has web ACL %q, want %q", stage.Name, stage.WebACL, got.ARN)
	}
	if len(got.RuleGroups) != 1 || len(got.IPSets) != 1 || len(got.RegexPatternSets) != 1 {
		t.Errorf("got %d rule groups, %d IP sets, %d pattern sets, want one of each",
			len(got.RuleGroups), len(got.IPSets), len(got.RegexPatternSets))
	}
	for arn, set := range got.IPSets {
		equal(t, "the IP set", api.IPSet{
			ARN: arn, Version: "IPV4", Addresses: []string{"192.0.2.0/24"},
		}, set)
	}
	for arn, set := range got.RegexPatternSets {
		equal(t, "the pattern set", api.RegexPatternSet{ARN: arn, Patterns: []string{"^a", "b$"}}, set)
	}
	for arn, group := range got.RuleGroups {
		equal(t, "the rule group", api.RuleGroup{
			ARN: arn, Name: "own", Capacity: 10, CustomResponseBodies: map[string]api.CustomResponseBody{},
			Rules: []api.FirewallRule{{
				Name: "inner", Action: &api.RuleAction{Type: "Count"}, Metric: "m", Samples: "m",
				Statement: api.Statement{ByteMatch: &api.ByteMatchStatement{
					Field: api.FieldToMatch{Kind: "UriPath"}, Transformations: []string{"NONE"},
					Position: "STARTS_WITH", Search: "/dev",
				}},
			}},
		}, group)
	}
	if len(app.PoolWebACLs) != 1 || app.PoolWebACLs[app.UserPools[0].ARN] != got.ARN {
		t.Errorf("got web ACLs of pools %v", app.PoolWebACLs)
	}
	got.RuleGroups, got.IPSets, got.RegexPatternSets, got.Rules = nil, nil, nil, nil
	got.Log.DestinationARN = ""
	equal(t, "the web ACL", api.WebACL{
		ARN: got.ARN, Name: "acl", BodyLimit: 32 << 10, Metric: "m", Samples: "m",
		Immunity: api.Immunity{Captcha: 60}, TokenDomains: []string{"example.com"},
		Protected: []api.DataProtection{
			{
				Field: "SINGLE_HEADER", Keys: []string{"authorization", "x"}, Action: "HASH",
				ExcludeRateBasedDetails: true,
			},
			{Field: "BODY", Action: "SUBSTITUTION", ExcludeRuleMatchDetails: true},
		},
		Log: &api.FirewallLog{
			Redacted: []api.FieldToMatch{
				{Kind: "SingleHeader", Name: "authorization"}, {Kind: "QueryString"},
			},
			Drop:    true,
			Filters: []api.FirewallLogFilter{{Actions: []string{"BLOCK"}, Labels: []string{"a:b"}}},
		},
		Account:       api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		DefaultAction: api.RuleAction{Type: "Block", Response: &api.CustomResponse{Code: 404}},
		CustomResponseBodies: map[string]api.CustomResponseBody{
			"sorry": {ContentType: "TEXT_PLAIN", Content: "Sorry."},
		},
	}, got)
}

func TestReadOfFirewallRules(t *testing.T) {
	acl := readACL(t)
	none := []string{"NONE"}
	label := api.Statement{LabelMatch: &api.LabelMatchStatement{Scope: "LABEL", Key: "a:b"}}
	namespace := api.Statement{LabelMatch: &api.LabelMatchStatement{Scope: "NAMESPACE", Key: "a:"}}
	texts := acl.Rules[2].Statement.Or
	arns := map[string]string{}
	for arn := range acl.IPSets {
		arns["ips"] = arn
	}
	for arn := range acl.RuleGroups {
		arns["group"] = arn
	}
	equal(t, "rules", []api.FirewallRule{
		{
			Name: "bytes", Priority: 1, Metric: "m", Samples: "m", Labels: []string{"a:b"},
			Action: &api.RuleAction{Type: "Block", Response: &api.CustomResponse{
				Code: 429, BodyKey: "sorry",
				Headers: []api.CustomHeader{{Name: "Retry-After", Value: "5"}},
			}},
			Statement: api.Statement{ByteMatch: &api.ByteMatchStatement{
				Field: api.FieldToMatch{Kind: "SingleHeader", Name: "x"}, Position: "CONTAINS",
				Transformations: []string{"URL_DECODE", "LOWERCASE"}, Search: "abc",
			}},
		}, {
			Name: "logic", Priority: 2, Metric: "m", Samples: "m",
			Action: &api.RuleAction{
				Type: "Allow", InsertHeaders: []api.CustomHeader{{Name: "h", Value: "v"}},
			},
			Statement: api.Statement{And: []api.Statement{
				{Not: &api.Statement{IPSet: &api.IPSetStatement{
					ARN: arns["ips"],
					ForwardedIP: &api.ForwardedIP{
						Header: "XFF", Fallback: "MATCH", Position: "ANY",
					},
				}}},
				{Or: []api.Statement{
					{GeoMatch: &api.GeoMatchStatement{
						Countries: []string{"US"},
						ForwardedIP: &api.ForwardedIP{
							Header: "XFF", Fallback: "NO_MATCH", Position: "FIRST",
						},
					}},
					{ASNMatch: &api.ASNMatchStatement{ASNs: []int{64500, 64501}}},
					label,
				}},
			}},
		}, {
			Name: "texts", Priority: 3, Metric: "m", Samples: "m", Action: &api.RuleAction{Type: "Captcha"},
			Immunity:  api.Immunity{Captcha: 120},
			Statement: api.Statement{Or: texts}, // has a test of its own
		}, {
			Name: "injections", Priority: 4, Metric: "m", Samples: "m", Action: &api.RuleAction{Type: "Challenge"},
			Immunity: api.Immunity{Challenge: 600},
			Statement: api.Statement{SQLiMatch: &api.SQLiMatchStatement{
				Field:           api.FieldToMatch{Kind: "AllQueryArguments"},
				Transformations: []string{"URL_DECODE"}, Sensitivity: "HIGH",
			}},
		}, {
			Name: "scripts", Priority: 5, Metric: "m", Samples: "m", Action: &api.RuleAction{Type: "Count"},
			Statement: api.Statement{XSSMatch: &api.XSSMatchStatement{
				Field: api.FieldToMatch{Kind: "QueryString"}, Transformations: none,
			}},
		}, {
			Name: "rate", Priority: 6, Metric: "m", Samples: "m", Action: &api.RuleAction{Type: "Block"},
			Statement: api.Statement{RateBased: &api.RateBasedStatement{
				Limit: 100, Window: 300, KeyType: "CUSTOM_KEYS", ScopeDown: &namespace,
				Keys: []api.RateKey{
					{Kind: "Header", Name: "x", Transformations: []string{"LOWERCASE"}},
					{Kind: "LabelNamespace", Name: "a:"},
					{Kind: "HTTPMethod"},
				},
			}},
		}, {
			Name: "group", Priority: 7, Metric: "m", Samples: "m", OverrideAction: "Count",
			Statement: api.Statement{RuleGroup: &api.RuleGroupStatement{
				ARN: arns["group"], Excluded: []string{"inner"},
				Overrides: map[string]api.RuleAction{},
			}},
		}, {
			Name: "managed", Priority: 8, Metric: "m", Samples: "m", OverrideAction: "None",
			Statement: api.Statement{ManagedRuleGroup: &api.ManagedRuleGroupStatement{
				Vendor: "AWS", Name: "AWSManagedRulesCommonRuleSet", Version: "Version_1.0",
				Overrides: map[string]api.RuleAction{"SizeRestrictions_BODY": {Type: "Count"}},
				ScopeDown: &label,
			}},
		},
	}, acl.Rules)
}

func TestReadOfFieldsToMatch(t *testing.T) {
	acl := readACL(t)
	texts := acl.Rules[2].Statement.Or
	equal(t, "fields", []api.FieldToMatch{
		{Kind: "Body", Oversize: "MATCH"},
		{
			Kind: "JsonBody", Pattern: "Included", Names: []string{"/a"}, Scope: "VALUE",
			Oversize: "CONTINUE", Fallback: "EVALUATE_AS_STRING",
		},
		{
			Kind: "Headers", Pattern: "Excluded", Names: []string{"x"}, Scope: "KEY",
			Oversize: "NO_MATCH",
		},
		{Kind: "Cookies", Pattern: "All", Scope: "ALL", Oversize: "CONTINUE"},
	}, []api.FieldToMatch{
		texts[0].RegexMatch.Field, texts[1].RegexPatternSet.Field,
		texts[2].SizeConstraint.Field, texts[3].SizeConstraint.Field,
	})
}

func TestMistakesInWebACLsAreNamed(t *testing.T) {
	source, err := os.ReadFile("testdata/waf.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, old, by, want string }{
		{
			"an unknown property of a nested statement", `Key: "a:"}`, `Key: "a:", Kee: x}`,
			"ScopeDownStatement.LabelMatchStatement.Kee = \"x\": unknown property; known are Scope, Key",
		}, {
			"an unknown statement", "SqliMatchStatement:", "SqlMatchStatement:",
			"property Rules[3].Statement = {",
		}, {
			"two actions", "Action: {Captcha: {}}", "Action: {Captcha: {}, Block: {}}",
			"want exactly one of Allow, Block, Count, Captcha, Challenge",
		}, {
			"an IP set that is not there", "!GetAtt Addresses.Arn", "arn:gone",
			"Arn = \"arn:gone\": there is no such IP set",
		}, {
			"a number that is a word", `"64501"`, "many", "AsnList[1] = \"many\": want a whole number",
		}, {
			"a limit out of bounds", "Limit: 100", "Limit: 5", "Limit = 5: want 10 to 2000000000",
		}, {
			"a body limit", "KB_32", "KB_8", "want one of KB_16, KB_32, KB_48, KB_64",
		}, {
			"an immunity time", "{ImmunityTime: 60}", "{ImmunityTime: 30}",
			"CaptchaConfig.ImmunityTimeProperty.ImmunityTime = 30: want 60 to 259200",
		}, {
			"a log group of another name", "aws-waf-logs-acl", "firewall",
			"AWS takes log groups whose name begins with aws-waf-logs-",
		}, {
			"an unknown action of a log's filter", "{Action: BLOCK}", "{Action: DENY}",
			"Action = \"DENY\": want one of ALLOW, BLOCK, COUNT",
		}, {
			"an unknown protection", "Action: HASH", "Action: HIDE",
			"DataProtections[0].Action = \"HIDE\": want one of SUBSTITUTION, HASH",
		}, {
			"a protected part that is none", "FieldType: BODY", "FieldType: URI",
			"DataProtections[1].Field.FieldType = \"URI\": want one of SINGLE_HEADER",
		}, {
			"an unknown property of a protection", "ExcludeRuleMatchDetails", "ExcludeMatches",
			"DataProtections[1].ExcludeMatches = true: unknown property",
		}, {
			"no base64", "YWJj", "'*'", "SearchStringBase64 = \"*\": want base64",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			changed := strings.Replace(string(source), row.old, row.by, 1)
			path := filepath.Join(t.TempDir(), "app.yaml")
			if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			assembly, err := cloudformation.Load(path, cloudformation.Options{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = Read(assembly, Options{})
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want an error that says %q", err, row.want)
			}
		})
	}
}

func TestServedWebACLsAreHonoured(t *testing.T) {
	before := []feature{firewall, injections}
	firewall, injections = feature{served: true}, feature{served: true}
	t.Cleanup(func() { firewall, injections = before[0], before[1] })
	findings := coverage.Check(loaded(t, "waf.yaml"), Coverage())
	for _, finding := range coverage.Only(findings, coverage.NotHonoured) {
		if finding.Resource != "Global" {
			t.Errorf("%s", finding)
		}
	}
	rule := cloudformation.Resource{
		Type: typeWebACL, LogicalID: "R", Stack: &cloudformation.Stack{Name: "s"},
		Properties: sample(steps("Rules[].Statement.ManagedRuleGroupStatement.Name")).(map[string]any),
	}
	rule.Stack.Resources = []*cloudformation.Resource{&rule}
	unknown := &cloudformation.Assembly{Stacks: []*cloudformation.Stack{rule.Stack}}
	got := coverage.Check(unknown, Coverage())
	if len(got) != 1 || got[0].Status != coverage.NotHonoured {
		t.Errorf("got %v, want that an unknown managed rule group is not honoured", got)
	}
}

// AWS puts labels of tokens on requests only where one of these groups is used ("Types of token
// labels in AWS WAF").
func TestGroupsThatWatchClientsAreRefusedByName(t *testing.T) {
	for _, name := range []string{
		"AWSManagedRulesBotControlRuleSet", "AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet",
		"AWSManagedRulesAntiDDoSRuleSet",
	} {
		rule := cloudformation.Resource{
			Type: typeWebACL, LogicalID: "R", Stack: &cloudformation.Stack{Name: "s"},
			Properties: map[string]any{"Rules": []any{map[string]any{"Statement": map[string]any{
				"ManagedRuleGroupStatement": map[string]any{"VendorName": "AWS", "Name": name},
			}}}},
		}
		rule.Stack.Resources = []*cloudformation.Resource{&rule}
		assembly := &cloudformation.Assembly{Stacks: []*cloudformation.Stack{rule.Stack}}
		got := coverage.Only(coverage.Check(assembly, Coverage()), coverage.NotHonoured)
		if len(got) != 1 || got[0].Value != name ||
			!strings.Contains(got[0].Why, "labels of tokens") {
			t.Errorf("%s: got %v, want that it is not honoured, and why", name, got)
		}
	}
}
