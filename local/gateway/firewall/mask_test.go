package firewall

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

// The rules are those of "Data protection" and "Data protection limitations"; the hash is of the
// account and the text.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte("123456789012" + text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func protect(field, action string, keys ...string) api.DataProtection {
	return api.DataProtection{Field: field, Action: action, Keys: keys}
}

func TestProtectedPartsOfTheLog(t *testing.T) {
	const hash, substitute = "HASH", "SUBSTITUTION"
	const sent = "/dev/orders?hoppy=1%27&yellow=hello&x-hoppy=2"
	for _, r := range []struct {
		name      string
		protected []api.DataProtection
		part      string // args, or a header
		want      string
	}{
		{
			"AWS's example of a query argument",
			[]api.DataProtection{protect("SINGLE_QUERY_ARGUMENT", hash, "hoppy")},
			"args", "hoppy=" + hashOf("1%27") + "&yellow=hello&x-hoppy=2",
		},
		{
			"an argument in another case",
			[]api.DataProtection{protect("SINGLE_QUERY_ARGUMENT", substitute, "YELLOW")},
			"args", "hoppy=1%27&yellow=REDACTED&x-hoppy=2",
		},
		{
			"no keys mean all arguments",
			[]api.DataProtection{protect("SINGLE_QUERY_ARGUMENT", substitute)},
			"args", "hoppy=REDACTED&yellow=REDACTED&x-hoppy=REDACTED",
		},
		{
			"a query string hides names and values",
			[]api.DataProtection{protect("QUERY_STRING", hash)},
			"args", hashOf("hoppy") + "=" + hashOf("1%27") + "&" + hashOf("yellow") + "=" +
				hashOf("hello") + "&" + hashOf("x-hoppy") + "=" + hashOf("2"),
		},
		{
			"the stricter of two holds",
			[]api.DataProtection{
				protect("QUERY_STRING", hash),
				protect("SINGLE_QUERY_ARGUMENT", substitute, "hoppy", "yellow"),
			},
			"args", hashOf("hoppy") + "=REDACTED&" + hashOf("yellow") + "=REDACTED&" +
				hashOf("x-hoppy") + "=" + hashOf("2"),
		},
		{
			"a header",
			[]api.DataProtection{protect("SINGLE_HEADER", substitute, "user-agent")},
			"User-Agent", "REDACTED",
		},
		{
			"another header",
			[]api.DataProtection{protect("SINGLE_HEADER", substitute, "x")},
			"User-Agent", "Mozilla/5.0",
		},
		{
			"a hashed header",
			[]api.DataProtection{protect("SINGLE_HEADER", hash)},
			"User-Agent", hashOf("Mozilla/5.0"),
		},
		{
			"of the cookie header the values only",
			[]api.DataProtection{protect("SINGLE_HEADER", substitute, "cookie")},
			"Cookie", "s=REDACTED; theme=REDACTED;REDACTED",
		},
		{
			"a cookie",
			[]api.DataProtection{protect("SINGLE_COOKIE", hash, "s")},
			"Cookie", "s=" + hashOf("1=2") + "; theme=dark; lone",
		},
		{
			"a body is in no record",
			[]api.DataProtection{protect("BODY", hash)},
			"User-Agent", "Mozilla/5.0",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			def := logging(api.FirewallLog{})
			def.Protected = r.protected
			got := logged(t, def, request(sent, "Cookie: s=1=2; theme=dark; lone"))
			if text := loggedPart(got, r.part); text != r.want {
				t.Errorf("got %s, want %s", text, r.want)
			}
		})
	}
}

// loggedPart returns the query string or a header of a record.
func loggedPart(record map[string]any, part string) any {
	of := record["httpRequest"].(map[string]any)
	if part == "args" {
		return of["args"]
	}
	for _, line := range of["headers"].([]any) {
		if header := line.(map[string]any); header["name"] == part {
			return header["value"]
		}
	}
	return nil
}

// The first two rows are the examples of "Data protection exceptions".
func TestProtectedKeysOfRateBasedRules(t *testing.T) {
	const line = "HEADER dogname="
	long := strings.Repeat("é", 33)
	open := protect("SINGLE_HEADER", "SUBSTITUTION", "dogname")
	open.ExcludeRateBasedDetails = true
	openHash := protect("SINGLE_COOKIE", "SUBSTITUTION", "s")
	openHash.ExcludeRuleMatchDetails = true
	header, argument := api.RateKey{Kind: "Header", Name: "dogname"}, "QueryArgument"
	for _, r := range []struct {
		name      string
		key       api.RateKey
		protected []api.DataProtection
		redacted  []api.FieldToMatch
		want      string
	}{
		{
			"a protected header", header,
			[]api.DataProtection{protect("SINGLE_HEADER", "SUBSTITUTION", "dogname")},
			nil,
			line + "REDACTED",
		},
		{"with the exception", header, []api.DataProtection{open}, nil, line + "ELLA"},
		{
			"the exception of another protection", header,
			[]api.DataProtection{open, protect("SINGLE_HEADER", "HASH")},
			nil, line + hashOf("ELLA"),
		},
		{
			"a redacted header", header, nil,
			[]api.FieldToMatch{{Kind: "SingleHeader", Name: "DogName"}},
			line + "REDACTED",
		},
		{"no protection", header, nil, nil, line + "ELLA"},
		{
			"the first 32 characters",
			api.RateKey{Kind: argument, Name: "long"},
			nil, nil,
			"QUERY_ARGUMENT long=" + strings.Repeat("é", 32),
		},
		{
			"one cookie protects the header",
			api.RateKey{Kind: "Header", Name: "cookie"},
			[]api.DataProtection{openHash},
			nil, "HEADER cookie=REDACTED",
		},
		{
			"a cookie",
			api.RateKey{Kind: "Cookie", Name: "s"},
			[]api.DataProtection{protect("SINGLE_COOKIE", "HASH", "s")},
			nil, "COOKIE s=" + hashOf("1"),
		},
		{
			"the header protects a cookie",
			api.RateKey{Kind: "Cookie", Name: "s"},
			[]api.DataProtection{protect("SINGLE_HEADER", "HASH", "Cookie")},
			nil,
			"COOKIE s=" + hashOf("1"),
		},
		{
			"an argument",
			api.RateKey{Kind: argument, Name: "a"},
			[]api.DataProtection{protect("QUERY_STRING", "SUBSTITUTION")},
			nil,
			"QUERY_ARGUMENT a=REDACTED",
		},
		{
			"of two ways the stricter for the query string",
			api.RateKey{Kind: "QueryString"},
			[]api.DataProtection{
				protect("SINGLE_QUERY_ARGUMENT", "HASH", "a"),
				protect("SINGLE_QUERY_ARGUMENT", "SUBSTITUTION", "b"),
			},
			nil, "QUERY_STRING =REDACTED",
		},
		{
			"a redacted query string",
			api.RateKey{Kind: "QueryString"},
			nil,
			[]api.FieldToMatch{{Kind: "QueryString"}},
			"QUERY_STRING =REDACTED",
		},
		{
			"a redacted path",
			api.RateKey{Kind: "UriPath"},
			nil,
			[]api.FieldToMatch{{Kind: "UriPath"}},
			"URI_PATH =REDACTED",
		},
		{
			"a redacted method",
			api.RateKey{Kind: "HTTPMethod"},
			nil,
			[]api.FieldToMatch{{Kind: "Method"}},
			"HTTP_METHOD =REDACTED",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			limited := rate(api.RateBasedStatement{KeyType: "CUSTOM_KEYS", Keys: []api.RateKey{r.key}})
			def := logging(api.FirewallLog{Redacted: r.redacted}, limited)
			def.Protected = r.protected
			acl := compiled(t, def)
			call := request("/dev?a=b&long="+long, "dogname: ELLA", "Cookie: s=1")
			var verdict Verdict
			for range 11 {
				verdict = acl.Inspect(call)
			}
			for range 2 { // what is told of one record changes none after it
				told := acl.log.masks.rates(verdict.Rates)
				if len(told) != 1 || len(told[0].Customs) != 1 {
					t.Fatalf("got %+v, want one rule and one key", told)
				}
				custom := told[0].Customs[0]
				if got := custom.Key + " " + custom.Name + "=" + custom.Value; got != r.want {
					t.Errorf("got %s, want %s", got, r.want)
				}
			}
		})
	}
}

func TestMistakesInDataProtectionAreNamed(t *testing.T) {
	var many []api.DataProtection
	for range 27 {
		many = append(many, protect("BODY", "HASH"))
	}
	one := func(field, action string, keys ...string) []api.DataProtection {
		return []api.DataProtection{protect(field, action, keys...)}
	}
	keys := make([]string, 101)
	for i := range keys {
		keys[i] = fmt.Sprint(i)
	}
	for _, r := range []struct {
		name      string
		protected []api.DataProtection
		want      string
	}{
		{"an action", one("BODY", "HIDE"), `action "HIDE", allowed are SUBSTITUTION`},
		{"a field", one("URI", "HASH"), `field type "URI", allowed are SINGLE_HEADER`},
		{"keys of the body", one("BODY", "HASH", "a"), "BODY has no names"},
		{"an empty key", one("SINGLE_COOKIE", "HASH", " "), `key " ": want 1 to 64`},
		{
			"a long key", one("SINGLE_COOKIE", "HASH", strings.Repeat("k", 65)),
			"want 1 to 64 characters",
		},
		{"many keys", one("SINGLE_COOKIE", "HASH", keys...), "101 keys, allowed are 100"},
		{"many of them", many, "27 data protections, allowed are 26"},
		{
			"which one",
			[]api.DataProtection{protect("BODY", "HASH"), protect("BODY", "")},
			"data protection 2: action",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			def := definition() // without a log: a mistake is one
			def.Protected = r.protected
			_, err := New(def, dependencies(start()))
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want an error that says %q", err, r.want)
			}
		})
	}
}

// A log under full protection tells nothing of what was sent, whatever it is.
func FuzzProtectedLog(f *testing.F) {
	f.Add("a=secret&b", "s=secret; t", "secret")
	f.Add("=secret&secret", "secret=secret;;", "x")
	f.Fuzz(func(t *testing.T, query, cookie, agent string) {
		m, err := compileMasks(&api.WebACL{Protected: []api.DataProtection{
			protect("QUERY_STRING", "SUBSTITUTION"), protect("SINGLE_HEADER", "SUBSTITUTION"),
			protect("SINGLE_COOKIE", "SUBSTITUTION"),
		}})
		if err != nil {
			t.Fatal(err)
		}
		if rest := strings.Trim(strings.ReplaceAll(m.query(query), redacted, ""), "=&"); rest != "" {
			t.Errorf("of query %q the log tells %q", query, rest)
		}
		if got := m.header("User-Agent", agent); got != redacted {
			t.Errorf("of agent %q the log tells %q", agent, got)
		}
		var want []string
		for one := range strings.SplitSeq(cookie, ";") {
			name, _, found := strings.Cut(one, "=")
			switch {
			case found:
				one = name + "=" + redacted
			case strings.TrimSpace(name) != "":
				one = redacted
			}
			want = append(want, one)
		}
		if diff := cmp.Diff(strings.Join(want, ";"), m.header("cookie", cookie)); diff != "" {
			t.Errorf("cookie %q (-want +got):\n%s", cookie, diff)
		}
	})
}
