package firewall

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// errNoDetector is why web ACLs with SQLi and XSS statements are refused without Injections.
var errNoDetector = errors.New("SQLi and XSS statements are not honoured: " +
	"there is nothing that detects injections")

// sqliMatch compiles a SQLi statement.
//
// Unlike AWS: what else the level HIGH finds is not public. Here it finds our own patterns of
// injected SQL beside what LOW finds.
func (c *compiler) sqliMatch(s *api.SQLiMatchStatement) (node, error) {
	if c.deps.Injections == nil {
		return nil, errNoDetector
	}
	cost := map[string]int{"LOW": 20, "HIGH": 30}[s.Sensitivity]
	if cost == 0 {
		return nil, fmt.Errorf("sensitivity level %q, allowed are LOW, HIGH", s.Sensitivity)
	}
	low, err := c.textNode(s.Field, s.Transformations, c.detectSQLi, cost)
	if err != nil {
		return nil, err
	}
	low.about = &MatchDetail{
		Condition: "SQL_INJECTION", Sensitivity: s.Sensitivity,
		Location: locationOf(s.Field), Field: s.Field.Name,
	}
	if s.Sensitivity == "LOW" {
		return low, nil
	}
	own := c.context
	own.managed = true
	any := orNode{low}
	err = c.within(own, func() error {
		chain := append(slices.Clone(s.Transformations), "LOWERCASE")
		patterns, err := c.regexes(s.Field, chain, sqlPatterns())
		if err != nil {
			return err
		}
		index, err := c.view(s.Field, chain)
		any = append(any, patterns, &textNode{view: index, test: callsSQL})
		return err
	})
	return any, err
}

// detectSQLi asks about a text and, when it is a form, about its names and values alone: a name and
// "=" before a value would hide what the value does to a statement.
//
// Unlike AWS: whether AWS takes forms apart is not public.
func (c *compiler) detectSQLi(text string) bool {
	if !isForm(text) {
		return c.deps.Injections.SQLi(text)
	}
	for rest := text; rest != ""; {
		var field string
		field, rest, _ = strings.Cut(rest, "&")
		name, value, _ := strings.Cut(field, "=")
		if mayInject(value) && c.deps.Injections.SQLi(value) ||
			mayInject(name) && c.deps.Injections.SQLi(name) {
			return true
		}
	}
	return false
}

// mayInject says whether a text has more than the letters, digits and dots of an ordinary value.
func mayInject(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '-' && i > 0 && text[i-1] == '-' || !isWord(rune(c)) && c != '.' && c != '-' {
			return true
		}
	}
	return false
}

// isForm says whether a text begins like a form: with a name and "=".
func isForm(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '=' {
			return i > 0
		}
		if !isWord(rune(c)) && strings.IndexByte("-.[]$%", c) < 0 {
			return false
		}
	}
	return false
}

func (c *compiler) xssMatch(s *api.XSSMatchStatement) (node, error) {
	if c.deps.Injections == nil {
		return nil, errNoDetector
	}
	test := func(text string) bool {
		text = withoutDeclaration(text)
		return mayScript(text) && c.deps.Injections.XSS(text)
	}
	made, err := c.textNode(s.Field, s.Transformations, test, 40)
	if err != nil {
		return nil, err
	}
	made.about = &MatchDetail{
		Condition: "XSS", Location: locationOf(s.Field), Field: s.Field.Name,
	}
	return made, nil
}

// longestDeclaration bounds what a document of XML begins with.
const longestDeclaration = 128

// withoutDeclaration leaves out what a document of XML begins with: detectors take it for a trick.
//
// Unlike AWS: what AWS does with such a document is not public.
func withoutDeclaration(text string) string {
	at := strings.Index(text, "<?xml ")
	if at < 0 {
		return text
	}
	declaration := text[at:min(at+longestDeclaration, len(text))]
	end := strings.Index(declaration, "?>")
	if end < 0 || strings.LastIndexByte(declaration[:end], '<') > 0 {
		return text
	}
	return text[:at] + text[at+end+len("?>"):]
}

// mayScript says whether a text may run a script in a page: it has a tag, or an attribute that runs
// one. Texts without, which most are, need not be parsed.
func mayScript(text string) bool {
	if strings.IndexByte(text, '<') >= 0 || strings.IndexByte(text, 0) >= 0 {
		return true
	}
	for from := 0; ; {
		at := strings.IndexByte(text[from:], '=')
		if at < 0 {
			return false
		}
		if endsInAttribute(text[:from+at]) {
			return true
		}
		from += at + 1
	}
}

// longestAttribute bounds how far back the name of an attribute may begin.
const longestAttribute = 64

// endsInAttribute says whether a text ends with the name of an attribute that may run a script.
func endsInAttribute(text string) bool {
	end := len(text)
	for end > 0 && isSpace(text[end-1]) {
		end--
	}
	start := end
	for start > 0 && end-start < longestAttribute && !separatesAttributes(text[start-1]) {
		start--
		// A name begins behind a quote, too: that may end the value before.
		if strings.IndexByte("\"'`", text[start]) >= 0 && runsScript(text[start+1:end]) {
			return true
		}
	}
	return end-start == longestAttribute || runsScript(text[start:end])
}

func separatesAttributes(c byte) bool {
	return isSpace(c) || c == '/' || c == '>' || c == '='
}

// scriptAttributes are those whose value may be a script, a style or a URL that is one, beside the
// handlers of events.
var scriptAttributes = []string{
	"action", "attributename", "background", "by", "dataformatas", "datasrc", "dynsrc", "filter",
	"folder", "formaction", "from", "handler", "href", "lowsrc", "poster", "src", "style", "to",
	"values", "xlink", "xlink:href", "xmlns",
}

func runsScript(attribute string) bool {
	if len(attribute) < 2 {
		return false
	}
	name := lowercase(attribute)
	return strings.HasPrefix(name, "on") || slices.Contains(scriptAttributes, name)
}

// locationOf is how AWS's logs name a part of a request.
func locationOf(field api.FieldToMatch) string {
	switch field.Kind {
	case "UriPath":
		return "URI"
	case "QueryString":
		return "QUERY_STRING"
	case "SingleQueryArgument":
		return "SINGLE_QUERY_ARG"
	case "AllQueryArguments":
		return "ALL_QUERY_ARGS"
	case "SingleHeader":
		return "HEADER"
	case "Headers":
		return "ALL_HEADERS"
	case "Cookies":
		return "COOKIE"
	case "Method":
		return "METHOD"
	case "JsonBody":
		return "JSON_BODY"
	}
	return "BODY"
}
