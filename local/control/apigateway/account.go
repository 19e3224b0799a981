package apigateway

import (
	"slices"
	"strings"

	"portico/local/control/model"
)

func getAccount(c *call) (model.Object, error) {
	seen := model.Object{
		"throttleSettings": model.Object{"burstLimit": int64(5000), "rateLimit": 10000.0},
		"features":         []any{"UsagePlans"}, "apiKeyVersion": "4",
	}
	return seen.Take(c.world.Account, "cloudwatchRoleArn"), nil
}

// updateAccount keeps the role. Unlike AWS: execution logs are written without one.
func updateAccount(c *call) (model.Object, error) {
	for _, p := range c.patches() {
		switch {
		case p.path == "/features":
			continue // usage plans are always there
		case p.path != "/cloudwatchRoleArn":
			return nil, p.invalidPath()
		}
		if err := p.only("replace", "remove"); err != nil {
			return nil, err
		}
		if role := p.text(); role != "" && (!strings.HasPrefix(role, "arn:") ||
			!strings.Contains(role, ":role/")) {
			return nil, model.BadRequest("Invalid ARN specified in the request")
		}
		setText(c.world.Account, "cloudwatchRoleArn", p)
	}
	c.shared = true
	return getAccount(c)
}

// tagged finds what an ARN of API Gateway names: arn:…:apigateway:{region}::/restapis/{id}. The
// returned function puts a changed copy back.
func (c *call) tagged() (model.Object, func(model.Object), error) {
	arn := c.in.Text("resourceArn")
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "apigateway" {
		return nil, nil, model.BadRequest("Invalid ARN specified in the request")
	}
	path := strings.Split(strings.Trim(parts[5], "/"), "/")
	missing := model.NotFound("Invalid resource identifier specified: %s", arn)
	if len(path) < 2 {
		return nil, nil, missing
	}
	var all map[string]model.Object
	switch path[0] {
	case "restapis":
		return c.taggedAPI(path[1:], missing)
	case "apikeys":
		all = c.world.Keys
	case "usageplans":
		all = c.world.Plans
	case "vpclinks":
		all = c.world.Links
	case "domainnames":
		all = c.world.Domains
	case "clientcertificates":
		all = c.world.Certificates
	case "domainnameaccessassociations":
		all, path[1] = c.world.Associations, arn
	}
	if all[path[1]] == nil {
		return nil, nil, missing
	}
	return all[path[1]], func(o model.Object) { all[path[1]], c.shared = o, true }, nil
}

func (c *call) taggedAPI(path []string, missing error) (model.Object, func(model.Object), error) {
	a, err := c.apiOf(path[0])
	if err != nil {
		return nil, nil, err
	}
	if len(path) == 1 {
		return a.About, func(o model.Object) { c.world.APIs[path[0]].About = o }, nil
	}
	if len(path) != 3 || path[1] != "stages" || a.Stages[path[2]] == nil {
		return nil, nil, missing
	}
	return a.Stages[path[2]], func(o model.Object) { c.world.APIs[path[0]].Stages[path[2]] = o }, nil
}

// editTags makes sure that what is tagged may be changed.
func (c *call) editTags() (model.Object, func(model.Object), error) {
	if _, id, ok := strings.Cut(c.in.Text("resourceArn"), "/restapis/"); ok {
		id, _, _ = strings.Cut(id, "/")
		if _, err := c.editOf(id); err != nil {
			return nil, nil, err
		}
	}
	found, put, err := c.tagged()
	return found.Clone(), put, err
}

func getTags(c *call) (model.Object, error) {
	found, _, err := c.tagged()
	if err != nil {
		return nil, err
	}
	out := model.Object{"tags": model.Object{}}
	return out.Take(found, "tags"), nil
}

func tagResource(c *call) (model.Object, error) {
	own, put, err := c.editTags()
	if err != nil {
		return nil, err
	}
	tags := inner(own, "tags")
	for key, value := range c.in.Object("tags") {
		if key == "" || strings.HasPrefix(key, "aws:") {
			return nil, model.BadRequest("Invalid tag key specified: %s", key)
		}
		tags[key] = value
	}
	put(own)
	return nil, nil
}

func untagResource(c *call) (model.Object, error) {
	own, put, err := c.editTags()
	if err != nil {
		return nil, err
	}
	for key := range own.Object("tags") {
		if slices.Contains(c.in.Texts("tagKeys"), key) {
			delete(own.Object("tags"), key)
		}
	}
	dropEmpty(own, "tags")
	put(own)
	return nil, nil
}
