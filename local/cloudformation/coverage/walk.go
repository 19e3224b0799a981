package coverage

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// walk visits the properties of one resource and collects what it finds.
type walk struct {
	about Finding // what all findings of the resource share
	found []Finding
}

// visit finds the status of value, which stands at path.
func (w *walk) visit(r reach, path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 || w.covered(r, value) {
			w.whole(r, path, value)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			w.visit(r.key(key), joinKey(path, key), v[key])
		}
	case []any:
		if len(v) == 0 || w.covered(r, value) {
			w.whole(r, path, value)
			return
		}
		for i, each := range v {
			w.visit(r.index(), path+"["+strconv.Itoa(i)+"]", each)
		}
	default:
		w.decide(r, path, textOf(value))
	}
}

// covered reports that one "**" rule speaks for the whole of a map or list, whatever is in it.
func (w *walk) covered(r reach, value any) bool {
	rules := r.covering()
	return len(rules) > 0 && r.ends() && len(r.exact()) == 0 && len(rules[0].Values) == 0
}

// whole finds the status of a map or list that is empty or covered as one.
func (w *walk) whole(r reach, path string, value any) {
	text := textOf(value)
	if len(r.exact()) > 0 || len(r.covering()) > 0 {
		w.decide(r, path, text)
		return
	}
	if text == "[]" && !r.ends() || text == "{}" && r.freeKeys() {
		w.add(path, text, Rule{Status: Irrelevant, Why: "empty"})
		return
	}
	w.add(path, text, unknown())
}

func (w *walk) decide(r reach, path, text string) {
	rules := r.exact()
	if rules == nil {
		rules = r.covering()
	}
	if rules == nil {
		w.add(path, text, unknown())
		return
	}
	for _, rule := range rules {
		if len(rule.Values) == 0 || slices.Contains(rule.Values, text) {
			w.add(path, text, rule)
			return
		}
	}
	w.add(path, text, notListed(rules, text))
}

func (w *walk) add(path, text string, rule Rule) {
	f := w.about
	f.Property, f.Value, f.Status, f.Why = path, text, rule.Status, rule.Why
	w.found = append(w.found, f)
}

func unknown() Rule { return Rule{Status: NotHonoured, Why: "unknown property"} }

// notListed is the status of a value that every rule of its path leaves out.
func notListed(rules []Rule, text string) Rule {
	var served []string
	for _, rule := range rules {
		if rule.Status != NotHonoured {
			served = append(served, rule.Values...)
		}
	}
	why := fmt.Sprintf("the value %q is not served; served: %s", text, strings.Join(served, ", "))
	if rules[0].Why != "" {
		why += " (" + rules[0].Why + ")"
	}
	return Rule{Status: NotHonoured, Why: why}
}

// joinKey appends a key of a map to a path; a key with a dot stands in brackets.
func joinKey(path, key string) string {
	if strings.ContainsAny(key, ".[] '") {
		return path + "['" + key + "']"
	}
	return path + "." + key
}

// textOf returns a scalar as its text, and says of a map or list only how much it holds.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case map[string]any:
		return counted(len(v), "{}", "key")
	case []any:
		return counted(len(v), "[]", "item")
	default:
		return fmt.Sprint(v)
	}
}

func counted(n int, empty, noun string) string {
	switch n {
	case 0:
		return empty
	case 1:
		return empty[:1] + "1 " + noun + empty[1:]
	default:
		return fmt.Sprintf("%s%d %ss%s", empty[:1], n, noun, empty[1:])
	}
}
