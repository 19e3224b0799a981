package firewall

import "portico/local/gateway/api"

// findsXSS is a managed rule that looks for scripts, by the statement and by our patterns.
func findsXSS(name, label string, in api.FieldToMatch) managedRule {
	return managedRule{
		name: name, label: label, field: in, patterns: scriptPatterns(),
		chain: append(plain(), "REPLACE_COMMENTS", "COMPRESS_WHITE_SPACE"),
		statement: &api.Statement{
			XSSMatch: &api.XSSMatchStatement{
				Field: in, Transformations: []string{"URL_DECODE_UNI", "HTML_ENTITY_DECODE"},
			},
		},
	}
}

// scriptPatterns find scripts that run without a tag, are put into one that is there, or hide.
func scriptPatterns() []string {
	// hidden has between any two letters what browsers pass over.
	hidden := func(word string) string {
		pattern := ""
		for _, letter := range word {
			pattern += string(letter) + `(?:&(?:tab|newline);?|[\t\r\n])?`
		}
		return pattern
	}
	return []string{
		`(?:＜|<|\x{bc}|\\xbc|ž|м)/? ?script`, `\\xbc\w{1,24}\\xbe`, `[+ ]ad[w4]-`,
		hidden("java") + hidden("script") + `(?::|&colon;)(?:[^ ]|[^&]{0,64}[(=` + "`" + `])`,
		hidden("vb") + hidden("script") + `(?::|&colon;)(?:[^ ]|[^&]{0,64}[(=])`,
		`(?:^|[^\w./])(?:document|window|self|top|this) ?\)? ?(?:\. ?|\[ ?["'])` +
			`(?:cookie|location|domain|write|alert|` +
			`body|queryselector|createelement|eval|document|globaleval|\$|\\x24)`,
		`(?:^|[^\w.])(?:alert|prompt|confirm|atob|btoa|settimeout|setinterval|execscript) ?\(`,
		`\beval ?\( ?['"(\[]|\bnew function ?\(`, `\.constructor\.constructor|\{\{ ?constructor\.`,
		`(?:sort|map|apply|call|find|filter) ?\. ?(?:call|apply) ?` + "`", `reflect\.\w{1,12}\.call`,
		`\burl\( ?["']?javascript`, `-moz-binding|\bxi:include\b|<!--#(?:set|echo|exec|include)`,
		`!entity ["']?[%\w]|<\?import|<importimplementation`, `data ?: ?,? ?<`,
		`\bv:vmlframe|:vmlframe src`, `<(?:object|embed|applet|iframe|frameset|meta|base|isindex)\b`,
		`<object|< ?\w{0,3}:? ?s ?c ?r ?i ?p ?t|<f o r m|<d i a l o g|<x \w{1,24} ?=`,
		`["'<]on[a-z]{3,40} ?=|["'<]formaction ?=`, `\(!\[\]\+\[\]\)|\+!!\[\]|\[\]\[\(!`,
		`<input [^>]{0,64}pattern=`,
	}
}
