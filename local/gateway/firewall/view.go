package firewall

import (
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// view is a part of requests after some text transformations. Statements with the same part and
// transformations share one, and a longer chain of transformations starts from a shorter one.
type view struct {
	read      func(*inspection, *seen) // of a view without parent
	parent    int                      // -1 for none
	transform func(string) string
	scanner   scanner // for what regular expressions look for in it
}

// seen is what a view shows of one request.
type seen struct {
	done   bool
	values []string // none: the request has no such part, and no statement matches it
	forced forced
	// found are the needles of the view's scanner in the values; those beyond their number are of
	// another request.
	scanned bool
	found   []findings
}

// forced is the outcome of every statement on the part, where oversize handling or a fallback
// behaviour decides.
type forced int8

const (
	free forced = iota
	forcedMatch
	forcedNoMatch
)

// force is the outcome by AWS's words; others leave the statement free.
func force(word string) forced {
	switch word {
	case "MATCH":
		return forcedMatch
	case "NO_MATCH":
		return forcedNoMatch
	}
	return free
}

func (s *seen) add(value string) { s.values = append(s.values, value) }

// see returns what a view shows.
func (in *inspection) see(index int) *seen {
	s := &in.seen[index]
	if s.done {
		return s
	}
	s.done = true
	v := &in.acl.views[index]
	if v.parent < 0 {
		v.read(in, s)
		return s
	}
	before := in.see(v.parent)
	s.forced = before.forced
	for _, value := range before.values {
		s.add(v.transform(value))
	}
	return s
}

// maxTransformations is how many AWS allows a statement.
const maxTransformations = 10

// view returns the index of a view, and makes it if need be.
func (c *compiler) view(field api.FieldToMatch, chain []string) (int, error) {
	if len(chain) > maxTransformations && !c.context.managed {
		return 0, fmt.Errorf("%d text transformations, allowed are %d", len(chain), maxTransformations)
	}
	if len(chain) > 0 && chain[len(chain)-1] == "NONE" {
		return c.view(field, chain[:len(chain)-1])
	}
	if !slices.Contains(c.parts, field.Kind) {
		c.parts = append(c.parts, field.Kind)
	}
	key := fmt.Sprintf("%+v %s", field, strings.Join(chain, " "))
	if index, ok := c.viewOf[key]; ok {
		return index, nil
	}
	made := view{parent: -1}
	var err error
	if len(chain) == 0 {
		made.read, err = c.reader(field)
	} else {
		if made.parent, err = c.view(field, chain[:len(chain)-1]); err == nil {
			made.transform, err = transformation(chain[len(chain)-1])
		}
	}
	if err != nil {
		return 0, err
	}
	c.views = append(c.views, made)
	c.viewOf[key] = len(c.views) - 1
	return len(c.views) - 1, nil
}
