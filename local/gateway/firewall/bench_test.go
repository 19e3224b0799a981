package firewall

import (
	"fmt"
	"strings"
	"testing"

	"portico/local/gateway/exchange"
)

// typical is a request like a client's of an API, with a JSON body of about the given size.
func typical(size int) *exchange.Request {
	r := request("/dev/v1/orders?limit=20&after=2026-11-01T12:00:00Z&sort=-createdAt&q=table+lamp",
		"Accept: application/json", "Content-Type: application/json",
		"Authorization: Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJjLTEifQ.c2lnbmF0dXJl",
		"Cookie: session=0b6f7c0e6a394d079f3e0d5a5a6f5a11; theme=dark",
		"X-Forwarded-For: 203.0.113.9", "X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678")
	var body strings.Builder
	body.WriteString(`{"customer":"c-1042","note":"please ring twice; it's the blue door","items":[`)
	for i := 0; body.Len() < size-2; i++ {
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"sku":"LMP-%04d","name":"Table lamp, brass","quantity":%d,"price":"49.90",`+
			`"link":"https://shop.example.com/lamps/%d?colour=brass&size=m"}`, i, i%7+1, i)
	}
	body.WriteString("]}")
	r.Method, r.Body = "POST", []byte(body.String())
	return r
}

// The five usual groups are to cost less than 60 µs on 1 KB and 1 ms on 64 KB.
func BenchmarkUsualGroups(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10} {
		b.Run(fmt.Sprintf("body=%dKB", size>>10), func(b *testing.B) {
			acl := usualACL(b)
			acl.bodyLimit = 64 << 10
			for i := range acl.rules[0].group.rules { // a body over 8 KB would end the inspection there
				acl.rules[0].group.rules[i].action = &action{kind: Count}
			}
			r := typical(size)
			if v := acl.Inspect(r); v.Action != Allow {
				b.Fatalf("an ordinary request is not let in: %+v", v)
			}
			b.ReportAllocs()
			b.SetBytes(int64(len(r.Body)))
			for b.Loop() {
				acl.Inspect(r)
			}
		})
	}
}

// Whatever a body of 64 KB is filled with, the rules take a time in proportion to its size.
func BenchmarkHostileBodies(b *testing.B) {
	for _, filling := range []string{
		"'", "' or ", "on=", "select ", "/*", "&#", "$(", "a=1&", "<", ";cat ", "\x00", "%25", "../",
		"${jndi", "http://1.1.1.", "union (select ", "{\"a\":", "[]", "\xbc", "java\n", "@a';", "cat<<",
		"..x", "0x2e", "curl a b ",
	} {
		for _, size := range []int{16 << 10, 64 << 10} {
			b.Run(fmt.Sprintf("%q/%dKB", filling, size>>10), func(b *testing.B) {
				acl := usualACL(b)
				acl.bodyLimit = 64 << 10
				for g := range acl.rules { // every rule has its turn
					for i := range acl.rules[g].group.rules {
						acl.rules[g].group.rules[i].action = &action{kind: Count}
					}
				}
				r := posted(strings.Repeat(filling, size/len(filling)))
				for b.Loop() {
					acl.Inspect(r)
				}
			})
		}
	}
}
