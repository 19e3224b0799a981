package wafv2

import (
	"maps"
	"slices"

	"portico/local/control/model"
)

// maxTags is how many tags an entity may have.
const maxTags = 50

func (i *item) addTags(given []model.Object) error {
	if i.Tags == nil {
		i.Tags = map[string]string{}
	}
	maps.Copy(i.Tags, model.OfPairs(given))
	if len(i.Tags) > maxTags {
		return refusal("WAFTagOperationException",
			"An error occurred during the tagging operation. Retry your request.")
	}
	return nil
}

// tagged returns the entity whose tags a call changes.
func (c *call) tagged() (*item, error) {
	found, err := c.byARN(c.in.Text("ResourceARN"))
	if err != nil {
		return nil, err
	}
	if found.described {
		return nil, describedBy(found.Name)
	}
	return found, nil
}

func tag(c *call) (model.Object, error) {
	found, err := c.tagged()
	if err != nil {
		return nil, err
	}
	return model.Object{}, found.addTags(c.in.Objects("Tags"))
}

func untag(c *call) (model.Object, error) {
	found, err := c.tagged()
	if err != nil {
		return nil, err
	}
	for _, key := range c.in.Texts("TagKeys") {
		delete(found.Tags, key)
	}
	return model.Object{}, nil
}

func listTags(c *call) (model.Object, error) {
	found, err := c.byARN(c.in.Text("ResourceARN"))
	if err != nil {
		return nil, err
	}
	keys := slices.Sorted(maps.Keys(found.Tags))
	out, err := page(c, "TagList", keys, func(key string) (string, any) {
		return key, model.Object{"Key": key, "Value": found.Tags[key]}
	})
	if err != nil {
		return nil, err
	}
	info := model.Object{"ResourceARN": found.ARN, "TagList": out["TagList"]}
	return model.Object{"TagInfoForResource": info}.Take(out, "NextMarker"), nil
}
