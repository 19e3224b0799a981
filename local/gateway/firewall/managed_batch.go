package firewall

func windowsRules() []managedRule {
	commands, powerShell := windowsPatterns(), powerShellPatterns()
	rules := []managedRule{
		finds("WindowsShellCommands_COOKIE", "WindowsShellCommands_Cookie", cookies, commands),
		finds("WindowsShellCommands_QUERYARGUMENTS", "WindowsShellCommands_QueryArguments",
			arguments, commands),
		finds("WindowsShellCommands_BODY", "WindowsShellCommands_Body", bodyText, commands),
		finds("PowerShellCommands_COOKIE", "PowerShellCommands_Cookie", cookies, powerShell),
		finds("PowerShellCommands_QUERYARGUMENTS", "PowerShellCommands_QueryArguments",
			arguments, powerShell),
		finds("PowerShellCommands_BODY", "PowerShellCommands_Body", bodyText, powerShell),
	}
	for i := range rules {
		rules[i].chain = append(rules[i].chain, "COMPRESS_WHITE_SPACE")
	}
	return rules
}

// windowsPatterns find commands behind a separator, and the loops and conditions of batch files.
func windowsPatterns() []string {
	const not, begins = `(?: ?/i)?(?: not)? `, `(?:^|[=;|&(] ?)`
	return []string{
		`(?:;|\||&) ?(?:nslookup|cmd(?:\.exe)?|ipconfig|systeminfo|tasklist|certutil|mshta|regedit|` +
			`bcdboot|net (?:user|localgroup|share)|whoami|type c:|dir c:|ping -n|` +
			`reg (?:add|query))(?:\W|$)`,
		`\bcmd(?:\.exe)? ?/[ck]\b`, `%(?:systemroot|comspec|windir)%`,
		`\bfor(?: /[dlrf]){0,3} .{0,64}%{1,2}.{0,2} in {1,2}\(.{1,96}\) ?do\b`,
		begins + `if` + not + `(?:exist|errorlevel|cmdextversion) ["(%\w]`,
		begins + `if` + not + `defined \w{1,24} ?(?:\(|cmd|echo|set|goto|call)`,
		begins + `if` + not + `[("'[{%!\w].{0,32}(?:==| (?:equ|neq|lss|leq|gtr|geq) )`,
	}
}

func powerShellPatterns() []string {
	return []string{
		`\binvoke-(?:expression|webrequest|command|restmethod|mimikatz)`, `\biex ?\(`,
		`\bnew-object (?:system\.)?net\.webclient`, `\.downloadstring ?\(`, `\.downloadfile ?\(`,
		`\bpowershell(?:\.exe)? {1,4}-`, `-encodedcommand\b`, `\bstart-process\b`,
		`-executionpolicy bypass`, `(?:^|[;|&=] ?)(?:iwmi|iex|irm|iwr|gwmi|saps) -`,
	}
}
