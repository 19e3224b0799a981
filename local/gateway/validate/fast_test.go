package validate

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"portico/local/gateway/api"
)

const other = `{"type":"object","properties":{"n":{"type":"integer"},` +
	`"next":{"$ref":"#"}},"required":["n"]}`

// compiled compiles a schema as a model of an API that has another one.
func compiled(t testing.TB, schema string) *model {
	t.Helper()
	m, err := New("a1", map[string]api.Model{
		"Tried": {Name: "Tried", Schema: json.RawMessage(schema)},
		"Other": {Name: "Other", Schema: json.RawMessage(other)},
	}).compile("Tried")
	if err != nil {
		t.Fatalf("%s: %v", schema, err)
	}
	return m
}

// agree holds a body against a schema both ways.
func agree(t *testing.T, m *model, schema, body string) (ok, sure bool) {
	t.Helper()
	ok, sure = fits(m.check, body)
	err := m.explain(body)
	if sure && ok != (err == nil) {
		t.Errorf("%s\n%s\nquickly %v, but the library says %v", schema, body, ok, err)
	}
	return ok, sure
}

func TestAQuickCheckAgreesWithTheLibrary(t *testing.T) {
	const foreign = "https://apigateway.amazonaws.com/restapis/a1/models/Other"
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	for _, r := range []struct{ name, schema, body, want string }{
		{"any value", `{}`, ` {"a": [1, -2.5e3, true, null, "\u00e9\n"]} `, "fits"},
		{"an integer with zeros behind the point", `{"type":"integer"}`, `10.0`, "fits"},
		{"an integer as a power", `{"type":"integer"}`, `1.5e1`, "fits"},
		{"no integer", `{"type":"integer"}`, `1.5`, "fails"},
		{"a number is no text", `{"type":"string"}`, `1`, "fails"},
		{"one of several types", `{"type":["null","integer"]}`, `null`, "fits"},
		{"a bound at its place", `{"minimum":0.1}`, `0.10`, "fits"},
		{"a strict bound", `{"minimum":0.1,"exclusiveMinimum":true}`, `1e-1`, "fails"},
		{"a multiple", `{"multipleOf":0.01}`, `0.07`, "fits"},
		{"no multiple", `{"multipleOf":0.02}`, `0.07`, "fails"},
		{"more digits than are decided quickly", `{"maximum":1}`, `0.1000000000000000000000001`, "unsure"},
		{"a power beyond", `{"maximum":1}`, `1e400`, "unsure"},
		{"minus zero", `{"enum":[0]}`, `-0.0e3`, "fits"},
		{"a length in characters", `{"maxLength":2}`, `"é😀"`, "fits"},
		{"a pair of surrogates is one", `{"maxLength":1}`, `"\ud83d\ude00"`, "fits"},
		{"half a pair is one", `{"minLength":2}`, `"\ud83dx"`, "fits"},
		{"bytes that are no characters", `{"maxLength":2}`, "\"\xff\xfe\"", "fits"},
		{"an escape in an enum", `{"enum":["a/b"]}`, `"\u0061\/b"`, "fits"},
		{"a pattern", `{"pattern":"^[a-z]+$"}`, `"abc"`, "fits"},
		{"a pattern of ECMA 262 that looks ahead", `{"pattern":"^(?=.*[A-Z])(?=.*\\d).{6,}$"}`, `"Passw0rd"`, "fits"},
		{"and refuses", `{"pattern":"^(?=.*[A-Z])(?=.*\\d).{6,}$"}`, `"password"`, "fails"},
		{"a format", `{"format":"ipv4"}`, `"10.0.0.256"`, "fails"},
		{"a format of no text", `{"format":"ipv4"}`, `1`, "fits"},
		{"a required name with an escape", `{"required":["a"]}`, `{"\u0061":1}`, "fits"},
		{"a required name", `{"required":["a"]}`, `{"b":1}`, "fails"},
		{"a name that is not allowed", `{"additionalProperties":false,"properties":{"a":{}}}`, `{"a":1,"b":1}`, "fails"},
		{"a name that matches", `{"additionalProperties":false,"patternProperties":{"^x-":{"type":"string"}}}`, `{"x-a":"1"}`, "fits"},
		{"additional ones", `{"additionalProperties":{"type":"string"}}`, `{"a":"b","c":1}`, "fails"},
		{"a name twice, of which the last fits", `{"properties":{"a":{"type":"string"}}}`, `{"a":1,"a":"b"}`, "unsure"},
		{"a name twice, of which the last does not", `{"properties":{"a":{"type":"string"}}}`, `{"a":"b","a":1}`, "unsure"},
		{"an additional one twice, of which the last fits", `{"additionalProperties":{"type":"string"}}`, `{"c":1,"c":"d"}`, "unsure"},
		{"names counted with one twice", `{"minProperties":2}`, `{"a":1,"a":2}`, "unsure"},
		{"names counted", `{"maxProperties":2}`, `{"a":1,"b":2,"c":3}`, "fails"},
		{"a tuple", `{"items":[{"type":"string"},{"type":"integer"}],"additionalItems":false}`, `["a",1,2]`, "fails"},
		{"the rest of a tuple", `{"items":[{"type":"string"}],"additionalItems":{"type":"integer"}}`, `["a",1,2]`, "fits"},
		{"items twice", `{"uniqueItems":true}`, `["a","b","a"]`, "fails"},
		{"items that differ", `{"uniqueItems":true}`, `["a","A",1,true,null]`, "fits"},
		{"items that may be the same", `{"uniqueItems":true}`, `[1,1.0]`, "unsure"},
		{"too few items", `{"minItems":2}`, `[1]`, "fails"},
		{"an enum of objects", `{"enum":[{"a":1}]}`, `{"a":1.0}`, "unsure"},
		{"all of", `{"allOf":[{"minimum":1},{"maximum":3}]}`, `2`, "fits"},
		{"any of", `{"anyOf":[{"type":"string"},{"maximum":3}]}`, `4`, "fails"},
		{"one of", `{"oneOf":[{"minimum":1},{"maximum":3}]}`, `2`, "fails"},
		{"not", `{"not":{"required":["a"]}}`, `{"b":1}`, "fits"},
		{"another model", `{"$ref":"` + foreign + `"}`, `{"n":1,"next":{"n":2,"next":{"n":"x"}}}`, "fails"},
		{"a definition", `{"items":{"$ref":"#/definitions/d"},"definitions":{"d":{"type":"integer"}}}`, `[1,2]`, "fits"},
		{"a circle without a value between", `{"allOf":[{"$ref":"#"}]}`, `1`, "unsure"},
		{"no JSON", `{}`, `{"a":}`, "unsure"},
		{"a comma too many", `{}`, `[1,]`, "unsure"},
		{"a number that is none", `{}`, `01`, "unsure"},
		{"an escape that is none", `{}`, `"\x"`, "unsure"},
		{"a line in a text", `{}`, "\"a\nb\"", "unsure"},
		{"two values", `{}`, `{} {}`, "unsure"},
		{"nothing but blanks", `{}`, "  ", "unsure"},
		{"deep nesting", `{}`, deep, "unsure"},
		{"a number without end", `{"maximum":1}`, `1e10000000`, "unsure"},
		{"one that nobody asks for", `{}`, `[1e-10000000]`, "unsure"},
	} {
		t.Run(r.name, func(t *testing.T) {
			m := compiled(t, r.schema)
			if !m.quick {
				t.Fatalf("%s has no quick check", r.schema)
			}
			ok, sure := agree(t, m, r.schema, r.body)
			got := map[bool]string{true: "fits", false: "fails"}[ok]
			if !sure {
				got = "unsure"
			}
			if got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}

func TestNumbersWithoutEndAreNotParsed(t *testing.T) {
	long := strings.Repeat("9", 2000)
	for _, body := range []string{`{"n":1e1000001}`, `{"n":[1E-99999]}`, `{"n":` + long + `}`} {
		err := compiled(t, `{"properties":{"n":{"maximum":1}}}`).hold([]byte(body))
		if err == nil || !strings.Contains(err.(*BodyError).ValidationError(), unparsed) {
			t.Errorf("%.20s: got %v, want %s", body, err, unparsed)
		}
	}
	for _, body := range []string{`{"n":0e0000001}`, `{"e1000001":"1e1000001 \" 1e1000001"}`} {
		if err := compiled(t, `{}`).hold([]byte(body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestRareKeywordsAreLeftToTheLibrary(t *testing.T) {
	m := compiled(t, `{"dependencies":{"a":["b"]}}`)
	if m.quick {
		t.Error("dependencies have a quick check")
	}
	if m.hold([]byte(`{"a":1}`)) == nil || m.hold([]byte(`{"b":1}`)) != nil {
		t.Error("dependencies are not checked")
	}
}

// maker makes schemas and bodies of a fuzzer's bytes.
type maker struct {
	data  []byte
	depth int
}

func (m *maker) next(below int) int {
	if len(m.data) == 0 {
		return 0
	}
	b := m.data[0]
	m.data = m.data[1:]
	return int(b) % below
}

func (m *maker) text() string {
	return []string{
		"", "a", "b", "ab", "x-a", "é", "😀", `\u0061`, `\ud83d`, `\ud83d\ude00`, `\n`, "\xff", "aab",
	}[m.next(13)]
}

func (m *maker) number() string {
	return []string{
		"0", "1", "2", "-0", "1.0", "10e-1", "0.5", "1.5", "3", "-1", "1e2", "1e19", "1e400",
		"0.1234567890123456789", "100000000000000000000", "0e9", "1E0",
	}[m.next(17)]
}

func (m *maker) value() string {
	if m.depth++; m.depth > 6 {
		return "0"
	}
	defer func() { m.depth-- }()
	switch m.next(9) {
	case 0, 1:
		return m.number()
	case 2, 3:
		return `"` + m.text() + `"`
	case 4:
		return []string{"true", "false", "null", " null ", "nul", "[1,]", ""}[m.next(7)]
	case 5:
		var items []string
		for range m.next(4) {
			items = append(items, m.value())
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	var members []string
	for range m.next(5) {
		members = append(members, `"`+m.text()+`":`+m.value())
	}
	return "{" + strings.Join(members, ",") + "}"
}

// schema makes a schema of a few keywords.
func (m *maker) schema() string {
	if m.depth++; m.depth > 5 {
		return "{}"
	}
	defer func() { m.depth-- }()
	if m.next(12) == 11 {
		return `{"$ref":"#"}`
	}
	keywords := map[string]string{}
	for range m.next(5) {
		name, value := m.keyword()
		keywords[name] = value
	}
	var members []string
	for name, value := range keywords {
		members = append(members, strconv.Quote(name)+":"+value)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (m *maker) keyword() (name, value string) {
	few := func() string { return strconv.Itoa(m.next(4)) }
	pair := func() string { return "[" + m.schema() + "," + m.schema() + "]" }
	object := func() string {
		return fmt.Sprintf(`{"a":%s,"x-a":%s,"é":%s}`, m.schema(), m.schema(), m.schema())
	}
	switch choice := m.next(20); choice {
	case 0, 1:
		return "type", []string{
			`"object"`, `"array"`, `"string"`, `"number"`, `"integer"`, `"boolean"`, `["null","integer"]`,
		}[m.next(7)]
	case 2:
		return "properties", object()
	case 3:
		return "required", `["a","é"]`
	case 4:
		return "additionalProperties", []string{"false", "true", m.schema()}[m.next(3)]
	case 5:
		return "patternProperties", `{"^x-":` + m.schema() + `,"a":` + m.schema() + `}`
	case 6:
		return "items", []string{m.schema(), pair()}[m.next(2)]
	case 7:
		return "additionalItems", []string{"false", m.schema()}[m.next(2)]
	case 8:
		return "enum", `[1,"a",null,true,"\u00e9",1.50]`
	case 9, 10:
		return []string{"minimum", "maximum"}[choice-9], m.number()
	case 11, 12:
		return []string{"minLength", "maxLength"}[choice-11], few()
	case 13:
		return "pattern", `"^a+b?$"`
	case 14:
		return []string{"minItems", "maxItems", "minProperties", "maxProperties"}[m.next(4)], few()
	case 15:
		return "uniqueItems", "true"
	case 16:
		return "not", m.schema()
	case 17:
		return "multipleOf", []string{"1", "0.5", "0.01"}[m.next(3)]
	}
	return []string{"allOf", "anyOf", "oneOf"}[m.next(3)], pair()
}

func FuzzQuickCheck(f *testing.F) {
	f.Add([]byte("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"), []byte("\x06\x04\x03\x02\x01"), "")
	f.Add([]byte{4, 2, 1, 0, 0, 9, 9}, []byte{6, 3, 1, 0, 2, 1, 4}, `{"a":1,"a":"b"}`)
	f.Fuzz(func(t *testing.T, schemaData, bodyData []byte, raw string) {
		schema := (&maker{data: schemaData}).schema()
		m, err := New("a1", map[string]api.Model{
			"Tried": {Name: "Tried", Schema: json.RawMessage(schema)},
		}).compile("Tried")
		if err != nil || !m.quick {
			return
		}
		maker := &maker{data: bodyData}
		for _, body := range []string{raw, maker.value(), maker.value(), `{"a":` + maker.value() + `}`} {
			agree(t, m, schema, body)
		}
	})
}
