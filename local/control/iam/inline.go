package iam

import (
	"fmt"
	"slices"
	"strings"

	"portico/local/control/model"
)

// inlineSizes is how many characters the inline policies of an entity may have together, white
// space not counted ("IAM and AWS STS quotas").
func inlineSizes() map[kind]int { return map[kind]int{role: 10_240, user: 2_048, group: 5_120} }

// size counts the characters of a document as quotas do.
func size(document string) int {
	return len(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n", r) {
			return -1
		}
		return r
	}, document))
}

func putInline(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.edit(k)
		if err != nil {
			return nil, err
		}
		name, document := c.in.Text("PolicyName"), c.in.Text("PolicyDocument")
		if err := checkDocument(document); err != nil {
			return nil, err
		}
		if found.Inline == nil {
			found.Inline = map[string]string{}
		}
		found.Inline[name] = document
		total := 0
		for _, one := range found.Inline {
			total += size(one)
		}
		if most := inlineSizes()[k]; total > most {
			return nil, limitExceeded("Maximum policy size of %d bytes exceeded for %s %s", most,
				k.lower(), found.Name)
		}
		return nil, nil
	}
}

func getInline(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.named(k)
		if err != nil {
			return nil, err
		}
		document, err := inlineOf(found)(c)
		if err != nil {
			return nil, err
		}
		return model.Object{
			string(k) + "Name": found.Name, "PolicyName": c.in.Text("PolicyName"),
			"PolicyDocument": encoded(document),
		}, nil
	}
}

// inlineOf finds the inline policy of an entity that a call names.
func inlineOf(e *Entity) func(c *call) (string, error) {
	return func(c *call) (string, error) {
		name := c.in.Text("PolicyName")
		document, ok := e.Inline[name]
		if !ok {
			return "", noSuchEntity("The %s policy with name %s cannot be found.",
				strings.ToLower(e.Kind), name)
		}
		return document, nil
	}
}

func deleteInline(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.edit(k)
		if err != nil {
			return nil, err
		}
		if _, err := inlineOf(found)(c); err != nil {
			return nil, err
		}
		delete(found.Inline, c.in.Text("PolicyName"))
		return nil, nil
	}
}

func listInline(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.named(k)
		if err != nil {
			return nil, err
		}
		return c.pageOfNames("PolicyNames", sortedNames(found.Inline))
	}
}

// maxAttached is how many managed policies an entity may have.
const maxAttached = 10

func attach(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.edit(k)
		if err != nil {
			return nil, err
		}
		arn := c.in.Text("PolicyArn")
		if c.policy(arn) == nil {
			return nil, noSuchEntity("Policy %s does not exist or is not attachable.", arn)
		}
		if slices.Contains(found.Attached, arn) {
			return nil, nil
		}
		if len(found.Attached) >= maxAttached {
			return nil, limitExceeded("Cannot exceed quota for PoliciesPer%s: %d", k, maxAttached)
		}
		found.Attached = append(found.Attached, arn)
		return nil, nil
	}
}

func detach(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.edit(k)
		if err != nil {
			return nil, err
		}
		at := slices.Index(found.Attached, c.in.Text("PolicyArn"))
		if at < 0 {
			return nil, noSuchEntity("Policy %s was not found.", c.in.Text("PolicyArn"))
		}
		found.Attached = slices.Delete(found.Attached, at, at+1)
		return nil, nil
	}
}

func listAttached(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.named(k)
		if err != nil {
			return nil, err
		}
		var all []*Policy
		for _, arn := range found.Attached {
			if p := c.policy(arn); p != nil && strings.HasPrefix(p.Path, c.in.Text("PathPrefix")) {
				all = append(all, p)
			}
		}
		return c.pageOfPolicies("AttachedPolicies", all, func(p *Policy) any {
			return model.Object{"PolicyName": p.Name, "PolicyArn": p.ARN}
		})
	}
}

func (c *call) pageOfPolicies(
	member string, all []*Policy, view func(*Policy) any,
) (model.Object, error) {
	return page(c, member, all, struct {
		name func(*Policy) string
		view func(*Policy) any
	}{func(p *Policy) string { return fmt.Sprintf("%s %s", p.Name, p.ARN) }, view})
}
