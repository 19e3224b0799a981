package openapi

import (
	"regexp"
	"strings"
)

// operation is one method of one path.
type operation struct {
	at       *node
	item     *node // the path item
	verb     string
	path     string // with the base path
	declared string // as the document writes it
}

// verbs of OpenAPI that API Gateway has, and the extension that stands for all.
var verbs = map[string]string{
	"get": "GET", "put": "PUT", "post": "POST", "delete": "DELETE", "options": "OPTIONS",
	"head": "HEAD", "patch": "PATCH", extension + "any-method": "ANY",
}

// operations lists the operations of all paths in the order of the document. visit is called for
// every path, also for one without operations.
func (i *importer) operations(visit func(item *node, path string) bool) []operation {
	var all []operation
	for _, entry := range i.root.get("paths").entries() {
		if strings.HasPrefix(entry.key, "x-") {
			continue
		}
		path := entry.key
		if !strings.HasPrefix(path, "/") {
			i.warn(entry, "Parse issue: attribute paths. Resource %s should start with /", path)
			if i.rest || path != "$default" {
				continue
			}
			path = "/" + path
		}
		item := i.resolve(entry)
		if item == nil || !visit(entry, path) {
			continue
		}
		all = append(all, i.operationsOf(item, path)...)
	}
	return all
}

func (i *importer) operationsOf(item *node, path string) []operation {
	var all []operation
	for _, entry := range item.entries() {
		verb, ok := verbs[entry.key]
		if entry.key == extension+"any-method" {
			i.take(item, entry.key)
		}
		if entry.key == "trace" {
			i.warn(entry, "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,"+
				"PATCH,OPTIONS,HEAD,ANY")
		}
		if !ok || !i.isObject(entry) {
			continue
		}
		whole := i.basePath + path
		if path == "/" && i.basePath != "" {
			whole = i.basePath
		}
		all = append(all, operation{
			at: entry, item: item, verb: verb, path: whole, declared: path,
		})
	}
	return all
}

// parameters returns the parameters of an operation, over those of its path.
func (i *importer) parameters(o operation) []*node {
	type key struct{ in, name string }
	var order []key
	found := map[key]*node{}
	for _, place := range []*node{o.item, o.at} {
		for _, given := range place.get("parameters").items() {
			parameter := i.resolve(given)
			if parameter == nil {
				continue
			}
			k := key{parameter.get("in").string(), parameter.get("name").string()}
			if found[k] == nil {
				order = append(order, k)
			}
			found[k] = parameter
		}
	}
	all := make([]*node, 0, len(order))
	for _, k := range order {
		all = append(all, found[k])
	}
	return all
}

// pathParameter matches a segment that is a parameter.
var pathParameter = regexp.MustCompile(`^\{([A-Za-z0-9._:-]+)(\+?)\}$`)

// pathParameters returns the names of the parameters in a path.
func pathParameters(path string) []string {
	var names []string
	for _, part := range strings.Split(path, "/") {
		if match := pathParameter.FindStringSubmatch(part); match != nil {
			names = append(names, match[1])
		}
	}
	return names
}
