package apigatewayv2

import (
	"slices"

	"portico/local/control/model"
)

// kind is a kind of part of an API.
type kind struct {
	name   string // as AWS's messages say it
	id     string // the member that holds its id
	length int    // of ids
	parent string // the kind that it belongs to; "" for the API itself
}

const (
	authorizers          = "Authorizer"
	deployments          = "Deployment"
	integrations         = "Integration"
	integrationResponses = "IntegrationResponse"
	models               = "Model"
	routes               = "Route"
	routeResponses       = "RouteResponse"
	stages               = "Stage"
)

func kindOf(name string) kind {
	k := kind{name: name, id: name + "Id", length: 6}
	switch name {
	case routes, integrations:
		k.length = 7
	case stages:
		k.id = "StageName"
	case integrationResponses:
		k.parent = integrations
	case routeResponses:
		k.parent = routes
	}
	return k
}

func (k kind) unknown(id string) error {
	if k.name == stages {
		return model.NotFound("Invalid stage identifier specified")
	}
	return model.NotFound("Invalid %s identifier specified %s", k.name, id)
}

// ownerOf returns the id of what the parts belong to that a call names.
func (c *call) ownerOf(a *entity, k kind) (string, error) {
	if k.parent == "" {
		return "", nil
	}
	above := kindOf(k.parent)
	id := c.in.Text(above.id)
	if a.Parts[above.name][id] == nil {
		return "", above.unknown(id)
	}
	return id, nil
}

// partOf returns the part of an API that a call names.
func (c *call) partOf(a *entity, k kind) (model.Object, error) {
	of, err := c.ownerOf(a, k)
	if err != nil {
		return nil, err
	}
	part := a.Parts[k.name][c.in.Text(k.id)]
	if part == nil || part.Text(owner) != of {
		return nil, k.unknown(c.in.Text(k.id))
	}
	return part, nil
}

// editPart returns the part that a call changes, and its API.
func (c *call) editPart(k kind) (*entity, model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, nil, err
	}
	part, err := c.partOf(a, k)
	return a, part, err
}

func get(name string) operation {
	k := kindOf(name)
	return func(c *call) (model.Object, error) {
		a, err := c.api()
		if err != nil {
			return nil, err
		}
		return c.partOf(a, k)
	}
}

func list(name string) operation {
	k := kindOf(name)
	return func(c *call) (model.Object, error) {
		a, err := c.api()
		if err != nil {
			return nil, err
		}
		of, err := c.ownerOf(a, k)
		if err != nil {
			return nil, err
		}
		return c.page("Items", slices.DeleteFunc(a.each(name), func(o model.Object) bool {
			return o.Text(owner) != of
		}))
	}
}

// create makes the operation that makes a part. Fill writes what it is told and AWS's defaults.
func create(name string, fill func(c *call, a *entity, made model.Object) error) operation {
	k := kindOf(name)
	return func(c *call) (model.Object, error) {
		a, err := c.edit()
		if err != nil {
			return nil, err
		}
		of, err := c.ownerOf(a, k)
		if err != nil {
			return nil, err
		}
		made := model.Object{}
		if of != "" {
			made[owner] = of
		}
		if err := fill(c, a, made); err != nil {
			return nil, err
		}
		c.add(a, k, made)
		return made, nil
	}
}

// update makes the operation that changes a part.
func update(name string, change func(c *call, a *entity, part model.Object) error) operation {
	k := kindOf(name)
	return func(c *call) (model.Object, error) {
		a, part, err := c.editPart(k)
		if err != nil {
			return nil, err
		}
		return part, change(c, a, part)
	}
}

// remove makes the operation that deletes a part. Check says why AWS would not; nil lets it go.
func remove(name string, check func(a *entity, part model.Object) error) operation {
	k := kindOf(name)
	return func(c *call) (model.Object, error) {
		a, part, err := c.editPart(k)
		if err != nil {
			return nil, err
		}
		if check != nil {
			if err := check(a, part); err != nil {
				return nil, err
			}
		}
		delete(a.Parts[name], part.Text(k.id))
		for _, below := range []string{integrationResponses, routeResponses} {
			if kindOf(below).parent != name {
				continue
			}
			for id, o := range a.Parts[below] {
				if o.Text(owner) == part.Text(k.id) {
					delete(a.Parts[below], id)
				}
			}
		}
		return nil, nil
	}
}
