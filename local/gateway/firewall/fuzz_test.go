package firewall

import (
	"regexp"
	"testing"

	"portico/local/gateway/exchange"
)

// FuzzWindows holds expressions that run around their needles against the same over the whole text.
func FuzzWindows(f *testing.F) {
	f.Add(`(?:^|[=;])ab?c{1,3}$`, "xx;abcc ab=ac")
	f.Add(`\bunion[ (]{1,2}select\b`, "reunion select union  select")
	f.Add(`'[ )]{0,4}(?:or|and)\b`, "it's' or '))) and")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		compiled, err := regexp.Compile(pattern)
		if err != nil || len(pattern) > 200 {
			return
		}
		var s scanner
		id := s.register(needles(pattern))
		s.build()
		var found findings
		s.scan(text, &found)
		if id < 0 || width(pattern) == unbounded || found.counts[id] > maxPlaces {
			return
		}
		e := expression{Regexp: compiled, id: id, width: width(pattern)}
		matched, sure := e.around(text, found.places)
		if want := compiled.MatchString(text); sure && matched != want {
			t.Errorf("%q on %q: got %v around %q, want %v", pattern, text, matched, needles(pattern), want)
		}
	})
}

// FuzzMayScript holds what may run a script, by a short look, against the detector.
func FuzzMayScript(f *testing.F) {
	f.Add(`" onclick=alert(1) x="`)
	f.Add(`'/onerror =x`)
	f.Add("x style=y a\x00b=c")
	f.Fuzz(func(t *testing.T, text string) {
		if !mayScript(text) && (libinjectionDetector{}).XSS(text) {
			t.Errorf("%q runs a script, and is not looked at", text)
		}
	})
}

// FuzzMayInject holds values that are not asked about against the detector.
func FuzzMayInject(f *testing.F) {
	f.Add("1--")
	f.Add("a.b-c_d")
	f.Fuzz(func(t *testing.T, text string) {
		if !mayInject(text) && (libinjectionDetector{}).SQLi(text) {
			t.Errorf("%q injects SQL, and is not looked at", text)
		}
	})
}

// FuzzDetectors looks for texts that break what finds commands and calls.
func FuzzDetectors(f *testing.F) {
	f.Add("a=1;cat /etc/passwd")
	f.Add("sleep (10)")
	f.Fuzz(func(_ *testing.T, text string) {
		runsShell(text)
		callsSQL(text)
		withoutDeclaration(text)
	})
}

// FuzzTokens looks for tokens and solutions that nobody made, and are taken all the same.
func FuzzTokens(f *testing.F) {
	rule := rule1("c", 1, action1("Captcha"), yes)
	acl := compiled(f, definition(rule))
	f.Add("aws-waf-token=a.b; x=y", "aws-waf-puzzle=a.b&aws-waf-answer=7")
	f.Fuzz(func(t *testing.T, cookie, body string) {
		r := &exchange.Request{
			Method: "POST", RawPath: "/", Host: "localhost", Body: []byte(body),
			Header: exchange.Header{{Name: "Cookie", Value: cookie}},
		}
		if got := acl.Inspect(r); got.Action != Captcha || got.Solved || got.Status != 405 {
			t.Errorf("cookie %q and body %q are taken: %+v", cookie, body, got)
		}
	})
}
