package lambda

import (
	"maps"
	"strings"

	"portico/local/control/model"
)

// maxTags is how many tags a resource may have.
const maxTags = 50

// tagged returns tags with others added.
func tagged(before, added map[string]string) (map[string]string, error) {
	all := map[string]string{}
	maps.Copy(all, before)
	maps.Copy(all, added)
	if len(all) > maxTags {
		return nil, invalid("Number of tags exceeds resource tag limit.")
	}
	return all, nil
}

// taggable finds the tags of the resource that a call names; changed with write.
func (c *call) taggable(write bool) (*map[string]string, error) {
	arn := c.in.Text("Resource")
	if id, ok := strings.CutPrefix(arn, c.arn("event-source-mapping:")); ok {
		m := c.mappings()[id]
		if m == nil {
			return nil, notFound("Event source mapping not found: %s", arn)
		}
		if m.templates && write {
			return nil, fromTemplate("event source mapping", id)
		}
		return &m.Tags, nil
	}
	if !strings.Contains(arn, ":function:") {
		return nil, notFound("The resource %s does not exist.", arn)
	}
	n, err := c.parse(arn, "")
	if err != nil {
		return nil, err
	}
	if n.qualifier != "" {
		return nil, invalid("Tags on function aliases and versions are not supported. Please specify a " +
			"function ARN.")
	}
	f := c.lookUp(n.function)
	if f == nil {
		return nil, unknownFunction(arn)
	}
	if f.templates && write {
		return nil, fromTemplate("function", n.function)
	}
	return &f.Tags, nil
}

func tagResource(c *call) (model.Object, error) {
	tags, err := c.taggable(true)
	if err != nil {
		return nil, err
	}
	given := c.in.TextMap("Tags")
	if len(given) == 0 {
		return nil, invalid("An error occurred and the request cannot be processed.")
	}
	*tags, err = tagged(*tags, given)
	return model.Object{}, err
}

func untagResource(c *call) (model.Object, error) {
	tags, err := c.taggable(true)
	if err != nil {
		return nil, err
	}
	for _, key := range c.in.Texts("TagKeys") {
		delete(*tags, key)
	}
	return model.Object{}, nil
}

func listTags(c *call) (model.Object, error) {
	tags, err := c.taggable(false)
	if err != nil {
		return nil, err
	}
	return model.Object{"Tags": model.TextObject(*tags)}, nil
}
