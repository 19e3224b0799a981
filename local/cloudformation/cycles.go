package cloudformation

import (
	"maps"
	"slices"
	"strings"
)

// checkCycles reports resources that depend on each other in a circle, as CloudFormation does
// before it creates anything.
func (t *template) checkCycles() {
	c := &circles{template: t, index: make(map[string]int), low: make(map[string]int)}
	for _, id := range slices.Sorted(maps.Keys(t.drafts)) {
		if _, seen := c.index[id]; !seen {
			c.visit(id)
		}
	}
	for _, circle := range c.found {
		slices.Sort(circle)
		first := t.drafts[circle[0]]
		t.fail(first.id, "", first.node.At, "Circular dependency between resources: [%s]",
			strings.Join(circle, ", "))
	}
}

// circles finds the strongly connected groups of resources (Tarjan).
type circles struct {
	template   *template
	index, low map[string]int
	path       []string
	found      [][]string
}

func (c *circles) visit(id string) {
	c.index[id] = len(c.index)
	c.low[id] = c.index[id]
	c.path = append(c.path, id)
	needs := c.template.drafts[id].needs
	for _, next := range slices.Sorted(maps.Keys(needs)) {
		if _, seen := c.index[next]; !seen {
			c.visit(next)
			c.low[id] = min(c.low[id], c.low[next])
		} else if slices.Contains(c.path, next) {
			c.low[id] = min(c.low[id], c.index[next])
		}
	}
	if c.low[id] != c.index[id] {
		return
	}
	at := slices.Index(c.path, id)
	group := slices.Clone(c.path[at:])
	c.path = c.path[:at]
	if len(group) > 1 || needs[id] {
		c.found = append(c.found, group)
	}
}
