package smoke

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// differ compares two answers to one case.
type differ struct {
	compare string
	headers []string // besides those that always are
	names   [2]string
	found   []string
}

// add notes a difference, with what either says.
func (d *differ) add(place, first, second string) {
	d.found = append(d.found, fmt.Sprintf("%s: %s %s, %s %s", place, d.names[0], first, d.names[1],
		second))
}

// answers compares two answers.
func (d *differ) answers(first, second *Answer) []string {
	if first.Failure != "" || second.Failure != "" {
		if (first.Failure == "") != (second.Failure == "") {
			d.add("answer", orAnswered(first), orAnswered(second))
		}
		return d.found
	}
	if first.Status != second.Status {
		d.add("status", fmt.Sprint(first.Status), fmt.Sprint(second.Status))
	}
	if d.compare == CompareStatus {
		return d.found
	}
	d.header(first.Header, second.Header)
	d.value("body", maskBody(first.Body), maskBody(second.Body))
	for i := range max(len(first.Messages), len(second.Messages)) {
		d.reply(fmt.Sprintf("message %d", i+1), at(first.Messages, i), at(second.Messages, i))
	}
	return d.found
}

func orAnswered(a *Answer) string {
	if a.Failure != "" {
		return a.Failure
	}
	return fmt.Sprintf("answers %d", a.Status)
}

func at(replies []Reply, i int) Reply {
	if i < len(replies) {
		return replies[i]
	}
	return Reply{Failure: "the connection had ended"}
}

func (d *differ) header(first, second http.Header) {
	also := make([]string, len(d.headers))
	for i, name := range d.headers {
		also[i] = http.CanonicalHeaderKey(name)
	}
	x, y := compared(first, also), compared(second, also)
	names := map[string]bool{}
	for name := range x {
		names[name] = true
	}
	for name := range y {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		one, inFirst := x[name]
		other, inSecond := y[name]
		if inFirst != inSecond || one != other {
			d.add("header "+name, orNone(one, inFirst), orNone(other, inSecond))
		}
	}
}

func orNone(value string, is bool) string {
	if !is {
		return "has none"
	}
	return fmt.Sprintf("%q", value)
}

func (d *differ) reply(place string, first, second Reply) {
	switch {
	case first.Failure != "" || second.Failure != "":
		if first.Failure != second.Failure {
			d.add(place, first.says(), second.says())
		}
	case first.Closed != second.Closed:
		d.add(place, first.says(), second.says())
	default:
		d.value(place, maskBody(first.Text), maskBody(second.Text))
	}
}

func (r Reply) says() string {
	switch {
	case r.Failure != "":
		return r.Failure
	case r.Closed != 0:
		return fmt.Sprintf("closes with %d", r.Closed)
	}
	return fmt.Sprintf("%.120q", mask(r.Text))
}

// value compares two masked values, member by member.
func (d *differ) value(place string, first, second any) {
	if kindOf(first) != kindOf(second) {
		d.add(place, shown(first), shown(second))
		return
	}
	switch x := first.(type) {
	case map[string]any:
		d.object(place, x, second.(map[string]any))
	case []any:
		d.list(place, x, second.([]any))
	default:
		if d.compare != CompareShape && first != second {
			d.add(place, shown(first), shown(second))
		}
	}
}

func (d *differ) object(place string, first, second map[string]any) {
	names := maps.Clone(first)
	maps.Copy(names, second)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		x, inFirst := first[name]
		y, inSecond := second[name]
		inner := place + "." + name
		if inFirst && inSecond {
			d.value(inner, x, y)
			continue
		}
		has := func(is bool, value any) string {
			if is {
				return shown(value)
			}
			return "has none"
		}
		d.add(inner, has(inFirst, x), has(inSecond, y))
	}
}

// list compares lists: by shape, their first items alone; an empty list has no shape.
func (d *differ) list(place string, first, second []any) {
	if d.compare == CompareShape {
		if len(first) > 0 && len(second) > 0 {
			d.value(place+"[0]", first[0], second[0])
		}
		return
	}
	if len(first) != len(second) {
		d.add(place, fmt.Sprintf("%d items", len(first)), fmt.Sprintf("%d items", len(second)))
		return
	}
	for i := range first {
		d.value(fmt.Sprintf("%s[%d]", place, i), first[i], second[i])
	}
}

func kindOf(value any) string {
	switch value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "list"
	case string:
		return "text"
	case float64:
		return "number"
	case bool:
		return "boolean"
	}
	return "null"
}

// shown prints a value, shortened.
func shown(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(encoded))
	if len(text) > 160 {
		text = text[:160] + "…"
	}
	return text
}
