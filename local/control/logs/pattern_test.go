package logs

import "testing"

func TestPatterns(t *testing.T) {
	const document = `{"status":503,"route":"GET /orders","took":12.5,"ok":false,"none":null,` +
		`"items":[{"id":"a"},{"id":"b"}],"a.b":1,"list":[1,2]}`
	for _, row := range []struct {
		pattern, message string
		want             bool
	}{
		{"", "anything", true},
		{" ", "anything", true},
		{"ERROR", "an ERROR here", true},
		{"ERROR", "an error here", false},
		{"ERROR timeout", "timeout, then ERROR", true},
		{"ERROR timeout", "ERROR", false},
		{`"two words"`, "these two words", true},
		{`"two words"`, "words two", false},
		{`"a \"quote\""`, `has a "quote"`, true},
		{"?ERROR ?WARN", "WARN", true},
		{"?ERROR ?WARN", "INFO", false},
		{"ERROR ?WARN", "ERROR", true}, // a question mark among others is ignored
		{"ERROR -timeout", "ERROR timeout", false},
		{"ERROR -timeout", "ERROR", true},
		{`-"a b"`, "a  b", true},
		{"%[4-5]0[0-9]%", "status 503", true},
		{"%^4%", "status 503", false},
		{"{ $.status = 503 }", document, true},
		{"{ $.status >= 500 && $.status < 600 }", document, true},
		{"{ $.status = 404 || $.took > 12 }", document, true},
		{"{ ($.status = 404 || $.took > 12) && $.ok IS TRUE }", document, false},
		{"{ $.ok IS FALSE }", document, true},
		{"{ $.none IS NULL }", document, true},
		{"{ $.nothing NOT EXISTS }", document, true},
		{"{ $.status NOT EXISTS }", document, false},
		{`{ $.route = "GET *" }`, document, true},
		{`{ $.route = *orders }`, document, true},
		{`{ $.route = "POST *" }`, document, false},
		{`{ $.route != "POST *" }`, document, true},
		{`{ $.nothing != "x" }`, document, false},
		{"{ $.route = %^GET% }", document, true},
		{`{ $.items[1].id = "b" }`, document, true},
		{`{ $.items[*].id = "a" }`, document, true},
		{`{ $.items[2].id = "a" }`, document, false},
		{`{ $["a.b"] = 1 }`, document, true},
		{"{ $.list[0] = 1 }", document, true},
		{"{ $.status = 503 }", "no JSON, 503", false},
		{"{ $.status = 1e3 }", `{"status": 1000}`, true},
	} {
		p, err := parsePattern(row.pattern)
		if err != nil {
			t.Errorf("%s: %v", row.pattern, err)
			continue
		}
		if got := p.matches(row.message); got != row.want {
			t.Errorf("%s on %s: got %v", row.pattern, row.message, got)
		}
	}
}

func TestBadPatternsAreRefused(t *testing.T) {
	for _, pattern := range []string{
		`"open`, "a-b", "[a, b]", "{ $.a }", "{ $.a = }", "{ $.a = 1", "{ a = 1 }", "{ $. = 1 }", "?", "-",
		"{ $.a > x }", "{ ($.a = 1 }", "{ $.a[x] = 1 }", "%[%", "{ $.a = %[% }", "{ $.a = 1 } b", "{}",
	} {
		if _, err := parsePattern(pattern); err == nil {
			t.Errorf("%s is taken", pattern)
		}
	}
}

func FuzzPatterns(f *testing.F) {
	f.Add(`ERROR -"a b" ?c %d%`, "ERROR")
	f.Add(`{ ($.a[0].b = "x*" || $["c"] IS NULL) && $.d >= 1.5 }`, `{"a":[{"b":"xy"}],"d":2}`)
	f.Fuzz(func(_ *testing.T, pattern, message string) {
		if p, err := parsePattern(pattern); err == nil {
			p.matches(message)
		}
	})
}
