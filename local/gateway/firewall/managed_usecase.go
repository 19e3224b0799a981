package firewall

import "portico/local/gateway/api"

// useCaseGroups are AWS's "Use-case specific rule groups".
func useCaseGroups() []managedGroup {
	files, shell, php := filePatterns(), shellPatterns(), phpPatterns()
	return []managedGroup{
		{name: "AWSManagedRulesSQLiRuleSet", label: "sql-database", capacity: 200, rules: sqlRules()},
		{
			name: "AWSManagedRulesLinuxRuleSet", label: "linux-os", capacity: 200,
			rules: []managedRule{
				finds("LFI_URIPATH", "LFI_URIPath", uriPath, files),
				finds("LFI_QUERYSTRING", "LFI_QueryString", queryString, files),
				finds("LFI_HEADER", "LFI_Header", headers, files),
			},
		},
		{
			name: "AWSManagedRulesUnixRuleSet", label: "posix-os", capacity: 100,
			rules: []managedRule{
				finds("UNIXShellCommandsVariables_QUERYARGUMENTS",
					"UNIXShellCommandsVariables_QueryArguments", arguments, shell),
				finds("UNIXShellCommandsVariables_QUERYSTRING",
					"UNIXShellCommandsVariables_QueryString", queryString, shell),
				finds("UNIXShellCommandsVariables_BODY", "UNIXShellCommandsVariables_Body",
					bodyText, shell),
				finds("UNIXShellCommandsVariables_HEADER", "UNIXShellCommandsVariables_Header",
					headers, shellHeaderPatterns()),
			},
		},
		{
			name: "AWSManagedRulesWindowsRuleSet", label: "windows-os", capacity: 200,
			rules: windowsRules(),
		},
		{
			name: "AWSManagedRulesPHPRuleSet", label: "php-app", capacity: 100,
			rules: []managedRule{
				finds("PHPHighRiskMethodsVariables_HEADER", "PHPHighRiskMethodsVariables_Header",
					headers, php),
				finds("PHPHighRiskMethodsVariables_QUERYSTRING",
					"PHPHighRiskMethodsVariables_QueryString", queryString, php),
				finds("PHPHighRiskMethodsVariables_BODY", "PHPHighRiskMethodsVariables_Body",
					bodyText, php),
			},
		},
		{
			name: "AWSManagedRulesWordPressRuleSet", label: "wordpress-app", capacity: 100,
			rules: []managedRule{
				finds("WordPressExploitableCommands_QUERYSTRING",
					"WordPressExploitableCommands_QUERYSTRING", queryString, wordPressCommands()),
				finds("WordPressExploitablePaths_URIPATH", "WordPressExploitablePaths_URIPATH",
					uriPath, wordPressPaths()),
			},
		},
	}
}

func sqlRules() []managedRule {
	return []managedRule{
		findsSQLi("SQLi_QUERYARGUMENTS", "SQLi_QueryArguments", arguments),
		findsSQL("SQLiExtendedPatterns_QUERYARGUMENTS", "SQLiExtendedPatterns_QueryArguments", arguments),
		findsSQLi("SQLi_BODY", "SQLi_Body", bodyText),
		findsSQL("SQLiExtendedPatterns_BODY", "SQLiExtendedPatterns_Body", bodyText),
		findsSQLi("SQLi_COOKIE", "SQLi_Cookie", cookies),
		findsSQLi("SQLi_URIPATH", "SQLi_URIPath", uriPath),
	}
}

// findsSQL is a managed rule that looks for our patterns of injected SQL, without the comments and
// white space that hide it.
func findsSQL(name, label string, in api.FieldToMatch) managedRule {
	chain := append(plain(), "REPLACE_COMMENTS", "COMPRESS_WHITE_SPACE")
	return managedRule{name: name, label: label, field: in, chain: chain, patterns: sqlPatterns()}
}

// sqlPatterns find SQL that is put into a statement.
func sqlPatterns() []string {
	return []string{
		`\bunion[ (]+(?:all |distinct )?\(?select\b`,
		`; ?(?:drop|truncate|alter|create) (?:table|database|schema|view)\b`,
		`\b(?:pg_sleep|benchmark|sleep) ?\( ?\d`, `waitfor (?:delay|time) ?'`,
		`information_schema`, `\bxp_(?:cmdshell|dirtree|regread)`, `\binto (?:outfile|dumpfile)\b`,
		`\bload_file ?\(`, `'[ )]*(?:or|and|\|\||&&)[ (]*'?\w+'? ?(?:=|like|<|>)`,
		`\b(?:extractvalue|updatexml) ?\(`, `' ?(?:order|group) by \d+ ?(?:--|#|,)`,
		`@@(?:version|datadir|hostname)\b`, `\bchar\(\d+(?:,\d+)+\)`,
		`' ?; ?(?:insert|update|delete|exec|execute|declare) `, `\bsqlite_master\b`,
		`\bpg_catalog\b`, `\bdbms_(?:pipe|lock|ldap)\b`, `\butl_(?:http|inaddr)\b`,
		`\bprocedure analyse ?\(`, `'\|\|\(select `,
		`\bselect .{0,64}\bfrom (?:dual|users|mysql\.)`, `' ?(?:--|#) ?$`,
	}
}

// filePatterns find files of Linux that attackers read.
func filePatterns() []string {
	return []string{
		`/proc/(?:version|self|cpuinfo|meminfo|mounts|net|sys|\d+)(?:/|$|\W)`,
		`/etc/(?:passwd|shadow|group|gshadow|hosts|hostname|issue|fstab|crontab|sudoers|resolv\.conf|` +
			`os-release|ssh/|apache2/|nginx/|mysql/)`,
		`/var/log/`, `/var/run/secrets`, `/root/\.`, `\.ssh/(?:id_|authorized_keys|known_hosts)`,
		`\.bash_(?:history|profile)`, `\.bashrc`, `/dev/(?:fd|tcp|udp|mem|shm)/`, `/boot/grub`,
	}
}

// shellPatterns find commands and variables of Unix shells.
func shellPatterns() []string {
	return []string{
		`\$(?:home|path|ifs|shell|user|pwd|oldpwd|hostname)\b`,
		`\$\{(?:home|path|ifs|shell|user|pwd)[}:#%]`, `\becho \$`, `/dev/(?:tcp|udp)/`,
		`/bin/(?:ba|z|da|c|k|a)?sh\b`, `/usr/bin/(?:id|env|perl|python|wget|curl|nc)\b`,
		"(?:;|\\||`|&&|\\$\\() ?(?:cat|ls|id|whoami|uname|wget|curl|nc|ncat|bash|sh|ping|sleep|" +
			"chmod|rm|ps|netstat|ifconfig|perl|python3?|ruby|nslookup|dig|env|printenv|touch|tftp) ?" +
			"(?:-|/|\\$|;|\\||`|\\)|&|$|\\w+\\.|\\d)",
	}
}

// shellHeaderPatterns are fewer: headers hold semicolons and words in ordinary requests.
func shellHeaderPatterns() []string {
	return []string{
		`\(\) ?\{ ?:? ?; ?\}`, `\becho \$(?:home|path|ifs|shell|user|pwd)\b`,
		`\$\{ifs\}`, `/dev/(?:tcp|udp)/`, `/bin/(?:ba|z|da|c|k)?sh -[ci]`,
	}
}

func windowsRules() []managedRule {
	commands, powerShell := windowsPatterns(), powerShellPatterns()
	return []managedRule{
		finds("WindowsShellCommands_COOKIE", "WindowsShellCommands_Cookie", cookies, commands),
		finds("WindowsShellCommands_QUERYARGUMENTS", "WindowsShellCommands_QueryArguments",
			arguments, commands),
		finds("WindowsShellCommands_BODY", "WindowsShellCommands_Body", bodyText, commands),
		finds("PowerShellCommands_COOKIE", "PowerShellCommands_Cookie", cookies, powerShell),
		finds("PowerShellCommands_QUERYARGUMENTS", "PowerShellCommands_QueryArguments",
			arguments, powerShell),
		finds("PowerShellCommands_BODY", "PowerShellCommands_Body", bodyText, powerShell),
	}
}

func windowsPatterns() []string {
	return []string{
		`(?:;|\||&) ?(?:nslookup|cmd(?:\.exe)?|ipconfig|systeminfo|tasklist|certutil|` +
			`net (?:user|localgroup|share)|whoami|type c:|dir c:|ping -n|reg (?:add|query))(?:\W|$)`,
		`\bcmd(?:\.exe)? ?/[ck]\b`, `%(?:systemroot|comspec|windir)%`,
	}
}

func powerShellPatterns() []string {
	return []string{
		`\binvoke-(?:expression|webrequest|command|restmethod|mimikatz)`, `\biex ?\(`,
		`\bnew-object (?:system\.)?net\.webclient`, `\.downloadstring ?\(`, `\.downloadfile ?\(`,
		`\bpowershell(?:\.exe)? +-`, `-encodedcommand\b`, `\bstart-process\b`,
		`-executionpolicy bypass`,
	}
}

// phpPatterns find variables and functions of PHP that code injected into it uses.
func phpPatterns() []string {
	return []string{
		`\$_(?:get|post|request|cookie|server|session|files|env)\b`, `\$globals\b`,
		`\b(?:p?fsockopen|shell_exec|passthru|proc_open|popen|call_user_func(?:_array)?|` +
			`create_function|file_get_contents|file_put_contents|move_uploaded_file|phpinfo|` +
			`base64_decode|gzinflate|str_rot13|allow_url_include|auto_prepend_file) ?[(=]`,
		`\bfsockopen\b`, `\beval ?\( ?(?:\$|base64|gz)`, `\bsystem ?\( ?['"$]`, `<\?php`,
		`php://(?:input|filter|output|stdin)`, `phar://`, `expect://`, `data://text`,
	}
}

func wordPressCommands() []string {
	return []string{
		`do-reset-wordpress`, `action=revslider_(?:show_image|ajax_action)`,
		`wp-config\.php`, `action=duplicator_`, `wpmp_tweet`, `action=wp_ajax_nopriv`,
	}
}

func wordPressPaths() []string {
	return []string{
		`xmlrpc\.php`, `/wp-config`, `/wp-admin/(?:setup-config|install)\.php`,
		`/wp-content/(?:debug\.log|uploads/.*\.php)`, `/wp-includes/.*\.php`, `timthumb\.php`,
		`/wp-content/plugins/revslider/temp`,
	}
}
