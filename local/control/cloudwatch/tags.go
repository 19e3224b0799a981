package cloudwatch

import (
	"maps"
	"strings"

	"portico/local/control/model"
)

// maxTags is how many tags a resource has at most.
const maxTags = 50

// tag adds tags to a resource.
func (c *call) tag(arn string, tags []model.Object) {
	if len(tags) == 0 {
		return
	}
	all := c.world.Tags[arn]
	if all == nil {
		all = map[string]string{}
		c.world.Tags[arn] = all
	}
	maps.Copy(all, model.OfPairs(tags))
}

// tagged returns the ARN that a call is about, if there is such an alarm or dashboard.
func (c *call) tagged() (string, error) {
	arn := c.in.Text("ResourceARN")
	name := nameOf(arn)
	if a := c.alarms()[name]; a != nil && arn == c.arn(c.region, name) {
		return arn, nil
	}
	_, name, _ = strings.Cut(arn, ":dashboard/")
	if d := c.dashboards()[name]; d != nil && arn == c.dashboardARN(name) {
		return arn, nil
	}
	return "", notFound("ResourceNotFoundException", "Unknown resource "+arn)
}

func tagResource(c *call) (model.Object, error) {
	arn, err := c.tagged()
	if err != nil {
		return nil, err
	}
	c.tag(arn, c.in.Objects("Tags"))
	if len(c.world.Tags[arn]) > maxTags {
		return nil, invalidValue("A resource has at most 50 tags")
	}
	return model.Object{}, nil
}

func untagResource(c *call) (model.Object, error) {
	arn, err := c.tagged()
	if err != nil {
		return nil, err
	}
	for _, key := range c.in.Texts("TagKeys") {
		delete(c.world.Tags[arn], key)
	}
	return model.Object{}, nil
}

func listTags(c *call) (model.Object, error) {
	arn, err := c.tagged()
	if err != nil {
		return nil, err
	}
	return model.Object{"Tags": model.Pairs(c.world.Tags[arn])}, nil
}
