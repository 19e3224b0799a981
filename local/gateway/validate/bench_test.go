package validate

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkBody holds a body of 5 KB against a model of the usual keywords: quickly, and as the
// library does when a body does not fit.
func BenchmarkBody(b *testing.B) {
	m := compiled(b, `{"type":"object","required":["customer","currency","items"],
		"additionalProperties":false,"properties":{
			"customer":{"type":"string","pattern":"^c-[0-9]+$"},
			"currency":{"type":"string","enum":["EUR","USD","GBP"]},
			"note":{"type":"string","maxLength":200},
			"items":{"type":"array","minItems":1,"maxItems":100,"items":{"$ref":"#/definitions/item"}}},
		"definitions":{"item":{"type":"object","required":["sku","quantity","price"],"properties":{
			"sku":{"type":"string","minLength":3,"maxLength":20},"name":{"type":"string"},
			"quantity":{"type":"integer","minimum":1,"maximum":999},
			"price":{"type":"number","minimum":0,"exclusiveMinimum":true},
			"tags":{"type":"array","uniqueItems":true,"items":{"type":"string"}}}}}}`)
	var items []string
	for n := range 44 {
		items = append(items, fmt.Sprintf(`{"sku":"sku-%04d","name":"A thing of everyday use",`+
			`"quantity":%d,"price":12.5,"tags":["home","garden"]}`, n, n+1))
	}
	body := `{"customer":"c-1","currency":"EUR","note":"by the back door","items":[` +
		strings.Join(items, ",") + `]}`
	for _, r := range []struct {
		name string
		hold func() error
	}{
		{"quickly", func() error { return m.hold([]byte(body)) }},
		{"by the library", func() error { return m.explain(body) }},
	} {
		b.Run(r.name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := r.hold(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
