package coverage

import (
	"fmt"
	"slices"
	"strings"
)

// item stands for every item of a list in a path.
const item = "[]"

// branch is the tree of rules, one level per step of a path.
type branch struct {
	steps map[string]*branch // by written name, "*" or "[]"
	rules []Rule             // of the path that ends here
	deep  []Rule             // of the path that ends here with "**"
}

// Validate reports the rules of t that could never be meant: a malformed path, an unknown status,
// two rules without values for one path.
func Validate(t Table) error {
	var faults []string
	for resourceType, rules := range t {
		open := make(map[string]bool)
		for _, r := range rules {
			if fault := r.fault(open); fault != "" {
				faults = append(faults, fmt.Sprintf("%s: %q: %s", resourceType, r.Path, fault))
			}
		}
	}
	if len(faults) == 0 {
		return nil
	}
	slices.Sort(faults)
	return fmt.Errorf("coverage table: %s", strings.Join(faults, "; "))
}

func (r Rule) fault(open map[string]bool) string {
	steps := splitPath(r.Path)
	for i, step := range steps {
		if step == "" || step == "**" && i != len(steps)-1 {
			return "wants names, [] and * between dots, and ** only at the end"
		}
	}
	if !slices.Contains([]Status{Honoured, Irrelevant, NotHonoured}, r.Status) {
		return fmt.Sprintf("unknown status %q", r.Status)
	}
	if r.Status != Honoured && r.Why == "" {
		return "wants a reason (Why)"
	}
	if len(r.Values) == 0 && open[r.Path] {
		return "is declared twice"
	}
	open[r.Path] = open[r.Path] || len(r.Values) == 0
	return ""
}

// splitPath splits "A[].B.*" into A, [], B and *.
func splitPath(path string) []string {
	var steps []string
	for _, part := range strings.Split(path, ".") {
		lists := 0
		for strings.HasSuffix(part, item) {
			part = strings.TrimSuffix(part, item)
			lists++
		}
		steps = append(steps, part)
		for range lists {
			steps = append(steps, item)
		}
	}
	return steps
}

// compile builds the tree of rules.
func compile(rules []Rule) *branch {
	root := &branch{}
	for _, r := range rules {
		at := root
		steps := splitPath(r.Path)
		for _, step := range steps {
			if step == "**" {
				break
			}
			at = at.grow(step)
		}
		if steps[len(steps)-1] == "**" {
			at.deep = append(at.deep, r)
		} else {
			at.rules = append(at.rules, r)
		}
	}
	return root
}

func (b *branch) grow(step string) *branch {
	if b.steps == nil {
		b.steps = make(map[string]*branch)
	}
	if b.steps[step] == nil {
		b.steps[step] = &branch{}
	}
	return b.steps[step]
}

// reach is where a walk stands in the tree of rules: the branches that match the path so far, the
// most exact first, and the "**" rules on the way, the nearest first.
type reach struct {
	at   []*branch
	deep [][]Rule
}

func (b *branch) below(name string) reach {
	return reach{at: []*branch{b}, deep: deepOf([]*branch{b}, nil)}.key(name)
}

// key goes down to the value of one key of a map.
func (r reach) key(name string) reach { return r.step(name, "*") }

// index goes down to one item of a list.
func (r reach) index() reach { return r.step(item) }

func (r reach) step(names ...string) reach {
	var next []*branch
	for _, name := range names {
		for _, b := range r.at {
			if down := b.steps[name]; down != nil && !slices.Contains(next, down) {
				next = append(next, down)
			}
		}
	}
	return reach{at: next, deep: deepOf(next, r.deep)}
}

func deepOf(at []*branch, above [][]Rule) [][]Rule {
	var deep [][]Rule
	for _, b := range at {
		if len(b.deep) > 0 {
			deep = append(deep, b.deep)
		}
	}
	return append(deep, above...)
}

// exact returns the rules of this very path.
func (r reach) exact() []Rule {
	for _, b := range r.at {
		if len(b.rules) > 0 {
			return b.rules
		}
	}
	return nil
}

// covering returns the nearest "**" rules.
func (r reach) covering() []Rule {
	if len(r.deep) == 0 {
		return nil
	}
	return r.deep[0]
}

// ends reports that no rule names anything below this path.
func (r reach) ends() bool {
	for _, b := range r.at {
		if len(b.steps) > 0 {
			return false
		}
	}
	return true
}

// freeKeys reports that any key may stand in the map at this path.
func (r reach) freeKeys() bool {
	return slices.ContainsFunc(r.at, func(b *branch) bool { return b.steps["*"] != nil })
}
