package apigatewayv2

import (
	"strings"

	"portico/local/control/model"
)

func (c *call) link() (model.Object, error) {
	if link := c.world.Links[c.in.Text("VpcLinkId")]; link != nil {
		return link, nil
	}
	return nil, model.NotFound("Invalid VpcLink identifier specified %s", c.in.Text("VpcLinkId"))
}

func getLink(c *call) (model.Object, error) { return c.link() }

func getLinks(c *call) (model.Object, error) {
	return c.page("Items", oldestFirst(c.world.Links))
}

// createLink makes a link. Unlike AWS: it is available at once.
func createLink(c *call) (model.Object, error) {
	id := model.NewID(6, c.world.Links)
	made := model.Object{
		"VpcLinkId": id, "CreatedDate": c.timestamp(), "VpcLinkStatus": "AVAILABLE",
		"VpcLinkStatusMessage": "VPC link is ready to route traffic", "VpcLinkVersion": "V2",
		"SecurityGroupIds": []any{}, "Tags": model.Object{}, sequence: c.next(),
	}
	made.Take(c.in, "Name", "SecurityGroupIds", "SubnetIds", "Tags")
	if len(made.List("SubnetIds")) == 0 {
		return nil, model.BadRequest("SubnetIds must not be empty")
	}
	c.world.Links[id] = made
	return made, nil
}

func updateLink(c *call) (model.Object, error) {
	link, err := c.link()
	if err != nil {
		return nil, err
	}
	return link.Take(c.in, "Name"), nil
}

func deleteLink(c *call) (model.Object, error) {
	link, err := c.link()
	if err != nil {
		return nil, err
	}
	id := link.Text("VpcLinkId")
	for _, apiID := range sortedKeys(c.world.APIs) {
		for _, integration := range c.world.APIs[apiID].Parts[integrations] {
			if integration.Text("ConnectionId") == id {
				return nil, model.BadRequest("Cannot delete vpc link. Vpc link '%s', is referenced in "+
					"[Integration:%s] in format of [ApiId:IntegrationId]", id,
					apiID+":"+integration.Text("IntegrationId"))
			}
		}
	}
	delete(c.world.Links, id)
	return nil, nil
}

// tagged returns what the ARN of a call names, whose Tags may be changed.
func (c *call) tagged() (model.Object, error) {
	given := c.in.Text("ResourceArn")
	unknown := model.NotFound("Invalid resource identifier specified %s", given)
	path, ok := strings.CutPrefix(given, arn(c.account, "/"))
	if !ok {
		return nil, unknown
	}
	parts := strings.Split(path, "/")
	found := model.Object(nil)
	switch {
	case len(parts) == 2 && parts[0] == "vpclinks":
		found = c.world.Links[parts[1]]
	case len(parts) == 2 && parts[0] == "domainnames" && c.world.Domains[parts[1]] != nil:
		found = c.world.Domains[parts[1]].About
	case len(parts) == 2 && parts[0] == "apis" && c.world.APIs[parts[1]] != nil:
		found = c.world.APIs[parts[1]].About
	case len(parts) == 4 && parts[0] == "apis" && parts[2] == "stages" && c.world.APIs[parts[1]] != nil:
		found = c.world.APIs[parts[1]].Parts[stages][parts[3]]
	}
	if found == nil {
		return nil, unknown
	}
	return found, nil
}

func getTags(c *call) (model.Object, error) {
	found, err := c.tagged()
	if err != nil {
		return nil, err
	}
	return model.Object{"Tags": found.Object("Tags")}, nil
}

func tagResource(c *call) (model.Object, error) {
	found, err := c.tagged()
	if err != nil {
		return nil, err
	}
	tags := found.Object("Tags").Clone()
	if tags == nil {
		tags = model.Object{}
	}
	for key, value := range c.in.Object("Tags") {
		tags[key] = value // also "", which is a value that a tag may have
	}
	found["Tags"] = tags
	return nil, nil
}

func untagResource(c *call) (model.Object, error) {
	found, err := c.tagged()
	if err != nil {
		return nil, err
	}
	for _, key := range c.in.Texts("TagKeys") {
		delete(found.Object("Tags"), key)
	}
	return nil, nil
}
