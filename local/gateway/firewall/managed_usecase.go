package firewall

// useCaseGroups are AWS's "Use-case specific rule groups".
func useCaseGroups() []managedGroup {
	files, php := filePatterns(), phpPatterns()
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
				findsShell("UNIXShellCommandsVariables_QUERYARGUMENTS",
					"UNIXShellCommandsVariables_QueryArguments", arguments),
				findsShell("UNIXShellCommandsVariables_QUERYSTRING",
					"UNIXShellCommandsVariables_QueryString", queryString),
				findsShell("UNIXShellCommandsVariables_BODY", "UNIXShellCommandsVariables_Body",
					bodyText),
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
