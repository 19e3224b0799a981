package vtl

import (
	"errors"
	"strings"
	"sync"
	"testing"
)

// What API Gateway does otherwise than a bare Velocity, and the rows of spec that name values.
func TestRenderAsAPIGatewayDoes(t *testing.T) {
	for _, r := range []struct{ name, template, want string }{
		{"a reference without value prints nothing", "<$x.y><${x}><$!x>", "<><><>"},
		{"null equals the empty string", `#if($x == "")a#end#if("" == $x)b#end`, "ab"},
		{"null differs from a text", `#if($x != "t")a#end`, "a"},
		{"null adds nothing to a text", `#set($a = "x" + $b)$a`, "x"},
		{"#set takes null", `#set($a = 1)#set($a = $b)<$a>`, "<>"},
		{"a hyphen belongs to a name", `#set($a-b = 1)$a-b`, "1"},
		{"# set with blanks at a line's beginning", "# set($a = 1)$a", "1"},
		{"a $ before no name is text", "$5.00 $ x", "$5.00 $ x"},
		{"unparsed text", "#[[$x #if]]#", "$x #if"},
		{"a #define is rendered where it is referred to", `#define($b)$n#end#set($n = 1)$b`, "1"},
		{"#foreach ends after 1000 rounds", `#foreach($i in [1..1001])#set($n = $i)#end$n`, "1000"},
		{"a list of a template prints with blanks", `#set($l = ["a","b"])$l`, "[a, b]"},
		{"a map of a template prints with =", `#set($m = {"a":1})$m`, "{a=1}"},
		{"large doubles print as in Java", `#set($d = 10000000000.0)$d`, "1.0E10"},
		{"an Integer overflows to a Long", `#set($i = 2147483647 + 1)$i`, "2147483648"},
		{"getClass is hidden", `<#set($s = "a")$s.class$s.getClass()>`, "<>"},
		{"#@macro has a body", `#macro(m)[$!bodyContent]#end#@m()x#end`, "[x]"},
		{"#stop keeps what was rendered", "a#stop b", "a"},
		{"split and index", `#set($s = "a/b")#set($p = $s.split("/"))$p[1] $p.size()`, "b 2"},
		{"String.format", `#set($s = "")$s.format("%05.1f|%+d", 3.14159, 5)`, "003.1|+5"},
		{"replaceAll with a group", `#set($s = "a1b2")$s.replaceAll("([a-z])(\d)", "$2$1")`, "1a2b"},
		{"characters beyond 16 bits count twice", `#set($s = "😀a")$s.length() $s.indexOf("a")`, "3 2"},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := render(t, r.template, values{})
			if err != nil {
				t.Fatal(err)
			}
			if got != r.want {
				t.Errorf("%s: got %q, want %q", r.template, got, r.want)
			}
		})
	}
}

func TestErrorsNameLineAndColumn(t *testing.T) {
	for _, r := range []struct {
		name, template string
		line, column   int
		message        string
	}{
		{"#if without #end", "a\n  #if($x)b", 2, 3, "#if without #end"},
		{"#end without a beginning", "a\n#end", 2, 5, "#end without"},
		{"an expression that breaks off", "é #set($a = )", 1, 13, `")" stands where a value`},
		{"#parse", "#parse('x')", 1, 1, "#parse is not available"},
		{"inside a string", "\n#set($a = \"x $b.c(\")", 2, 20, "a value is expected"},
		{"a call that Java refuses", "\n $s.substring(9)", 2, 5, "begin 9, end 5"},
		{"an index out of bounds", "#set($l = [])$l[0]", 1, 16, "out of bounds"},
		{"macros without end", "#macro(m)#m()#end#m()", 1, 10, "more than 20 deep"},
		{"an expression that is none of Java's", `$s.replaceAll("(?=a", "")`, 1, 4, "Unclosed group"},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := render(t, r.template, values{"s": "Hello"})
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if e.Line != r.line || e.Column != r.column || !strings.Contains(e.Message, r.message) {
				t.Errorf("got %v, want line %d, column %d: %s", e, r.line, r.column, r.message)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	for _, r := range []struct{ name, template string }{
		{"a template above 300 KB", strings.Repeat("x", MaxTemplate+1)},
		{"a text that doubles", `#set($s = "xx")#foreach($i in [1..99])#set($s = $s + $s)#end`},
		{"a list that doubles", `#set($l = [1])#foreach($i in [1..99])#set($d = $l.addAll($l))#end`},
		{"loops in loops", strings.Repeat("#foreach($i in [1..999])", 5) + strings.Repeat("#end", 5)},
		{
			"a loop over a long text", `#set($s = "x")#foreach($i in [1..22])#set($s = $s + $s)#end` +
				strings.Repeat("#foreach($i in [1..999])", 3) + "$s.contains('y')#end#end#end",
		},
		{"a range of millions", "#foreach($i in [1..9999999])#end"},
		{"strings in strings", `#set($x = "` + strings.Repeat("x", 9) + `")` +
			strings.Repeat("#if($x)", maxNesting+1) + strings.Repeat("#end", maxNesting+1)},
		{"brackets in brackets", "#set($x = " + strings.Repeat("(", 5000) + "1"},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got, err := render(t, r.template, values{}); err == nil {
				t.Errorf("got %d bytes, want an error", len(got))
			}
		})
	}
}

func TestAListInItselfPrints(t *testing.T) {
	got, err := render(t, `#set($l = [1])#set($d = $l.add($l))$l.size() $l`, values{})
	if err != nil || !strings.HasPrefix(got, "2 [1, [1,") {
		t.Errorf("got %.40q and %v", got, err)
	}
}

func TestATemplateIsRenderedByManyAtOnce(t *testing.T) {
	template, err := Compile("t", `#foreach($i in [1..50])$s.replaceAll("[lo]+", "$i")#end`)
	if err != nil {
		t.Fatal(err)
	}
	want, err := template.Render(values{"s": "Hello"})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if got, err := template.Render(values{"s": "Hello"}); err != nil || got != want {
					t.Errorf("got %q and %v, want %q", got, err, want)
				}
			}
		})
	}
	group.Wait()
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		"$a.b(1, 'x', \"$c\")[0]", "#if($a == 1 && !$b)x#elseif(true)y#{else}z#end",
		"#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end", "#set($m = {\"a\": [1, 2]})$m.a",
		"#macro(m $p)$p$!bodyContent#end#@m('x')y#end", "#define($d)$d#end$d", "\\$a \\\\#if",
		"#[[x]]# #* y *# ## z", "$s.replaceAll('(a', '$1')", "$s.format('%5d', 1)", "$!{a}$$#$a",
		"#set($l = [1])$l.add($l)$l", "$s.split(',')[0].length()", "#set($x = 1.5e3 / 0)$x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		template, err := Compile("fuzz", text)
		if err != nil {
			return
		}
		list := &List{Kind: JSONArray, Items: []any{int32(1), "a", nil, 1.5}}
		m := NewMap(2)
		m.Put("a", list)
		m.Put("b", "text")
		_, _ = template.Render(values{"a": m, "s": "a,b", "l": list, "n": int32(5)})
	})
}
