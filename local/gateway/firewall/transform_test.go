package firewall

import (
	"strings"
	"testing"
)

func TestTransformations(t *testing.T) {
	for _, r := range []struct{ name, transformation, text, want string }{
		{"nothing changes", "NONE", "A b", "A b"},
		{"A to Z alone become small", "LOWERCASE", "AZaz09Ä", "azaz09Ä"},
		{"percent and plus", "URL_DECODE", "a%2Fb+c%zz%", "a/b c%zz%"},
		{"wide encodings stay without UNI", "URL_DECODE", "%u0041", "%u0041"},
		{"wide encodings", "URL_DECODE_UNI", "%u0041%41", "AA"},
		{"full-width ASCII becomes ASCII", "URL_DECODE_UNI", "%uFF1Cscript%uFF1E", "<script>"},
		{"of other wide characters the low byte counts", "URL_DECODE_UNI", "%u0141", "A"},
		{"named entities", "HTML_ENTITY_DECODE", "&lt;&quot;&gt;&nbsp;", "<\">\xA0"},
		{"numeric entities", "HTML_ENTITY_DECODE", "&#x3c;&#60;&#60a", "<<<a"},
		{"no entity", "HTML_ENTITY_DECODE", "a & b &unknown; &#; &#x;", "a & b &unknown; &#; &#x;"},
		{"white space becomes one space", "COMPRESS_WHITE_SPACE", "a \t\n b\xA0c\fd\ve", "a b c d e"},
		{"single spaces stay", "COMPRESS_WHITE_SPACE", "a b c", "a b c"},
		{"what shells ignore goes", "CMD_LINE", `C^At "/etc'/passwd\`, "cat/etc/passwd"},
		{"commas and semicolons are spaces", "CMD_LINE", "a,;b  c (d", "a b c(d"},
		{"base64", "BASE64_DECODE", "SGVsbG8=", "Hello"},
		{"no base64 stays", "BASE64_DECODE", "SGVs bG8=", "SGVs bG8="},
		{"forgiving base64", "BASE64_DECODE_EXT", "SGVs\n!bG8=", "Hello"},
		{"hexadecimal", "HEX_DECODE", "48656c6c6f", "Hello"},
		{"no hexadecimal stays", "HEX_DECODE", "486", "486"},
		{"SQL's hexadecimal", "SQL_HEX_DECODE", "select 0x414243, 0x", "select ABC, 0x"},
		{"MD5 is raw", "MD5", "", "\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e"},
		{"a comment is one space", "REPLACE_COMMENTS", "a/*x*//**/b", "a  b"},
		{"an open comment is one space", "REPLACE_COMMENTS", "a/*x", "a "},
		{"a lone end of a comment stays", "REPLACE_COMMENTS", "a*/b", "a*/b"},
		{"ANSI C", "ESCAPE_SEQ_DECODE", `\x41\0101\n\\\q`, "AA\n\\\\q"},
		{"CSS", "CSS_DECODE", `ja\vascript\6a \00006a`, "javascriptjj"},
		{"JavaScript", "JS_DECODE", `\u0061\x61\141\uFF41\q`, "aaaaq"},
		{"paths lose what does nothing", "NORMALIZE_PATH", "/a//b/./c/../d", "/a/b/d"},
		{"paths keep a leading back-reference", "NORMALIZE_PATH", "../../a/../b", "../../b"},
		{"backslashes stay", "NORMALIZE_PATH", `\a\..\b`, `\a\..\b`},
		{"backslashes are slashes on Windows", "NORMALIZE_PATH_WIN", `\a\..\b`, "/b"},
		{"NULs go", "REMOVE_NULLS", "a\x00b", "ab"},
		{"NULs become spaces", "REPLACE_NULLS", "a\x00b", "a b"},
		{"UTF-8", "UTF8_TO_UNICODE", "aé€\xff", "a%u00e9%u20ac\xff"},
	} {
		t.Run(r.transformation+": "+r.name, func(t *testing.T) {
			transform, err := transformation(r.transformation)
			if err != nil {
				t.Fatal(err)
			}
			if got := transform(r.text); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
	if _, err := transformation("ROT13"); err == nil || !strings.Contains(err.Error(), "MD5") {
		t.Errorf("got %v, want an error that lists what is known", err)
	}
}

func FuzzTransformations(f *testing.F) {
	f.Add("%u00&#x3c;\\x41/*../a\x00")
	f.Fuzz(func(t *testing.T, text string) {
		for name, transform := range transformations() {
			if got := transform(text); name != "UTF8_TO_UNICODE" && len(got) > 2*len(text)+16 {
				t.Errorf("%s made %d bytes of %d", name, len(got), len(text))
			}
		}
	})
}
