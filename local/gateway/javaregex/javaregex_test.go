package javaregex_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"portico/local/gateway/javaregex"
)

func compile(t testing.TB, expression string) *javaregex.Regexp {
	t.Helper()
	re, err := javaregex.Compile(expression)
	if err != nil {
		t.Fatal(err)
	}
	return re
}

// The patterns and values are those of spec rest-api.md §7 and what users write for tokens.
func TestMatchFull(t *testing.T) {
	for _, r := range []struct {
		name, expression, text string
		want                   bool
	}{
		{"the whole value counts", `four hundred`, "error: four hundred", false},
		{"with what stands around it", `.*four hundred.*`, "error: four hundred!", true},
		{"a dot does not cross lines", `.*four hundred.*`, "error:\nfour hundred", false},
		{"the idiom for lines", `(\n|.)*four hundred(\n|.)*`, "error:\nfour hundred\n", true},
		{"a status", `4\d{2}`, "404", true},
		{"digits are ASCII's", `\d+`, "٣", false},
		{"an end of line behind $ is part of the value", `a$`, "a\n", false},
		{"case is ASCII's", `(?i)é`, "É", false},
		{"unless it is Unicode's", `(?iu)é`, "É", true},
		{"look-ahead", `^(?!internal).*`, "not found", true},
		{"look-ahead that refuses", `^(?!internal).*`, "internal error", false},
		{"a password", `^(?=.*[A-Z])(?=.*\d).{6,}$`, "Passw0rd", true},
		{"a back reference", `(['"]).*\1`, `"a"`, true},
		{"a possessive quantifier gives nothing back", `a*+a`, "aaa", false},
		{"an atomic group", `(?>a|ab)c`, "abc", false},
		{"an intersection", `[a-z&&[^aeiou]]+`, "xyz", true},
		{"a quoted text", `\Q[a.b]\E`, "[a.b]", true},
		{"a character beyond the first plane", `.`, "😀", true},
		{"bytes that are no characters", `a.`, "a\xff", true},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := compile(t, r.expression).MatchFull(r.text)
			if err != nil || got != r.want {
				t.Errorf("got %v, %v, want %v", got, err, r.want)
			}
		})
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for _, r := range []struct{ name, expression, want string }{
		{"an open group", `a(b`, `Unclosed group near index 3 of "a(b"`},
		{"a quantifier of nothing", `a|*`, `Dangling meta character '*' near index 2`},
		{"JSON", `{"a":1}`, `Illegal repetition`},
		{"an open class", `[a`, `Unclosed character class near index 1`},
		{"an escape nobody knows", `\y`, `Illegal/unsupported escape sequence near index 1`},
		{"a look back without end", `(?<=(ab)+)c`, `does not have an obvious maximum length`},
		{"groups without end", strings.Repeat("(", 300), `more than 200 groups`},
		{"classes without end", strings.Repeat("[", 300), `more than 200 classes`},
		{"too long", strings.Repeat("a", 70000), `more than 65536 characters`},
		{"too large", strings.Repeat(`\p{L}`, 10000), `too large`},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := javaregex.Compile(r.expression)
			var syntax *javaregex.SyntaxError
			if !errors.As(err, &syntax) || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %.200v, want a SyntaxError with %q", err, r.want)
			}
		})
	}
}

func TestNothingHangs(t *testing.T) {
	many := strings.Repeat("a", 50_000)
	for _, r := range []struct {
		name string
		call func() error
		want error
	}{
		{"a search that goes back without end", func() error {
			_, err := compile(t, `(a+)+\1b`).MatchFull(strings.Repeat("a", 40) + "c")
			return err
		}, javaregex.ErrLimit},
		{"many searches, each to the end", func() error {
			_, err := compile(t, `a(?=.*b)|c`).ReplaceAll(strings.Repeat(many, 10), "")
			return err
		}, javaregex.ErrLimit},
		{"the same in linear time each", func() error {
			_, err := compile(t, `(?s)a.*b|a`).ReplaceAll(strings.Repeat(many, 10), "")
			return err
		}, javaregex.ErrLimit},
		{"a replacement that grows", func() error {
			_, err := compile(t, `a`).ReplaceAll(many, many)
			return err
		}, javaregex.ErrTooLong},
		{"more parts than a list holds", func() error {
			_, err := compile(t, `,`).Split(strings.Repeat(",", 70_000), -1)
			if errors.Is(err, javaregex.ErrLimit) { // a busy machine gets to the other bound first
				err = javaregex.ErrTooLong
			}
			return err
		}, javaregex.ErrTooLong},
		{"what is linear in Go", func() error {
			_, err := compile(t, `(a+)+b`).MatchFull(many)
			return err
		}, nil},
	} {
		t.Run(r.name, func(t *testing.T) {
			if err := r.call(); !errors.Is(err, r.want) { // without a limit, it would not end
				t.Errorf("got %v, want %v", err, r.want)
			}
		})
	}
}

func FuzzRegexp(f *testing.F) {
	for _, e := range readCorpus(f) {
		f.Add(e.Expression, e.Text, e.Replacement, int8(e.Limit))
	}
	f.Fuzz(func(t *testing.T, expression, text, replacement string, limit int8) {
		if len(expression) > 200 || len(text) > 200 {
			return
		}
		re, err := javaregex.Compile(expression)
		if err != nil {
			return
		}
		began := time.Now()
		whole, wholeErr := re.MatchFull(text)
		found, findErr := re.Find(text)
		if wholeErr == nil && findErr == nil && whole && !found {
			t.Errorf("%q matches all of %q, but nothing in it", expression, text)
		}
		_, _ = re.ReplaceAll(text, replacement)
		_, _ = re.ReplaceFirst(text, replacement)
		_, _ = re.Split(text, int(limit))
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%q on %q took %v", expression, text, took)
		}
	})
}
