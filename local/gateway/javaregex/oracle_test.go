package javaregex_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portico/local/gateway/javaregex"
)

var update = flag.Bool("update", false, "write the corpus anew from Java's regular expressions")

const corpusFile = "testdata/java.jsonl"

// example is one line of the corpus: what Java makes of an expression, a text and a replacement.
type example struct {
	Expression  string   `json:"expression"`
	Text        string   `json:"text"`
	Replacement string   `json:"replacement"`
	Limit       int      `json:"limit,omitempty"`
	Syntax      string   `json:"syntax,omitempty"` // what is wrong with the expression
	Matches     bool     `json:"matches,omitempty"`
	Find        bool     `json:"find,omitempty"`
	All         string   `json:"all,omitempty"`
	First       string   `json:"first,omitempty"`
	Failure     string   `json:"failure,omitempty"` // what is wrong with the replacement
	Split       []string `json:"split,omitempty"`
}

// deviations are the examples that we answer otherwise, on purpose.
var deviations = map[string]string{
	`\`:    "later versions of Java say what is wrong, this one does not",
	`a\`:   "as above",
	`\p`:   "Java prints the end of the text as a character",
	`\N{x`: "names of characters are refused, also well-formed ones",
}

func readCorpus(t testing.TB) []example {
	t.Helper()
	data, err := os.ReadFile(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	var examples []example
	for line := range strings.Lines(string(data)) {
		var e example
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		examples = append(examples, e)
	}
	return examples
}

func TestCorpusOfJava(t *testing.T) {
	examples := readCorpus(t)
	if len(examples) < 150 {
		t.Errorf("the corpus has %d examples, want at least 150", len(examples))
	}
	for _, want := range examples {
		if _, deviates := deviations[want.Expression]; deviates {
			continue
		}
		got := run(t, want)
		// Java's errors begin with a capital, and Go's do not.
		got.Failure = strings.ToLower(got.Failure)
		want.Failure = strings.ToLower(want.Failure)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q on %q (-Java +ours):\n%s", want.Expression, want.Text, diff)
		}
	}
}

// run answers an example.
func run(t *testing.T, e example) example {
	t.Helper()
	got := example{
		Expression: e.Expression, Text: e.Text, Replacement: e.Replacement, Limit: e.Limit,
	}
	re, err := javaregex.Compile(e.Expression)
	if err != nil {
		syntax, ok := err.(*javaregex.SyntaxError)
		if !ok {
			t.Fatalf("%q: got %v, want a SyntaxError", e.Expression, err)
		}
		got.Syntax = syntax.Description
		return got
	}
	check := func(err error) {
		if err != nil {
			t.Errorf("%q on %q: %v", e.Expression, e.Text, err)
		}
	}
	got.Matches, err = re.MatchFull(e.Text)
	check(err)
	got.Find, err = re.Find(e.Text)
	check(err)
	got.Split, err = re.Split(e.Text, e.Limit)
	check(err)
	if got.All, err = re.ReplaceAll(e.Text, e.Replacement); err != nil {
		_, got.Failure, _ = strings.Cut(err.Error(), ": ")
		return got
	}
	got.First, err = re.ReplaceFirst(e.Text, e.Replacement)
	check(err)
	return got
}

func TestJavaAgreesWithTheCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("starting Java takes a second")
	}
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("java is not installed: apt-get install default-jdk-headless")
	}
	examples := readCorpus(t)
	var input bytes.Buffer
	for _, e := range examples {
		fmt.Fprintf(&input, "%s\t%s\t%s\t%d\n",
			coded(e.Expression), coded(e.Text), coded(e.Replacement), e.Limit)
	}
	java := exec.Command("java", "testdata/RegexOracle.java")
	java.Stdin, java.Stderr = &input, os.Stderr
	output, err := java.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(output), "\n"), "\n")
	if len(lines) != len(examples) {
		t.Fatalf("got %d answers of Java, want %d", len(lines), len(examples))
	}
	for i, line := range lines {
		e := example{
			Expression: examples[i].Expression, Text: examples[i].Text,
			Replacement: examples[i].Replacement, Limit: examples[i].Limit,
		}
		e.fill(t, strings.Split(line, "\t"))
		if diff := cmp.Diff(examples[i], e); diff != "" && !*update {
			t.Errorf("the corpus differs from Java (-corpus +Java), run with -update:\n%s", diff)
		}
		examples[i] = e
	}
	if *update {
		writeCorpus(t, examples)
	}
}

// fill takes in Java's answer.
func (e *example) fill(t *testing.T, fields []string) {
	t.Helper()
	values := make([]string, len(fields))
	for i, field := range fields {
		value, err := base64.StdEncoding.DecodeString(field[1:])
		if err != nil {
			t.Fatal(err)
		}
		values[i] = string(value)
	}
	if fields[0][0] == '!' {
		e.Syntax = values[0]
		return
	}
	e.Matches, _ = strconv.ParseBool(values[0])
	e.Find, _ = strconv.ParseBool(values[1])
	e.Split = slices.Clip(values[4:])
	if len(e.Split) == 0 {
		e.Split = nil
	}
	if fields[2][0] == '!' {
		e.Failure = values[2]
		return
	}
	e.All, e.First = values[2], values[3]
}

func writeCorpus(t *testing.T, examples []example) {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for _, e := range examples {
		if err := encoder.Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(corpusFile, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func coded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
