package events

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const expectedSuffix = ".expected.json"

// expected is the format of the files beside the events.
type expected struct {
	Before []string        `json:"before"`
	Safe   string          `json:"safe"`
	Answer json.RawMessage `json:"answer"`
	Error  json.RawMessage `json:"error"`
}

func TestEveryEventHasItsExpectedAnswer(t *testing.T) {
	for _, file := range eventFiles(t) {
		t.Run(file, func(t *testing.T) {
			object(t, file)
			beside := strings.TrimSuffix(file, ".json") + expectedSuffix
			raw, err := os.ReadFile(beside)
			if err != nil {
				t.Fatalf("no expected answer: %v", err)
			}
			decoder := json.NewDecoder(bytes.NewReader(raw))
			decoder.DisallowUnknownFields()
			var e expected
			if err := decoder.Decode(&e); err != nil {
				t.Fatalf("%s: %v", beside, err)
			}
			if (e.Answer == nil) == (e.Error == nil) {
				t.Errorf("%s must have one of answer and error", beside)
			}
			for _, before := range e.Before {
				object(t, filepath.Join(filepath.Dir(file), before))
			}
			checkReferences(t, file, len(e.Before))
			if e.Safe != "" {
				checkSafe(t, file, e)
			}
			checkMatchers(t, string(raw))
		})
	}
}

func TestEveryExpectedAnswerHasItsEvent(t *testing.T) {
	files, err := filepath.Glob("*/*" + expectedSuffix)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, err := os.Stat(strings.TrimSuffix(file, expectedSuffix) + ".json"); err != nil {
			t.Errorf("%s belongs to no event: %v", file, err)
		}
	}
}

func TestEveryKindOfEventIsThere(t *testing.T) {
	seen := map[string]int{}
	for _, file := range eventFiles(t) {
		seen[filepath.Dir(file)+" "+kind(object(t, file))]++
	}
	for _, want := range []string{
		"orders REST", "orders HTTP 1.0", "orders HTTP 2.0",
		"authorizer TOKEN", "authorizer REQUEST", "authorizer HTTP 1.0", "authorizer HTTP 2.0",
		"authorizer CONNECT",
		"realtime CONNECT", "realtime MESSAGE", "realtime DISCONNECT",
		"webhooks SQS", "release-check HOOK",
	} {
		if seen[want] == 0 {
			t.Errorf("there is no event of kind %q", want)
		}
	}
}

// kind names what AWS service and payload format an event is of.
func kind(event map[string]any) string {
	context, _ := event["requestContext"].(map[string]any)
	if version, ok := event["version"].(string); ok {
		return "HTTP " + version
	}
	if kind, ok := context["eventType"].(string); ok {
		return kind
	}
	if kind, ok := event["type"].(string); ok {
		return kind
	}
	if _, ok := event["Records"]; ok {
		return "SQS"
	}
	if len(event) == 0 {
		return "HOOK"
	}
	return "REST"
}

func eventFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(file string) bool {
		return strings.HasSuffix(file, expectedSuffix)
	})
	if len(files) < 24 {
		t.Fatalf("found %d events, want at least 24", len(files))
	}
	return files
}

func object(t *testing.T, file string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var event map[string]any
	if err := json.Unmarshal(raw, &event); err != nil {
		t.Fatalf("%s is no JSON object: %v", file, err)
	}
	return event
}

// checkReferences fails for {{before.N…}} without that many events before.
func checkReferences(t *testing.T, file string, before int) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`\{\{before\.(\d)`).FindAllSubmatch(raw, -1) {
		if n := int(found[1][0] - '0'); n >= before {
			t.Errorf("%s refers to event %d before it, of %d", file, n, before)
		}
	}
}

func checkMatchers(t *testing.T, text string) {
	t.Helper()
	known := regexp.MustCompile(`^(uuid|any|time|number|regex:.+)$`)
	for _, found := range regexp.MustCompile(`"\{\{(.*?)\}\}"`).FindAllStringSubmatch(text, -1) {
		if !known.MatchString(found[1]) {
			t.Errorf("matcher {{%s}} is unknown; allowed: uuid, any, time, number, regex:…", found[1])
		}
	}
}

// checkSafe holds an event that says to be safe against the rules of the package comment.
func checkSafe(t *testing.T, file string, e expected) {
	t.Helper()
	if len(strings.Fields(e.Safe)) < 3 {
		t.Errorf("%s is safe without a reason: %q", file, e.Safe)
	}
	if len(e.Before) > 0 {
		t.Errorf("%s is safe, but has events before it that may not be", file)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, []byte("{{")) || bytes.Contains(e.Answer, []byte("{{")) {
		t.Errorf("%s is safe, but its event or answer differs from place to place", file)
	}
	event := object(t, file)
	switch kind := kind(event); {
	case filepath.Dir(file) == "authorizer":
	case kind == "CONNECT" || kind == "DISCONNECT":
		t.Errorf("%s is safe, but a connection is stored, or forgotten", file)
	case kind == "SQS":
		for _, record := range event["Records"].([]any) {
			checkBody(t, file, record.(map[string]any))
		}
	default:
		checkBody(t, file, event)
	}
}

// checkBody fails when there is anything in the body of an event that could be stored.
func checkBody(t *testing.T, file string, event map[string]any) {
	t.Helper()
	text, _ := event["body"].(string)
	var body map[string]any
	if err := json.Unmarshal([]byte(text), &body); err != nil && text != "" {
		return // cut off
	}
	delete(body, "action") // the route of a message
	if len(body) > 0 {
		t.Errorf("%s is safe, but a version with a mistake could store %v", file, body)
	}
}

func TestEveryFunctionHasSafeEvents(t *testing.T) {
	safe := map[string]int{}
	for _, file := range eventFiles(t) {
		raw, err := os.ReadFile(strings.TrimSuffix(file, ".json") + expectedSuffix)
		if err != nil {
			t.Fatal(err)
		}
		var e expected
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		if e.Safe != "" {
			safe[filepath.Dir(file)]++
		}
	}
	for _, function := range []string{"orders", "authorizer", "realtime", "webhooks"} {
		if safe[function] < 2 {
			t.Errorf("%d events of %s are safe: a new version of it is hardly checked",
				safe[function], function)
		}
	}
}
