package iam

import (
	"cmp"
	"slices"
	"strings"

	"portico/local/control/model"
)

// maxTags is how many tags anything may have.
const maxTags = 50

// givenTags returns tags with those that a call gives put over them. Their keys are not told apart
// by case.
func (c *call) givenTags(before []Tag) ([]Tag, error) {
	after := slices.Clone(before)
	seen := map[string]bool{}
	for _, given := range c.in.Objects("Tags") {
		made := Tag{Key: given.Text("Key"), Value: given.Text("Value")}
		folded := strings.ToLower(made.Key)
		if seen[folded] {
			return nil, invalidInput("Duplicate tag keys found. Please note that Tag keys are case " +
				"insensitive.")
		}
		seen[folded] = true
		at := slices.IndexFunc(after, func(t Tag) bool { return strings.EqualFold(t.Key, made.Key) })
		if at < 0 {
			after = append(after, made)
			continue
		}
		after[at] = made
	}
	if len(after) > maxTags {
		return nil, limitExceeded("The number of tags has reached the maximum limit.")
	}
	slices.SortFunc(after, func(a, b Tag) int { return cmp.Compare(a.Key, b.Key) })
	return after, nil
}

// leftTags returns tags without those whose keys a call gives.
func (c *call) leftTags(before []Tag) []Tag {
	gone := c.in.Texts("TagKeys")
	return slices.DeleteFunc(slices.Clone(before), func(t Tag) bool {
		return slices.ContainsFunc(gone, func(key string) bool { return strings.EqualFold(key, t.Key) })
	})
}

func tagList(tags []Tag) []any {
	items := make([]any, 0, len(tags))
	for _, t := range tags {
		items = append(items, model.Object{"Key": t.Key, "Value": t.Value})
	}
	return items
}

func (c *call) pageOfTags(tags []Tag) (model.Object, error) {
	return page(c, "Tags", slices.Clone(tags), struct {
		name func(Tag) string
		view func(Tag) any
	}{
		func(t Tag) string { return t.Key },
		func(t Tag) any { return model.Object{"Key": t.Key, "Value": t.Value} },
	})
}

func tag(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.editAbout(k)
		if err != nil {
			return nil, err
		}
		found.Tags, err = c.givenTags(found.Tags)
		return nil, err
	}
}

func untag(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.editAbout(k)
		if err != nil {
			return nil, err
		}
		found.Tags = c.leftTags(found.Tags)
		return nil, nil
	}
}

func listTags(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.named(k)
		if err != nil {
			return nil, err
		}
		return c.pageOfTags(found.Tags)
	}
}

func tagPolicy(c *call) (model.Object, error) {
	found, err := c.editPolicy()
	if err != nil {
		return nil, err
	}
	found.Tags, err = c.givenTags(found.Tags)
	return nil, err
}

func untagPolicy(c *call) (model.Object, error) {
	found, err := c.editPolicy()
	if err != nil {
		return nil, err
	}
	found.Tags = c.leftTags(found.Tags)
	return nil, nil
}

func listPolicyTags(c *call) (model.Object, error) {
	found, err := c.foundPolicy()
	if err != nil {
		return nil, err
	}
	return c.pageOfTags(found.Tags)
}
