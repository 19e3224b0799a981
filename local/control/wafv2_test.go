package control_test

import "testing"

const (
	waf     = "AWSWAF_20190729"
	visible = `"VisibilityConfig":{"SampledRequestsEnabled":true,"CloudWatchMetricsEnabled":true,` +
		`"MetricName":"m"}`
	aclBody = `"Name":"acl","Scope":"REGIONAL","DefaultAction":{"Allow":{}},` + visible
	block   = `{"Name":"path","Priority":0,"Action":{"Block":{}},` + visible + `,"Statement":{` +
		`"ByteMatchStatement":{"SearchString":"L2FkbWlu","PositionalConstraint":"CONTAINS",` +
		`"FieldToMatch":{"UriPath":{}},"TextTransformations":[{"Priority":0,"Type":"NONE"}]}}}`
)

func TestWebACLs(t *testing.T) {
	c := newClient(t, "")
	c.names["stage"] = stageOfOrders
	c.names["none"] = "00000000-0000-4000-8000-000000000000"
	const named = `"Name":"acl","Scope":"REGIONAL","Id":"<id>"`
	c.run("wafv2", waf, []step{
		{
			call: `CreateWebACL {` + aclBody + `,"Rules":[` + block + `],"Tags":[{"Key":"a","Value":"b"}]}`,
			want: `{"Summary":{"Name":"acl","Id":"`, status: 200, take: `id="Id":"|"`,
		},
		{call: `GetWebACL {` + named + `}`, status: 200, want: `"SearchString":"L2FkbWlu"`, take: `arn="ARN":"|"`},
		{call: `GetWebACL {` + named + `}`, status: 200, want: `"LabelNamespace":"awswaf:123456789012:webacl:acl:"`},
		{call: `GetWebACL {` + named + `}`, status: 200, want: `"Capacity":1`, take: `lock="LockToken":"|"`},
		{
			call: `CreateWebACL {` + aclBody + `}`, status: 400,
			want: `{"__type":"WAFDuplicateItemException","message":"AWS WAF couldn’t perform the operation ` +
				`because some resource in your request is a duplicate of an existing one."`,
		},
		{call: `ListWebACLs {"Scope":"REGIONAL"}`, status: 200, want: `"WebACLs":[{"Name":"acl"`},
		{
			call: `ListWebACLs {"Scope":"CLOUDFRONT"}`, status: 400,
			want: `Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT`,
		},
		{call: `AssociateWebACL {"WebACLArn":"<arn>","ResourceArn":"<stage>"}`, status: 200, want: `{}`},
		{call: `GetWebACLForResource {"ResourceArn":"<stage>"}`, status: 200, want: `{"WebACL":{"Name":"acl"`},
		{call: `ListResourcesForWebACL {"WebACLArn":"<arn>"}`, status: 200, want: `{"ResourceArns":[]}`},
		{
			call:   `ListResourcesForWebACL {"WebACLArn":"<arn>","ResourceType":"API_GATEWAY"}`,
			status: 200, want: `{"ResourceArns":["<stage>"]}`,
		},
		{
			call: `DeleteWebACL {` + named + `,"LockToken":"<none>"}`, status: 400,
			want: `{"__type":"WAFOptimisticLockException","message":"AWS WAF couldn’t save your changes ` +
				`because someone changed the resource after you started to edit it. Reapply your changes."`,
		},
		{
			call: `DeleteWebACL {` + named + `,"LockToken":"<lock>"}`, status: 400,
			want: `{"__type":"WAFAssociatedItemException","message":"AWS WAF couldn’t perform the operation ` +
				`because your resource is being used by another resource or it’s associated with another resource."`,
		},
		{call: `DisassociateWebACL {"ResourceArn":"<stage>"}`, status: 200},
		{call: `GetWebACLForResource {"ResourceArn":"<stage>"}`, status: 200, want: `{}`},
		{
			call:   `UpdateWebACL {` + aclBody + `,"Id":"<id>","LockToken":"<lock>"}`,
			status: 200, want: `{"NextLockToken":"`, take: `next="NextLockToken":"|"`,
		},
		{call: `UpdateWebACL {` + aclBody + `,"Id":"<id>","LockToken":"<lock>"}`, status: 400, want: `WAFOptimisticLockException`},
		{call: `GetWebACL {` + named + `}`, status: 200, want: `"Rules":[]`},
		{
			call:   `ListTagsForResource {"ResourceARN":"<arn>"}`,
			status: 200, want: `"TagList":[{"Key":"a","Value":"b"}]`,
		},
		{call: `DeleteWebACL {` + named + `,"LockToken":"<next>"}`, status: 200, want: `{}`},
		{
			call: `GetWebACL {` + named + `}`, status: 400,
			want: `{"__type":"WAFNonexistentItemException","message":"AWS WAF couldn’t perform the operation ` +
				`because your resource doesn’t exist."`,
		},
	})
}

func TestSampledRequests(t *testing.T) {
	c := newClient(t, "")
	const window = `"Scope":"REGIONAL","TimeWindow":{"StartTime":1581537600,"EndTime":1581541800.5}`
	c.run("wafv2", waf, []step{
		{
			call:   `CreateWebACL {` + aclBody + `,"Rules":[` + block + `]}`,
			status: 200, take: `arn="ARN":"|"`,
		},
		{
			call: `GetSampledRequests {"WebAclArn":"<arn>","RuleMetricName":"m","MaxItems":5,` + window + `}`,
			want: `{"SampledRequests":[{"Request":{"ClientIP":"203.0.113.9","Country":"DE","URI":"/x",` +
				`"Method":"GET","HTTPVersion":"HTTP/1.1","Headers":[{"Name":"Host","Value":"h"}]},"Weight":3,` +
				`"Timestamp":1581541800.5,"Action":"CAPTCHA","RuleNameWithinRuleGroup":"g#r",` +
				`"RequestHeadersInserted":[{"Name":"x-amzn-waf-a","Value":"b"}],"ResponseCodeSent":405,` +
				`"Labels":[{"Name":"awswaf:a"}],"CaptchaResponse":{"ResponseCode":405,"SolveTimestamp":7,` +
				`"FailureReason":"TOKEN_EXPIRED"},"OverriddenAction":"BLOCK"}],"PopulationSize":5,` +
				`"TimeWindow":{"StartTime":1581537600,"EndTime":1581541800.5}}`,
			status: 200,
		},
		{
			call:   `GetSampledRequests {"WebAclArn":"<arn>","RuleMetricName":"ALL","MaxItems":500,` + window + `}`,
			status: 200, want: `"PopulationSize":500`,
		},
		{
			call:   `GetSampledRequests {"WebAclArn":"<arn>","RuleMetricName":"other","MaxItems":5,` + window + `}`,
			status: 400, want: `"__type":"WAFNonexistentItemException"`,
		},
		{
			call:   `GetSampledRequests {"WebAclArn":"<arn>x","RuleMetricName":"m","MaxItems":5,` + window + `}`,
			status: 400, want: `"__type":"WAFNonexistentItemException"`,
		},
		{
			call:   `GetSampledRequests {"WebAclArn":"<arn>","RuleMetricName":"m","MaxItems":501,` + window + `}`,
			status: 400, want: `Value '501' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 500`,
		},
		{
			call: `GetSampledRequests {"WebAclArn":"<arn>","RuleMetricName":"m","MaxItems":5,"Scope":"REGIONAL",` +
				`"TimeWindow":{"StartTime":2,"EndTime":1}}`,
			status: 400, want: `The time window ends before it begins., field: TIME_WINDOW, parameter: 1`,
		},
		{
			call:   `GetSampledRequests {"WebAclArn":"<arn>","RuleMetricName":"m","MaxItems":5,"Scope":"REGIONAL"}`,
			status: 400, want: `ValidationException`,
		},
		{
			call: `GetSampledRequests {"WebAclArn":"<arn>","RuleMetricName":"m","MaxItems":5,"Scope":"REGIONAL",` +
				`"TimeWindow":{"StartTime":-1e300,"EndTime":1e300}}`,
			status: 200,
		},
	})
}

func TestWhatWAFRefusesOfRules(t *testing.T) {
	c := newClient(t, "")
	for _, r := range []struct{ name, rule, want string }{
		{
			"a rule without an action", `{"Name":"r","Priority":0,` + visible + `,"Statement":{"GeoMatchStatement":{"CountryCodes":["DE"]}}}`,
			`"Field":"RULE","Parameter":"Rule","Reason":"You have used none or multiple values for a field that requires exactly one value."`,
		},
		{
			"a group with an action", `{"Name":"r","Priority":0,"Action":{"Block":{}},` + visible + `,"Statement":{"ManagedRuleGroupStatement":{"VendorName":"AWS","Name":"AWSManagedRulesCommonRuleSet"}}}`,
			`field: RULE, parameter: Rule`,
		},
		{
			"one of one statement", `{"Name":"r","Priority":0,"Action":{"Block":{}},` + visible + `,"Statement":{"AndStatement":{"Statements":[{"GeoMatchStatement":{"CountryCodes":["DE"]}}]}}}`,
			`with only one nested statement., field: AND_STATEMENT, parameter: AndStatement`,
		},
		{
			"two statements", `{"Name":"r","Priority":0,"Action":{"Block":{}},` + visible + `,"Statement":{"GeoMatchStatement":{"CountryCodes":["DE"]},"LabelMatchStatement":{"Scope":"LABEL","Key":"a"}}}`,
			`field: STATEMENT, parameter: Statement`,
		},
		{
			"a group that is not served", `{"Name":"r","Priority":0,"OverrideAction":{"None":{}},` + visible + `,"Statement":{"ManagedRuleGroupStatement":{"VendorName":"AWS","Name":"AWSManagedRulesBotControlRuleSet"}}}`,
			`Error reason: A reference in your rule statement is not valid., field: RULE, parameter: Statement`,
		},
		{
			"a set that is not there", `{"Name":"r","Priority":0,"Action":{"Block":{}},` + visible + `,"Statement":{"IPSetReferenceStatement":{"ARN":"arn:aws:wafv2:us-east-1:123456789012:regional/ipset/a/b"}}}`,
			`WAFNonexistentItemException`,
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			c.t = t
			c.run("wafv2", waf, []step{
				{call: `CreateWebACL {` + aclBody + `,"Rules":[` + r.rule + `]}`, status: 400, want: r.want},
				{call: `CheckCapacity {"Scope":"REGIONAL","Rules":[` + r.rule + `]}`, status: 400, want: r.want},
			})
		})
	}
}

func TestSetsAndGroups(t *testing.T) {
	c := newClient(t, "")
	const set = `"Name":"office","Scope":"REGIONAL"`
	const group = `{"Name":"g","Scope":"REGIONAL",` + visible + `,"Rules":[{"Name":"r","Priority":0,` +
		`"Action":{"Count":{}},"RuleLabels":[{"Name":"a:b"}],` + visible +
		`,"Statement":{"IPSetReferenceStatement":{"ARN":"<set>"}}}]`
	c.run("wafv2", waf, []step{
		{
			call:   `CreateIPSet {` + set + `,"IPAddressVersion":"IPV4","Addresses":["192.0.2.1"]}`,
			status: 400, want: `field: IP_ADDRESS, parameter: 192.0.2.1`,
		},
		{
			call:   `CreateIPSet {` + set + `,"IPAddressVersion":"IPV4","Addresses":["192.0.2.0/24"]}`,
			status: 200, take: `set="ARN":"|"`,
		},
		{call: `ListIPSets {"Scope":"REGIONAL"}`, status: 200, take: `id="Id":"|"`},
		{call: `GetIPSet {` + set + `,"Id":"<id>"}`, status: 200, want: `"Addresses":["192.0.2.0/24"]`, take: `lock="LockToken":"|"`},
		{
			call: `CreateRuleGroup ` + group + `,"Capacity":1}`, status: 200, want: `"Summary":{"Name":"g"`,
			take: `group="ARN":"|"`,
		},
		{call: `GetRuleGroup {"ARN":"<group>"}`, status: 200, want: `"AvailableLabels":[{"Name":"awswaf:123456789012:rulegroup:g:a:b"}]`},
		{call: `DeleteIPSet {` + set + `,"Id":"<id>","LockToken":"<lock>"}`, status: 400, want: `WAFAssociatedItemException`},
		{
			call:   `UpdateIPSet {` + set + `,"Id":"<id>","LockToken":"<lock>","Addresses":["198.51.100.0/24"]}`,
			status: 200, want: `NextLockToken`,
		},
		{call: `GetIPSet {` + set + `,"Id":"<id>"}`, status: 200, want: `"IPAddressVersion":"IPV4","Addresses":["198.51.100.0/24"]`},
		{
			call:   `PutPermissionPolicy {"ResourceArn":"<group>","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"wafv2:PutFirewallManagerRuleGroups\"],\"Principal\":{\"AWS\":\"1\"}}]}"}`,
			status: 200,
		},
		{call: `GetPermissionPolicy {"ResourceArn":"<group>"}`, status: 200, want: `{"Policy":"{\"Version\"`},
		{call: `PutPermissionPolicy {"ResourceArn":"<group>","Policy":"{}"}`, status: 400, want: `WAFInvalidPermissionPolicyException`},
		{
			call:   `CreateRegexPatternSet {"Name":"p","Scope":"REGIONAL","RegularExpressionList":[{"RegexString":"^a"}]}`,
			status: 200,
		},
		{
			call: `GetSampledRequests {"WebAclArn":"<group>","RuleMetricName":"m","Scope":"REGIONAL",` +
				`"TimeWindow":{"StartTime":1,"EndTime":2},"MaxItems":1}`,
			status: 400, want: `field: RESOURCE_ARN`,
		},
		{call: `GetMobileSdkRelease {"Platform":"IOS","ReleaseVersion":"1"}`, status: 501},
	})
}

func TestManagedGroupsAndLogs(t *testing.T) {
	c := newClient(t, "")
	c.names["log"] = "arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-a"
	c.run("wafv2", waf, []step{
		{
			call:   `ListAvailableManagedRuleGroups {"Scope":"REGIONAL","Limit":1}`,
			status: 200, want: `"Name":"AWSManagedRulesAdminProtectionRuleSet"`, take: `next="NextMarker":"|"`,
		},
		{
			call:   `ListAvailableManagedRuleGroups {"Scope":"REGIONAL","NextMarker":"<next>"}`,
			status: 200, want: `"ManagedRuleGroups":[{"VendorName":"AWS","Name":"AWSManagedRulesAmazonIpReputationList","VersioningSupported":false`,
		},
		{
			call:   `DescribeManagedRuleGroup {"Scope":"REGIONAL","VendorName":"AWS","Name":"AWSManagedRulesCommonRuleSet"}`,
			status: 200, want: `"Capacity":700,"Rules":[{"Name":"NoUserAgent_HEADER","Action":{"Block":{}}}`,
		},
		{
			call:   `ListAvailableManagedRuleGroupVersions {"Scope":"REGIONAL","VendorName":"AWS","Name":"AWSManagedRulesCommonRuleSet"}`,
			status: 200, want: `"CurrentDefaultVersion":"Version_1.0"`,
		},
		{call: `CreateWebACL {` + aclBody + `}`, status: 200, take: `arn="ARN":"|"`},
		{call: `GetLoggingConfiguration {"ResourceArn":"<arn>"}`, status: 400, want: `WAFNonexistentItemException`},
		{
			call:   `PutLoggingConfiguration {"LoggingConfiguration":{"ResourceArn":"<arn>","LogDestinationConfigs":["<log>"]}}`,
			status: 200, want: `"ManagedByFirewallManager":false`,
		},
		{call: `ListLoggingConfigurations {"Scope":"REGIONAL"}`, status: 200, want: `"LogDestinationConfigs":["<log>"]`},
		{call: `DeleteLoggingConfiguration {"ResourceArn":"<arn>"}`, status: 200},
		{
			call:   `PutLoggingConfiguration {"LoggingConfiguration":{"ResourceArn":"<arn>","LogDestinationConfigs":["arn:aws:s3:::aws-waf-logs-bucket"]}}`,
			status: 400, want: `field: LOG_DESTINATION`,
		},
		{call: `ListWebACLs {"Scope":"REGIONAL"}`, status: 200, take: `id="Id":"|"`},
		{
			call:   `GetRateBasedStatementManagedKeys {"Scope":"REGIONAL","WebACLName":"acl","WebACLId":"<id>","RuleName":"rate"}`,
			status: 200, want: `"ManagedKeysIPV4":{"IPAddressVersion":"IPV4","Addresses":["203.0.113.9/32"]}`,
		},
	})
}
