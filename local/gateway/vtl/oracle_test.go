package vtl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the corpus anew from Velocity 1.7 under Java")

const corpusFile = "testdata/velocity.jsonl"

// jars are Debian's velocity and libjsonpath-java, with what they need.
var jars = []string{
	"velocity", "json-smart", "json-path", "accessors-smart", "asm-all", "commons-lang",
	"commons-collections3", "slf4j-api", "slf4j-nop",
}

// example is one line of the corpus: what Velocity 1.7 makes of a template.
type example struct {
	Template string  `json:"template"`
	Want     *string `json:"want,omitempty"`
	Error    string  `json:"error,omitempty"`
}

// values is a Context of plain values.
type values map[string]any

func (v values) Lookup(name string) any { return v[name] }

// deviations are the templates that we render otherwise, on purpose.
var deviations = map[string]string{
	`#macro(a $p)\$p#end#a($s)`: "Velocity prints the caller's text for an escaped argument",
	`#define($x)$x#end$x`:       "null prints nothing, also of a block inside itself",
	`$\!s`:                      "only with the oracle's event handler does this print nothing",
	`$\\!s`:                     "as above",
	`$\!undefined`:              "as above",
}

func readCorpus(t *testing.T) (variables string, examples []example) {
	t.Helper()
	data, err := os.ReadFile(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	for _, line := range lines[1:] {
		var e example
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		examples = append(examples, e)
	}
	return lines[0], examples
}

func TestCorpusOfVelocity17(t *testing.T) {
	variables, examples := readCorpus(t)
	if len(examples) < 400 {
		t.Errorf("the corpus has %d templates, want at least 400", len(examples))
	}
	for _, e := range examples {
		if _, deviates := deviations[e.Template]; deviates {
			continue
		}
		got, err := render(t, e.Template, parseVariables(t, variables))
		switch {
		case e.Want == nil && err == nil:
			t.Errorf("%q: got %q, want the error %q", e.Template, got, e.Error)
		case e.Want != nil && err != nil:
			t.Errorf("%q: %v, want %q", e.Template, err, *e.Want)
		case e.Want != nil && got != *e.Want:
			t.Errorf("%q: got %q, want %q", e.Template, got, *e.Want)
		}
	}
}

func TestVelocity17UnderJavaAgreesWithTheCorpus(t *testing.T) {
	classpath := classpath(t)
	variables, examples := readCorpus(t)
	input := bytes.NewBufferString(variables + "\n")
	encoder := json.NewEncoder(input)
	encoder.SetEscapeHTML(false)
	for _, e := range examples {
		if err := encoder.Encode(e.Template); err != nil {
			t.Fatal(err)
		}
	}
	java := exec.Command("java", "-cp", classpath, "testdata/VelocityOracle.java")
	java.Stdin, java.Stderr = input, os.Stderr
	output, err := java.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := variables + "\n" + string(output)
	if *update {
		if err := os.WriteFile(corpusFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), want); diff != "" {
		t.Errorf("the corpus differs from Velocity (-corpus +Velocity), run with -update:\n%s", diff)
	}
}

// classpath skips the test where Java or the jars are missing.
func classpath(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starting Java takes seconds")
	}
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("java is not installed: apt-get install velocity libjsonpath-java default-jdk-headless")
	}
	var paths []string
	for _, jar := range jars {
		path := "/usr/share/java/" + jar + ".jar"
		if _, err := os.Stat(path); err != nil {
			t.Skipf("%s is missing: apt-get install velocity libjsonpath-java", path)
		}
		paths = append(paths, path)
	}
	return strings.Join(paths, ":")
}

func render(t *testing.T, template string, ctx Context) (string, error) {
	t.Helper()
	compiled, err := Compile("template", template)
	if err != nil {
		return "", err
	}
	return compiled.Render(ctx)
}

func parseVariables(t *testing.T, text string) values {
	t.Helper()
	decoder := jsontext.NewDecoder(bufio.NewReader(strings.NewReader(text)))
	m, ok := parseValue(t, decoder).(*Map)
	if !ok {
		t.Fatal("the variables are no object")
	}
	v := values{}
	for i := range m.Len() {
		key, value := m.At(i)
		v[key.(string)] = value
	}
	return v
}

func parseValue(t *testing.T, decoder *jsontext.Decoder) any {
	t.Helper()
	token, err := decoder.ReadToken()
	if err != nil {
		t.Fatal(err)
	}
	switch token.Kind() {
	case 'n':
		return nil
	case 't', 'f':
		return token.Bool()
	case '"':
		return token.String()
	case '0':
		return ParseNumber(token.String())
	case '[':
		list := &List{Kind: JSONArray}
		for decoder.PeekKind() != ']' {
			list.Items = append(list.Items, parseValue(t, decoder))
		}
		_, _ = decoder.ReadToken()
		return list
	}
	m := NewMap(0)
	for decoder.PeekKind() != '}' {
		key, _ := decoder.ReadToken()
		name := key.String()
		m.Put(name, parseValue(t, decoder))
	}
	_, _ = decoder.ReadToken()
	return m
}
