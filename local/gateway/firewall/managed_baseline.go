package firewall

import "portico/local/gateway/api"

// baselineGroups are AWS's "Baseline rule groups".
func baselineGroups() []managedGroup {
	return []managedGroup{
		{
			name: "AWSManagedRulesCommonRuleSet", label: "core-rule-set", capacity: 700,
			rules: commonRules(),
		}, {
			name: "AWSManagedRulesAdminProtectionRuleSet", label: "admin-protection", capacity: 100,
			rules: []managedRule{finds(
				"AdminProtection_URIPATH", "AdminProtection_URIPath", uriPath, adminPatterns(),
			)},
		}, {
			name: "AWSManagedRulesKnownBadInputsRuleSet", label: "known-bad-inputs", capacity: 200,
			rules: knownBadInputs(),
		},
	}
}

func commonRules() []managedRule {
	badBots := finds("UserAgent_BadBots_HEADER", "BadBots_Header",
		api.FieldToMatch{Kind: "SingleHeader", Name: "user-agent"}, badBotPatterns())
	metadata, inclusion := metadataPatterns(), remotePatterns()
	traversal, extensions := traversalPatterns(), extensionPatterns()
	return []managedRule{
		{name: "NoUserAgent_HEADER", label: "NoUserAgent_Header", statement: withoutUserAgent()},
		badBots,
		exceeds("SizeRestrictions_QUERYSTRING", "SizeRestrictions_QueryString", queryString, 2_048),
		exceeds("SizeRestrictions_Cookie_HEADER", "SizeRestrictions_Cookie_Header", cookie, 10_240),
		exceeds("SizeRestrictions_BODY", "SizeRestrictions_Body", bodyText, 8_192),
		exceeds("SizeRestrictions_URIPATH", "SizeRestrictions_URIPath", uriPath, 1_024),
		finds("EC2MetaDataSSRF_BODY", "EC2MetaDataSSRF_Body", bodyText, metadata),
		finds("EC2MetaDataSSRF_COOKIE", "EC2MetaDataSSRF_Cookie", cookies, metadata),
		finds("EC2MetaDataSSRF_URIPATH", "EC2MetaDataSSRF_URIPath", uriPath, metadata),
		finds("EC2MetaDataSSRF_QUERYARGUMENTS", "EC2MetaDataSSRF_QueryArguments", arguments, metadata),
		findsClimb("GenericLFI_QUERYARGUMENTS", "GenericLFI_QueryArguments", arguments, traversal),
		findsClimb("GenericLFI_URIPATH", "GenericLFI_URIPath", uriPath, traversal),
		findsClimb("GenericLFI_BODY", "GenericLFI_Body", bodyText, traversal),
		finds("RestrictedExtensions_URIPATH", "RestrictedExtensions_URIPath", uriPath, extensions),
		finds("RestrictedExtensions_QUERYARGUMENTS", "RestrictedExtensions_QueryArguments",
			arguments, extensions),
		finds("GenericRFI_QUERYARGUMENTS", "GenericRFI_QueryArguments", arguments, inclusion),
		finds("GenericRFI_BODY", "GenericRFI_Body", bodyText, inclusion),
		finds("GenericRFI_URIPATH", "GenericRFI_URIPath", uriPath, inclusion),
		findsXSS("CrossSiteScripting_COOKIE", "CrossSiteScripting_Cookie", cookies),
		findsXSS("CrossSiteScripting_QUERYARGUMENTS", "CrossSiteScripting_QueryArguments", arguments),
		findsXSS("CrossSiteScripting_BODY", "CrossSiteScripting_Body", bodyText),
		findsXSS("CrossSiteScripting_URIPATH", "CrossSiteScripting_URIPath", uriPath),
	}
}

// withoutUserAgent matches requests without the header, or with an empty one.
func withoutUserAgent() *api.Statement {
	return &api.Statement{Not: &api.Statement{SizeConstraint: &api.SizeConstraintStatement{
		Field:    api.FieldToMatch{Kind: "SingleHeader", Name: "user-agent"},
		Operator: "GT", Size: 0,
	}}}
}

func badBotPatterns() []string {
	return []string{
		`nessus`, `nmap`, `nikto`, `sqlmap`, `masscan`, `zgrab`, `acunetix`, `netsparker`,
		`dirbuster`, `gobuster`, `feroxbuster`, `wpscan`, `havij`, `openvas`, `w3af`, `jorgee`,
		`nuclei`, `zmeu`, `morfeus`, `arachni`, `skipfish`, `whatweb`, `commix`, `brutus`, `hydra`,
	}
}

// metadataPatterns find the address of the EC2 instance metadata, in its disguises, and its paths.
func metadataPatterns() []string {
	return []string{
		`169\.254\.169\.254`, `latest/meta-data`, `latest/user-data`,
		`latest/dynamic/instance-identity`, `latest/api/token`, `instance-data\.ec2\.internal`,
		`fd00:ec2::254`, `0xa9fea9fe`, `2852039166`, `0xa9\.0xfe\.0xa9\.0xfe`,
		`0251\.0376\.0251\.0376`, `::ffff:a9fe:a9fe`, `169\.254\.43518`, `169\.16689662`,
	}
}

// traversalPatterns find paths that leave a folder, and files that nobody serves.
func traversalPatterns() []string {
	return []string{
		`\.\.[/\\]{1,3}\.\.[/\\]`, `\.\.;[/.]`, `(?:^|[/\\"=])\.\.\\\w`, `filename="\.\./`,
		`(?:^|[/\\])\.\.[/\\]{1,3}(?:etc|proc|var|usr|windows)[/\\]`,
		`(?:^|\W)etc/(?:passwd|shadow|group|hosts|issue|fstab|crontab|sudoers)`, `/proc/self/`,
		`file:///`, `\b[a-z]:[/\\]{1,3}(?:windows|winnt|inetpub|program files|system32)(?:[/\\]|$)`,
		`[/\\]boot\.ini`, `[/\\]win\.ini`,
		`\.\.\x00`,
	}
}

// extensionPatterns find files that are no content: configuration, copies, logs.
func extensionPatterns() []string {
	return []string{
		`\.(?:bak|backup|bck|cfg|conf|config|log|ini|old|orig|sql|sqlite|swp|swo|tmp|temp|` +
			`dist|inc|mdb|pem|key|pfx|lck|cer|csr|dbf|rdb|asa|asax|axd|vbs|ps1|dat|backup~)(?:$|/|~|\x00)`,
		`\.(?:sql|bak|dump)\.(?:zip|gz|bz2|xz|tar|7z|rar)(?:$|/)`,
		`/\.(?:git|svn|hg|bzr|cvs)(?:/|$)`, `/\.(?:htaccess|htpasswd|env|ds_store|aws|ssh|npmrc|bash)`,
		`(?:^|/)\.(?:ht(?:access|passwd|group)|passwd|netrc|rhosts|shosts|sh_history|my\.cnf)`,
	}
}

// remotePatterns find URLs whose host is an IPv4 address.
func remotePatterns() []string {
	return []string{`(?:https?|ftps?|file)://\d{1,3}(?:\.\d{1,3}){3}`}
}

func adminPatterns() []string {
	return []string{
		`sqlmanager`, `phpmyadmin`, `/pma(?:/|$)`, `/adminer`, `/myadmin`, `/dbadmin`,
		`/mysqladmin`, `/sqlweb`, `/webadmin`, `/admin(?:istrator|istration)?(?:/|\.|$)`,
		`/manager/(?:html|status|text)`, `/cpanel`, `/plesk`, `/webmin`, `/host-manager`,
		`/jmx-console`, `/web-console`, `/admin-console`, `/sqladmin`, `/phppgadmin`,
	}
}

func knownBadInputs() []managedRule {
	java, log4j := javaPatterns(), log4jPatterns()
	return []managedRule{
		finds("JavaDeserializationRCE_HEADER", "JavaDeserializationRCE_Header", headers, java),
		finds("JavaDeserializationRCE_BODY", "JavaDeserializationRCE_Body", bodyText, java),
		finds("JavaDeserializationRCE_URIPATH", "JavaDeserializationRCE_URIPath", uriPath, java),
		finds("JavaDeserializationRCE_QUERYSTRING", "JavaDeserializationRCE_QueryString",
			queryString, java),
		finds("Host_localhost_HEADER", "Host_Localhost_Header",
			api.FieldToMatch{Kind: "SingleHeader", Name: "host"}, hostPattern()),
		{name: "PROPFIND_METHOD", label: "Propfind_Method", statement: &api.Statement{
			ByteMatch: &api.ByteMatchStatement{
				Field: api.FieldToMatch{Kind: "Method"}, Transformations: []string{"LOWERCASE"},
				Position: "EXACTLY", Search: "propfind",
			},
		}},
		finds("ExploitablePaths_URIPATH", "ExploitablePaths_URIPath", uriPath, exploitablePaths()),
		finds("Log4JRCE_HEADER", "Log4JRCE_Header", headers, log4j),
		finds("Log4JRCE_QUERYSTRING", "Log4JRCE_QueryString", queryString, log4j),
		finds("Log4JRCE_BODY", "Log4JRCE_Body", bodyText, log4j),
		finds("Log4JRCE_URIPATH", "Log4JRCE_URIPath", uriPath, log4j),
		finds("ReactJSRCE_BODY", "ReactJSRCE_Body", bodyText, reactPatterns()),
	}
}

// hostPattern finds a Host header that names the server itself.
//
// Unlike AWS: a port but 80 and 443 makes it the address of this machine's listener, which stands
// for the API's own host name, and passes.
func hostPattern() []string { return []string{`^localhost(?::80|:443)?$`} }

// javaPatterns find serialized objects (text in lower case, so also their base64) and the classes
// that exploits go through, of Spring (CVE-2022-22963, CVE-2022-22965) and of expression languages.
func javaPatterns() []string {
	return []string{
		`java\.lang\.(?:runtime|processbuilder|class|system|threadgroup)`,
		`\.getruntime\(\)`, `getruntime\(\)\.exec`, `class\.module\.classloader`,
		`spring\.cloud\.function\.routing-expression`, `ro0abx[a-z0-9+/]`, `aced0005`,
		`\x00\x05(?:sr|ur|vr|t\x00|w)`, `#_memberaccess`, `@ognl\.`, `xwork\.methodaccessor`,
		`org\.apache\.commons\.collections\.functors`, `javax\.script\.scriptenginemanager`,
		`com\.sun\.rowset\.jdbcrowsetimpl`, `java\.beans\.eventhandler`, `t\(java\.lang`,
		`java\.net\.urlclassloader`, `javax\.naming\.initialcontext`, `freemarker\.template\.utility`,
	}
}

// log4jPatterns find lookups of JNDI, plain or put together of other lookups.
func log4jPatterns() []string {
	return []string{
		`\$\{\s{0,8}jndi\s{0,8}:`, `\$\{[^{}$]{0,64}\$\{`, `\$\{(?:lower|upper):`, `\$\{::-`,
		`\$\{(?:env|sys|date|main|map|ctx|java|web|docker|k8s|spring|base64):[^}]{0,64}:-`,
	}
}

func exploitablePaths() []string {
	return []string{
		`/web-inf`, `/meta-inf`, `/actuator/(?:env|heapdump|gateway|jolokia|threaddump)`,
		`/\.env`, `/\.git/`, `/invoker/(?:jmx|ejb)`, `/solr/admin`, `/_ignition/execute-solution`,
		`/vendor/phpunit/`, `/hnap1`, `/boaform`, `/gponform`, `/cgi-bin/(?:luci|test-cgi|.*\.sh)`,
		`/struts2-`, `/\.well-known/\.\.`, `/druid/indexer`, `/remote/fgt_lang`, `/owa/auth/x\.js`,
		`/autodiscover/autodiscover\.json\?@`, `/console/css/`, `/server-status`,
	}
}

// reactPatterns find CVE-2025-55182: an action's arguments that reach into prototypes.
func reactPatterns() []string {
	return []string{
		`\$\d{1,6}:__proto__`, `\$\d{1,6}:constructor:constructor`, `__proto__:then`,
		`"status"\s{0,8}:\s{0,8}"resolved_model"`, `\$@\d{1,6}[^"]{0,16}:constructor`,
	}
}
