package openapi

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"

	"portico/local/gateway/api"
)

// variables are what AWS fills in while it imports (AWS variables for OpenAPI import).
func variables(of api.Account) *strings.Replacer {
	return strings.NewReplacer(
		"${AWS::AccountId}", of.ID, "${AWS::Partition}", of.Partition, "${AWS::Region}", of.Region)
}

// id makes a stable id of what a thing is and how the document names it.
func (i *importer) id(length int, what, name string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	sum := sha256.Sum256([]byte(i.apiID + "\n" + what + "\n" + name))
	made := make([]byte, length)
	for at := range made {
		made[at] = letters[int(sum[at])%len(letters)]
	}
	return string(made)
}

// resolve follows the $ref of a node within the document; nil when it leads nowhere.
func (i *importer) resolve(n *node) *node {
	const most = 20 // references to references
	for range most {
		ref := n.get("$ref")
		if ref == nil {
			return n
		}
		path, ok := strings.CutPrefix(ref.string(), "#/")
		if !ok {
			i.fail(ref, "$ref can only refer to a part of the same document, not to %q", ref.string())
			return nil
		}
		n = i.root
		for _, part := range strings.Split(path, "/") {
			n = n.child(strings.NewReplacer("~1", "/", "~0", "~").Replace(part))
		}
		if n == nil {
			i.fail(ref, "there is no %s", ref.string())
			return nil
		}
	}
	i.fail(n, "$ref leads round in a circle")
	return nil
}

// child returns the value of a key or of an index.
func (n *node) child(key string) *node {
	if n == nil || n.kind != list {
		return n.get(key)
	}
	if at, err := strconv.Atoi(key); err == nil && at >= 0 && at < len(n.children) {
		return n.children[at]
	}
	return nil
}

// prefix returns what stands before every path, "" or "/a/b".
func (i *importer) prefix(mode string) string {
	base := i.documentBasePath()
	switch mode {
	case "", BasePathIgnore:
		return ""
	case BasePathPrepend:
		return base
	case BasePathSplit:
		_, rest, _ := strings.Cut(strings.TrimPrefix(base, "/"), "/")
		return cleaned(rest)
	}
	i.fail(i.root, "basepath = %q is none of %s, %s, %s",
		mode, BasePathIgnore, BasePathPrepend, BasePathSplit)
	return ""
}

// documentBasePath finds the base path: basePath of OpenAPI 2.0, the first variable basePath of the
// servers of 3.0, or the path of the first server.
func (i *importer) documentBasePath() string {
	if i.swagger {
		return cleaned(i.root.get("basePath").string())
	}
	servers := i.root.get("servers").items()
	for _, server := range servers {
		if variable := server.get("variables").get("basePath"); variable != nil {
			return cleaned(variable.get("default").string())
		}
	}
	if len(servers) == 0 {
		return ""
	}
	url := servers[0].get("url").string()
	for _, variable := range servers[0].get("variables").entries() {
		url = strings.ReplaceAll(url, "{"+variable.key+"}", variable.get("default").string())
	}
	if _, after, absolute := strings.Cut(url, "://"); absolute {
		_, path, _ := strings.Cut(after, "/")
		return cleaned(path)
	}
	return cleaned(url)
}

// cleaned returns a path with a slash before every segment and none at the end; "" for the root.
func cleaned(path string) string {
	var clean strings.Builder
	for _, part := range strings.Split(path, "/") {
		if part != "" {
			clean.WriteString("/" + part)
		}
	}
	return clean.String()
}

// take returns an extension and notes that it was read.
func (i *importer) take(from *node, name string) *node {
	if raw := from.raw(name); raw != nil {
		i.taken[raw] = true
	}
	return from.get(name)
}

// know holds the keys of an extension against those that mean something here. Of the rest, those in
// ignored cannot change an answer, for the reason beside them.
func (i *importer) know(n *node, known []string, ignored map[string]string) {
	for _, entry := range n.entries() {
		if why, ok := ignored[entry.key]; ok {
			i.ignored(entry, why)
			continue
		}
		if !slices.Contains(known, entry.key) {
			i.refused(entry, "API Gateway has no such property here, or it is not served yet")
		}
	}
}

// choice returns one of AWS's words in upper case; documents write them in either. The first of
// allowed is the default.
func (i *importer) choice(n *node, allowed ...string) string {
	if n == nil {
		return allowed[0]
	}
	word := strings.ToUpper(n.string())
	if !slices.Contains(allowed, word) {
		i.fail(n, "%s = %s, want one of %s", n.key, n.shortened(), strings.Join(allowed, ", "))
		return allowed[0]
	}
	return word
}

// whole returns a whole number within bounds, which a document may write as a string.
func (i *importer) whole(n *node, byDefault, least, most int) int {
	if n == nil {
		return byDefault
	}
	value, err := strconv.Atoi(n.string())
	if err != nil || value < least || value > most {
		i.fail(n, "%s = %s, want a whole number from %d to %d", n.key, n.shortened(), least, most)
		return byDefault
	}
	return value
}

// truth returns a truth value, which a document may write as a string.
func (i *importer) truth(n *node) bool {
	if n == nil {
		return false
	}
	switch strings.ToLower(n.string()) {
	case "true":
		return true
	case "false":
		return false
	}
	i.fail(n, "%s = %s, want true or false", n.key, n.shortened())
	return false
}

// texts returns a list of strings.
func (i *importer) texts(n *node) []string {
	if n == nil {
		return nil
	}
	if n.kind != list {
		i.fail(n, "%s = %s, want a list of strings", n.key, n.shortened())
		return nil
	}
	var all []string
	for _, item := range n.children {
		if item.kind == list || item.kind == object || item.kind == null {
			i.fail(item, "%s holds %s, want strings", n.key, item.shortened())
			continue
		}
		all = append(all, item.text)
	}
	return all
}

// isObject notes an extension that should be an object and is none.
func (i *importer) isObject(n *node) bool {
	if n == nil {
		return false
	}
	if n.kind != object {
		i.fail(n, "%s = %s, want an object", n.key, n.shortened())
	}
	return n.kind == object
}
