package provision

import (
	"regexp"
	"strings"
)

// pathPart is a whole segment: text, {name} or {name+}.
var pathPart = regexp.MustCompile(`^([a-zA-Z0-9._:,$-]+|\{[a-zA-Z0-9._:,$-]+\+?\})$`)

// siblings are the path parts below each resource of an API.
type siblings map[string][]string // by API and parent

// add checks a path part against those that stand beside it, and says whether it may stand there.
func (s siblings) add(p properties, owner, parent string) bool {
	part := p.text("PathPart")
	if !pathPart.MatchString(part) {
		p.fail("PathPart", "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path "+
			"variable and curly braces at the beginning and the end.")
		return false
	}
	key := owner + " " + parent
	for _, other := range s[key] {
		if other == part {
			p.fail("PathPart", "Another resource with the same parent already has this name: %s", part)
			return false
		}
		if isVariable(other) && isVariable(part) {
			p.fail("PathPart", "A sibling (%s) of this resource already has a variable path part -- "+
				"only one is allowed", other)
			return false
		}
	}
	s[key] = append(s[key], part)
	return true
}

func isVariable(part string) bool { return strings.HasPrefix(part, "{") }

// isBelowGreedy says whether a path has a segment below {name+}, which takes all that follows.
func isBelowGreedy(path string) (greedy string, below bool) {
	end := strings.Index(path, "+}/")
	if end < 0 {
		return "", false
	}
	start := strings.LastIndex(path[:end], "/")
	return path[start+1 : end+2], true
}
