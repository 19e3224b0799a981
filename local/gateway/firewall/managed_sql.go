package firewall

import (
	"strings"

	"portico/local/gateway/api"
)

func sqlRules() []managedRule {
	// A path has no rule for extended patterns; ours are part of the only one there is.
	path := findsSQL("SQLi_URIPATH", "SQLi_URIPath", uriPath)
	path.statement = findsSQLi(path.name, path.label, uriPath).statement
	return []managedRule{
		findsSQLi("SQLi_QUERYARGUMENTS", "SQLi_QueryArguments", arguments),
		findsSQL("SQLiExtendedPatterns_QUERYARGUMENTS", "SQLiExtendedPatterns_QueryArguments", arguments),
		findsSQLi("SQLi_BODY", "SQLi_Body", bodyText),
		findsSQL("SQLiExtendedPatterns_BODY", "SQLiExtendedPatterns_Body", bodyText),
		findsSQLi("SQLi_COOKIE", "SQLi_Cookie", cookies),
		path,
	}
}

// findsSQL is a managed rule that looks for our patterns of injected SQL, without the comments and
// white space that hide it.
func findsSQL(name, label string, in api.FieldToMatch) managedRule {
	chain := append(plain(), "REPLACE_COMMENTS", "COMPRESS_WHITE_SPACE")
	return managedRule{
		name: name, label: label, field: in, chain: chain, patterns: sqlPatterns(), detect: callsSQL,
	}
}

// sqlPatterns find SQL that is put into a statement, and operators that are put into a query of
// MongoDB's.
func sqlPatterns() []string {
	return []string{
		`\bunion[ (]{1,2}(?:all |distinct )?\(?select\b`,
		`; ?(?:drop|truncate|alter|create) (?:table|database|schema|view|function)\b`,
		`\b(?:create|alter) (?:table|function) ["'` + "`" + `\w]{1,64} ?(?:change|add|\(|$)`,
		`waitfor (?:delay|time) ?'`, `\binto (?:outfile|dumpfile)\b`,
		`information_schema|\bxp_(?:cmdshell|dirtree|regread)|\bmsysaccessobjects\b`,
		`\bsqlite_(?:master|compileoption)|\bpg_(?:catalog|sleep)\b|\b(?:schema|db)_name\b`,
		`\bdbms_(?:pipe|lock|ldap)\b|\butl_(?:http|inaddr)\b|\bmysql\.db\b`,
		`'[ )]{0,4}(?:or|and|\|\||&&) ?(?:not )?[( ]{0,2}['"]?\w{1,32}['"]? ?(?:=|like|<|>|\()`,
		`' ?(?:order|group) by \d{1,3} ?(?:--|#|,)`, `@@(?:version|datadir|hostname)\b`,
		`\bchar\(\d{1,3},\d{1,3}`,
		`['"` + "`" + `] ?; ?(?:select|insert|update|delete|exec|execute|declare|print|drop|shutdown)\b`,
		`; ?(?:insert into|delete from|truncate)(?: |\[|$)|; ?update \w{1,32}(?: set\b|$)`,
		`\bprocedure analyse ?\(|'\|\|\(select |\bexecute immediate ['"]|\bexec master\.`,
		`\bselect .{0,64}\bfrom (?:dual|users|mysql\.|wordpress\.)`,
		`\bselect .{1,48}\b(?:group by .{1,48}having|limit \d|;select)\b`,
		`\bfrom ?\(? ?select .{1,48}(?:\(|,|limit)|/\*!\d{0,5} ?(?:select|union|from)|\bselect\*/`,
		`['"` + "`" + `)] ?(?:--|#) ?$`, `@[\w.-]{1,64}\\?['"` + "`" + `] ?;(?:$|&)`,
		`['"` + "`" + `] as ['"` + "`" + `]\w{1,48}['"` + "`" + `] from\b`, `\bas ["'] ?from\b`,
		`[\]}]['"](?:::jsonb?)? ?(?:<@|@[>?@ ]|[-#]>|#-|\?[|& ]|[<>] ?['"]|- \d|\|\| ?')`,
		`\w\)?::(?:int|bool|text|jsonb?|varchar|numeric)\b`, `\)::(?:int|bool|text|jsonb)\b`,
		`(?:\[|"|')\$(?:ne|eq|lte?|gte?|n?in|regex|not|n?or|and|where|elemmatch|text|exists)(?:\]|"|')`,
		`\b(?:declare|exec) ?\(? ?@\w`, `\bif\(\d{1,9}=`, `\)? ?like ?\(`, `\{if .{0,24}length\(\(`,
		`\d\.e\(|\d\.e\.\w`, `\bwhere \d{1,9} ?= ?\d`, `['"] regexp `, `\bregexp binary\b`,
		`\bif\(now\(\)=`, `\bselect \w{0,8}\(?(?:user|database|version|iif|if|char|case)\b ?\(?`,
		`^(?:tempdb|msdb|northwind)$`, `'['` + "`" + `"!] ?[\w` + "`" + `]$`, `^['"]; ?[#}]?\w{0,8}$`,
	}
}

// sqlFunctions are what statements call and ordinary text does not.
var sqlFunctions = set(
	"ascii", "benchmark", "char_length", "coalesce", "compress", "concat", "concat_ws", "current_user",
	"database", "db_name", "extractvalue", "find_in_set", "group_concat", "hex", "ifnull", "iif",
	"json_build_object", "json_extract", "jsonb_pretty", "last_insert_id", "lo_get", "lo_import",
	"load_file", "ltrim", "make_set", "md5", "mid", "name_const", "nullif", "ord", "pg_sleep", "pow",
	"rand", "randomblob", "row_count", "rtrim", "session_user", "sleep", "sqlite_compileoption_get",
	"sqlite_compileoption_used", "starts_with", "strcmp", "string_to_array", "substr", "substring",
	"sysdate", "system_user", "uncompress", "unhex", "unistr", "updatexml", "xmltype",
)

func set(words ...string) map[string]bool {
	made := make(map[string]bool, len(words))
	for _, word := range words {
		made[word] = true
	}
	return made
}

// callsSQL finds a call of a function of SQL. A method, as of a script, is none.
func callsSQL(text string) bool {
	for from := 0; ; {
		at := strings.IndexByte(text[from:], '(')
		if at < 0 {
			return false
		}
		end := from + at
		if end > 0 && text[end-1] == ' ' {
			end--
		}
		start := end
		for start > 0 && isWord(rune(text[start-1])) {
			start--
		}
		if sqlFunctions[text[start:end]] && (start == 0 || text[start-1] != '.') {
			return true
		}
		from += at + 1
	}
}
