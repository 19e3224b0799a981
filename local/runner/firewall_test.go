package runner

import (
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/firewall"
)

func TestPlacesOfTheSettings(t *testing.T) {
	places, err := FirewallSettings{
		Countries: map[string]string{"192.0.2.0/24": "DE", "2001:db8::/32": "US-CA"},
		ASN:       map[string]int{"192.0.2.128/25": 64500, "198.51.100.7": 64501, "192.0.0.0/16": 64502},
	}.places()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]firewall.Place{}
	for _, place := range places {
		text := place.Prefix.String()
		place.Prefix = netip.Prefix{}
		got[text] = place
	}
	if diff := cmp.Diff(map[string]firewall.Place{
		"192.0.2.0/24":    {Country: "DE", ASN: 64502},
		"192.0.2.128/25":  {Country: "DE", ASN: 64500},
		"192.0.0.0/16":    {ASN: 64502},
		"198.51.100.7/32": {ASN: 64501},
		"2001:db8::/32":   {Country: "US", Region: "US-CA"},
	}, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

func TestMistakesInTheFirewallSettingsAreNamed(t *testing.T) {
	for _, r := range []struct{ name, text, want string }{
		{"no address", "{countries: {example: DE}}", `firewall.countries: "example" is no range`},
		{"no country", "{countries: {192.0.2.1: Germany}}", `"Germany" is no country, want one like DE`},
		{"no system", "{asn: {192.0.2.1: 0}}", "firewall.asn.192.0.2.1: 0 is no autonomous system number"},
		{"a list", "{anonymous: [tor]}", `firewall.anonymous: "tor" is no range of addresses`},
		{"an unknown key", "{proxies: []}", "proxies"},
	} {
		t.Run(r.name, func(t *testing.T) {
			dir := t.TempDir()
			text := []byte("firewall: " + r.text + "\n")
			if err := os.WriteFile(filepath.Join(dir, settingsFile), text, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := readSettings(dir)
			if err == nil || !strings.Contains(err.Error(), r.want) ||
				!strings.Contains(err.Error(), settingsFile) {
				t.Errorf("got %v, want an error of the file that says %q", err, r.want)
			}
		})
	}
}

// toldOf is what a recording tells of one request.
type toldOf struct {
	Method, Path, Query, Address, Host, Agent, Body string
	Lacks                                           lack
}

func TestRecordedRequestsAreRead(t *testing.T) {
	const noHeaders, everything = lackHeaders | lackBody, lackAddress | lackTime
	for _, r := range []struct {
		name, text string
		want       toldOf
	}{
		{
			"a raw request", "POST /a?b=c HTTP/1.1\r\nHost: x.example\r\nUser-Agent: u\r\n\r\nbody\r\n",
			toldOf{"POST", "/a", "b=c", "2001:db8:ffff::0:0", "x.example", "u", "body", everything},
		},
		{
			"one with a URL and a length", "GET http://y.example/a#f HTTP/1.1\nContent-Length: 2\n\nbody",
			toldOf{"GET", "/a", "", "2001:db8:ffff::0:0", "y.example", "", "bo", everything},
		},
		{
			"an HTTP archive", `{"log":{"entries":[{"startedDateTime":"2026-11-22T16:00:00.5Z",` +
				`"request":{"method":"PUT","url":"https://x.example/a%2Fb?c","headers":[{"name":":path",` +
				`"value":"/"},{"name":"User-Agent","value":"u"}],"postData":{"text":"Ym9keQ==",` +
				`"encoding":"base64"}}}]}}`,
			toldOf{"PUT", "/a%2Fb", "c", "2001:db8:ffff::0:0", "x.example", "u", "body", lackAddress},
		},
		{
			"the common log format",
			`192.0.2.1 - ada [22/Nov/2026:16:00:00 +0100] "GET /a?b HTTP/1.1" 200 12`,
			toldOf{"GET", "/a", "b", "192.0.2.1", "api.invalid", unknownAgent, "", noHeaders},
		},
		{
			"the combined log format",
			`192.0.2.1 - - [22/Nov/2026:16:00:00 +0100] "GET /a HTTP/1.1" 200 12 "-" "curl \"8\""`,
			toldOf{"GET", "/a", "", "192.0.2.1", "api.invalid", `curl \"8\"`, "", noHeaders},
		},
		{
			"API Gateway's access log in JSON", `{"requestId":"r","ip":"192.0.2.1","requestTime":` +
				`"22/Nov/2026:16:00:00 +0000","httpMethod":"GET","path":"/dev/a","userAgent":"u"}`,
			toldOf{"GET", "/dev/a", "", "192.0.2.1", "api.invalid", "u", "", noHeaders | lackQuery},
		},
		{
			"another one", `{"http_method":"GET","request-uri":"/a?b","identity":{"sourceIp":"::1"},` +
				`"requestTimeEpoch":1795363200000,"domainName":"x.example"}`,
			toldOf{"GET", "/a", "b", "::1", "x.example", unknownAgent, "", noHeaders},
		},
		{
			"a record of AWS WAF's log", `{"timestamp":1795363200000,"httpRequest":{"clientIp":"192.0.2.1",` +
				`"uri":"/a","args":"b","httpMethod":"GET","headers":[{"name":"Host","value":"x.example"}]}}`,
			toldOf{"GET", "/a", "b", "192.0.2.1", "x.example", "", "", lackBody},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			var c recording
			if err := c.read("-", []byte(r.text)); err != nil {
				t.Fatal(err)
			}
			if len(c.requests) != 1 || c.unread != 0 {
				t.Fatalf("got %d requests and %d other lines, want one request", len(c.requests), c.unread)
			}
			got := c.requests[0]
			if diff := cmp.Diff(r.want, toldOf{
				got.Method, got.RawPath, got.RawQuery, got.SourceIP, got.Host,
				got.Header.Get("User-Agent"), string(got.Body), got.Lacks,
			}); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsNoRequestIsNamed(t *testing.T) {
	for _, r := range []struct{ name, text, want string }{
		{"nothing", " \n", "-: is empty: want raw HTTP requests"},
		{"only separators", "###\n###\n", "-: holds no request: want raw HTTP requests"},
		{"no log", "a b\nc d", `line 1: "a b" is no line of the common log format`},
		{"no JSON", "{\"httpMethod\":\n", `line 1: "{\"httpMethod\":" is no JSON: unexpected end`},
		{"JSON of something else", "\n{\"a\":1}", "line 1: the line tells no method or no path"},
		{"a header line", "GET / HTTP/1.1\n\n###\n\nGET / HTTP/1.1\nno header\n", "line 6: \"no header\" is no"},
		{"a request line", "GET / HTTP/1.1\n###\nGET\n", "line 3: \"GET\" is no request line"},
	} {
		t.Run(r.name, func(t *testing.T) {
			var c recording
			err := c.read("-", []byte(r.text))
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want an error that says %q", err, r.want)
			}
		})
	}
}

func TestTimesOfLogs(t *testing.T) {
	want := time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)
	for _, text := range []string{
		"2026-11-22T16:00:00Z", "22/Nov/2026:17:00:00 +0100", "1795363200", "1795363200000",
	} {
		if got := parseTime(text); !got.Equal(want) {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	if got := parseTime("yesterday"); !got.IsZero() {
		t.Errorf("got %v for no time", got)
	}
}

func TestAPoolsWebACLIsToldNoSecrets(t *testing.T) {
	request := httptest.NewRequest("POST", "/p/oauth2/token?login_hint=ada&scope=openid",
		strings.NewReader("grant_type=password&username=ada&p%61ssword=x"))
	request.Header.Set("Authorization", "Basic c2VjcmV0")
	request.Header.Set("Cookie", "session=secret; aws-waf-token=t")
	seen, err := seenByFirewall(request, "/oauth2/token")
	if err != nil {
		t.Fatal(err)
	}
	if seen.RawQuery != "login_hint=&scope=openid" ||
		string(seen.Body) != "grant_type=password&username=&p%61ssword=" {
		t.Errorf("got query %s, body %s", seen.RawQuery, seen.Body)
	}
	want := exchange.Header{{Name: "Host", Value: "example.com"}, {Name: "Cookie", Value: "aws-waf-token=t"}}
	if diff := cmp.Diff(want, seen.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	form := httptest.NewRecorder().Body
	if _, err := form.ReadFrom(request.Body); err != nil || !strings.Contains(form.String(), "ada") {
		t.Errorf("the pool reads %q, %v, want the whole body", form, err)
	}
}

func FuzzRecordedRequests(f *testing.F) {
	f.Add("GET / HTTP/1.1\nA: b\n\n###\n")
	f.Add(`{"log":{"entries":[{"request":{"url":"::"}}]}}`)
	f.Add(`1 - - [x] "GET /" 1 1`)
	f.Fuzz(func(t *testing.T, text string) {
		var c recording
		if err := c.read("-", []byte(text)); err == nil && len(c.requests) == 0 {
			t.Error("nothing was read, and nothing is said")
		}
	})
}
