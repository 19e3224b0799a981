package apigateway

import (
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

func (c *call) link() (model.Object, error) {
	if link := c.world.Links[c.in.Text("vpcLinkId")]; link != nil {
		return link, nil
	}
	return nil, model.NotFound("Invalid Vpc Link identifier specified")
}

// viewLink is what is printed of a link. Unlike AWS: it is available at once; CreateVpcLink alone
// says that it is pending.
func viewLink(link model.Object) model.Object {
	seen := link.Clone()
	seen["status"], seen["statusMessage"] = "AVAILABLE", "Your vpc link is ready for use"
	return seen
}

func getVPCLink(c *call) (model.Object, error) {
	link, err := c.link()
	if err != nil {
		return nil, err
	}
	seen := viewLink(link)
	if seen["tags"] == nil {
		seen["tags"] = model.Object{}
	}
	return seen, nil
}

func getVPCLinks(c *call) (model.Object, error) {
	page, err := c.page(c.world.Links, byID)
	if err != nil {
		return nil, err
	}
	return views(page, func(link model.Object) model.Object {
		seen := viewLink(link)
		delete(seen, "tags")
		return seen
	}), nil
}

func createVPCLink(c *call) (model.Object, error) {
	if c.in.Text("name") == "" {
		return nil, model.BadRequest("Name cannot be empty")
	}
	for _, arn := range c.in.Texts("targetArns") {
		if parts := strings.SplitN(arn, ":", 6); len(parts) < 6 || parts[0] != "arn" {
			return nil, model.BadRequest("Invalid ARN. ARN is not well formed %s", arn)
		}
	}
	made := model.Object{"id": newID(6, c.world.Links), "status": "PENDING"}
	made.Take(c.in, "name", "targetArns")
	if c.in.Text("description") != "" {
		made.Take(c.in, "description")
	}
	if len(c.in.Object("tags")) > 0 {
		made.Take(c.in, "tags")
	}
	c.world.Links[made.Text("id")], c.shared = made, true
	return made, nil
}

func updateVPCLink(c *call) (model.Object, error) {
	link, err := c.link()
	if err != nil {
		return nil, err
	}
	own := link.Clone()
	for _, p := range c.patches() {
		if err := p.oneOf("/name", "/description"); err != nil {
			return nil, err
		}
		if p.path == "/name" && p.text() == "" {
			return nil, model.BadRequest("Name cannot be empty")
		}
		setText(own, p.path[1:], p)
	}
	c.world.Links[own.Text("id")], c.shared = own, true
	return getVPCLink(c)
}

func deleteVPCLink(c *call) (model.Object, error) {
	link, err := c.link()
	if err != nil {
		return nil, err
	}
	id := link.Text("id")
	for apiID, a := range c.world.APIs {
		for _, resource := range a.Resources {
			methods := resource.Object("resourceMethods")
			for verb := range methods {
				if methods.Object(verb).Object("methodIntegration").Text("connectionId") == id {
					return nil, model.BadRequest("Cannot delete vpc link. Vpc link '%s', is referenced in "+
						"[%s:%s:%s] in format of [Method:Resource:Api].", id, verb, resource.Text("id"), apiID)
				}
			}
		}
	}
	delete(c.world.Links, id)
	c.shared = true
	return nil, nil
}

// link tells integrations over VPC links where those lead: to their targets, or to any of them when
// the id has stage variables.
func (w *world) link(definition *api.REST) {
	var all []api.VPCLink
	for _, id := range sortedKeys(w.Links) {
		all = append(all, api.VPCLink{ID: id, Names: w.Links[id].Texts("targetArns")})
	}
	for i := range definition.Resources {
		methods := definition.Resources[i].Methods
		for verb, method := range methods {
			if method.Integration.ConnectionType != "VPC_LINK" {
				continue
			}
			for _, link := range all {
				if strings.Contains(method.Integration.ConnectionID, "${") ||
					link.ID == method.Integration.ConnectionID {
					method.Integration.Links = append(method.Integration.Links, link)
				}
			}
			methods[verb] = method
		}
	}
}
