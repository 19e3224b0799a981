package replay

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// openObject is the member that lets an object have members nobody expected.
const openObject = "..."

// Compare holds got against want and returns a line for every difference, each with its path.
// Numbers are compared by value.
func Compare(want, got json.RawMessage) []string {
	w, err := decode(want)
	if err != nil {
		return []string{"the expected answer is not JSON: " + err.Error()}
	}
	g, err := decode(got)
	if err != nil {
		return []string{fmt.Sprintf("the answer is not JSON: %v: %q", err, got)}
	}
	return compare("$", w, g)
}

func decode(text json.RawMessage) (any, error) {
	if len(text) == 0 {
		return nil, nil
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	err := decoder.Decode(&value)
	return value, err
}

func compare(path string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		return compareObject(path, w, got)
	case []any:
		return compareList(path, w, got)
	case string:
		return compareString(path, w, got)
	case json.Number:
		if g, ok := got.(json.Number); ok && sameNumber(w, g) {
			return nil
		}
	default:
		if want == got {
			return nil
		}
	}
	return differ(path, want, got)
}

func compareObject(path string, want map[string]any, got any) []string {
	g, ok := embedded(got).(map[string]any)
	if !ok {
		return differ(path, want, got)
	}
	var differences []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if name == openObject {
			continue
		}
		value, has := g[name]
		if !has {
			differences = append(differences, path+"."+name+": missing, want "+text(want[name]))
			continue
		}
		differences = append(differences, compare(path+"."+name, want[name], value)...)
	}
	if want[openObject] == true {
		return differences
	}
	for _, name := range slices.Sorted(maps.Keys(g)) {
		if _, expected := want[name]; !expected {
			differences = append(differences, path+"."+name+": not expected, got "+text(g[name]))
		}
	}
	return differences
}

func compareList(path string, want []any, got any) []string {
	g, ok := embedded(got).([]any)
	if !ok {
		return differ(path, want, got)
	}
	if len(want) != len(g) {
		return []string{fmt.Sprintf("%s: %d items, want %d: %s", path, len(g), len(want), text(g))}
	}
	var differences []string
	for i := range want {
		differences = append(differences, compare(fmt.Sprintf("%s[%d]", path, i), want[i], g[i])...)
	}
	return differences
}

// embedded returns the value of a string that holds a JSON object or list, as bodies do.
func embedded(got any) any {
	s, ok := got.(string)
	if !ok {
		return got
	}
	value, err := decode(json.RawMessage(s))
	if err != nil {
		return got
	}
	return value
}

func compareString(path, want string, got any) []string {
	name, isMatcher := strings.CutPrefix(want, "{{")
	name, closed := strings.CutSuffix(name, "}}")
	if !isMatcher || !closed {
		if want == got {
			return nil
		}
		return differ(path, want, got)
	}
	matches, err := matcher(name, got)
	if err != nil {
		return []string{path + ": " + err.Error()}
	}
	if !matches {
		return differ(path, want, got)
	}
	return nil
}

func matcher(name string, got any) (bool, error) {
	s, isString := got.(string)
	switch name {
	case "any":
		return true, nil
	case "uuid":
		_, err := uuid.Parse(s)
		return isString && err == nil, nil
	case "time":
		_, err := time.Parse(time.RFC3339Nano, s)
		return isString && err == nil, nil
	case "number":
		_, isNumber := got.(json.Number)
		_, err := strconv.ParseFloat(s, 64)
		return isNumber || isString && err == nil, nil
	}
	pattern, found := strings.CutPrefix(name, "regex:")
	if !found {
		return false, fmt.Errorf("unknown matcher {{%s}}, want any, uuid, time, number or regex:…", name)
	}
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return false, fmt.Errorf("matcher {{%s}}: %w", name, err)
	}
	return isString && expression.MatchString(s), nil
}

func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, errX := a.Float64()
	y, errY := b.Float64()
	return errX == nil && errY == nil && x == y
}

func differ(path string, want, got any) []string {
	return []string{fmt.Sprintf("%s: got %s, want %s", path, text(got), text(want))}
}

func text(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}
