package jsonpath_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/jsonpath"
)

var update = flag.Bool("update", false, "write the corpus anew from Jayway's json-path under Java")

const corpusFile = "testdata/jayway.jsonl"

// jars are Debian's libjsonpath-java 2.0.0 with what it needs.
var jars = []string{
	"json-path", "json-smart", "accessors-smart", "asm-all", "slf4j-api", "slf4j-nop",
}

// example is one line of the corpus: what Jayway finds.
type example struct {
	Path  string  `json:"path"`
	Want  *string `json:"want,omitempty"`
	Error bool    `json:"error,omitempty"`
	// Newer marks what Jayway does since 2.1: Debian's 2.0.0 has neither functions nor [-1].
	Newer bool `json:"newer,omitempty"`
}

func readCorpus(t *testing.T) (document string, examples []example) {
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

func TestCorpusOfJayway(t *testing.T) {
	text, examples := readCorpus(t)
	if len(examples) < 300 {
		t.Errorf("the corpus has %d paths, want at least 300", len(examples))
	}
	document := parse(t, text)
	for _, e := range examples {
		got, failed := evaluate(t, e.Path, document)
		switch {
		case e.Want == nil && !failed:
			t.Errorf("%s: got %s, want an error", e.Path, got)
		case e.Want != nil && (failed || got != *e.Want):
			t.Errorf("%s: got %s, want %s", e.Path, got, *e.Want)
		}
	}
}

func evaluate(t *testing.T, text string, document any) (result string, failed bool) {
	t.Helper()
	path, err := jsonpath.Compile(text)
	if err != nil {
		return err.Error(), true
	}
	value, found, err := path.Get(model{}, document)
	if err != nil || !found {
		return "nothing", true
	}
	return show(value), false
}

func TestJaywayUnderJavaAgreesWithTheCorpus(t *testing.T) {
	classpath := classpath(t)
	document, examples := readCorpus(t)
	input := bytes.NewBufferString(document + "\n")
	encoder := json.NewEncoder(input)
	encoder.SetEscapeHTML(false)
	for _, e := range examples {
		if err := encoder.Encode(e.Path); err != nil {
			t.Fatal(err)
		}
	}
	java := exec.Command("java", "-cp", classpath, "testdata/JsonPathOracle.java")
	java.Stdin, java.Stderr = input, os.Stderr
	output, err := java.Output()
	if err != nil {
		t.Fatal(err)
	}
	corpus := document + "\n"
	for i, line := range strings.Split(strings.TrimSpace(string(output)), "\n") {
		want := examples[i]
		if !want.Newer {
			want = example{}
			if err := json.Unmarshal([]byte(line), &want); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(examples[i], want); diff != "" && !*update {
			t.Errorf("%s: (-corpus +Jayway), run with -update:\n%s", want.Path, diff)
		}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		corpus += string(text) + "\n"
	}
	if *update {
		if err := os.WriteFile(corpusFile, []byte(corpus), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// classpath skips the test where Java or the jars are missing.
func classpath(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starting Java takes seconds")
	}
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("java is not installed: apt-get install libjsonpath-java default-jdk-headless")
	}
	var paths []string
	for _, jar := range jars {
		path := "/usr/share/java/" + jar + ".jar"
		if _, err := os.Stat(path); err != nil {
			t.Skipf("%s is missing: apt-get install libjsonpath-java", path)
		}
		paths = append(paths, path)
	}
	return strings.Join(paths, ":")
}
