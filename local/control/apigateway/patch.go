package apigateway

import (
	"slices"
	"strconv"
	"strings"

	"portico/local/control/model"
)

// patch is one patch operation.
type patch struct {
	op, path, from string
	value          any // a string, or nil when there is none
}

func (c *call) patches() []patch {
	var all []patch
	for _, given := range c.in.Objects("patchOperations") {
		all = append(all, patch{
			op: given.Text("op"), path: pointer(given.Text("path")), from: pointer(given.Text("from")),
			value: given["value"],
		})
	}
	return all
}

// pointer is a path with its first slash, which some of AWS's own examples leave out.
func pointer(path string) string {
	if path == "" || path[0] == '/' {
		return path
	}
	return "/" + path
}

// text returns the value, "" when there is none.
func (p patch) text() string { text, _ := p.value.(string); return text }

// truth reads a value as AWS does: everything that is not true is false.
func (p patch) truth() bool { return strings.EqualFold(p.text(), "true") }

// under returns what follows a prefix of the path, "~1" being a slash and "~0" a tilde; not ok when
// it is empty or has a segment more.
func (p patch) under(prefix string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(p.path, prefix)
	if !ok || rest == "" || strings.Contains(rest, "/") {
		return "", false
	}
	return unescape(rest), true
}

func unescape(segment string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(segment)
}

// only refuses every op but those.
func (p patch) only(ops ...string) error {
	if slices.Contains(ops, p.op) {
		return nil
	}
	return model.BadRequest("Invalid patch operation specified. Must be one of: [%s]",
		strings.Join(ops, ", "))
}

func (p patch) invalidPath() error {
	if p.path == "" {
		return model.BadRequest("Invalid patch path null")
	}
	return model.BadRequest("Invalid patch path %s", p.path)
}

// oneOf refuses every path but those, and every op but replace, in the words of operations that
// know no other.
func (p patch) oneOf(paths ...string) error {
	if p.op != "replace" && slices.Contains(paths, p.path) {
		return model.BadRequest("Invalid patch path  '%s' specified for op '%s'. Please choose "+
			"supported operations", p.path, p.op)
	}
	if !slices.Contains(paths, p.path) {
		return model.BadRequest("Invalid patch path  '%s' specified for op '%s'. Must be one of: [%s]",
			p.path, p.op, strings.Join(paths, ", "))
	}
	return nil
}

// setText makes a member the value, or removes it where there is none.
func setText(o model.Object, name string, p patch) {
	if p.op == "remove" || p.text() == "" {
		delete(o, name)
		return
	}
	o[name] = p.text()
}

// whole reads a value as a whole number.
func (p patch) whole() (int64, bool) {
	number, err := strconv.ParseInt(p.text(), 10, 64)
	return number, err == nil
}

// number reads a value as a number.
func (p patch) number() (float64, bool) {
	number, err := strconv.ParseFloat(p.text(), 64)
	return number, err == nil && number == number // not NaN
}

// inner returns a member that is a map, made when it is not there.
func inner(o model.Object, name string) model.Object {
	if o.Object(name) == nil {
		o[name] = model.Object{}
	}
	return o.Object(name)
}

// dropEmpty removes a map in which nothing is left.
func dropEmpty(o model.Object, names ...string) {
	for _, name := range names {
		if map_, ok := o[name].(model.Object); ok && len(map_) == 0 {
			delete(o, name)
		}
	}
}
