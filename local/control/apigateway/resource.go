package apigateway

import (
	"slices"
	"strings"

	"portico/local/control/model"
)

func unknownResource() error { return model.NotFound("Invalid Resource identifier specified") }

// resource returns the resource that a call names. That the API is unknown is said in the same
// words.
func (c *call) resource() (*restAPI, model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, nil, unknownResource()
	}
	resource := a.Resources[c.in.Text("resourceId")]
	if resource == nil {
		return nil, nil, unknownResource()
	}
	return a, resource, nil
}

// editResource returns a draft of the resource that a call changes.
func (c *call) editResource() (*restAPI, model.Object, error) {
	if _, _, err := c.resource(); err != nil {
		return nil, nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, nil, err
	}
	id := c.in.Text("resourceId")
	own := a.Resources[id].Clone()
	a.Resources[id] = own
	return a, own, nil
}

// viewResource prints the methods of a resource as their names alone, unless they are asked for.
func viewResource(r model.Object, whole bool) model.Object {
	seen := model.Object{}.Take(r, "id", "parentId", "pathPart", "path")
	methods := r.Object("resourceMethods")
	if len(methods) == 0 {
		return seen
	}
	if whole {
		return seen.Take(r, "resourceMethods")
	}
	names := model.Object{}
	for verb := range methods {
		names[verb] = model.Object{}
	}
	seen["resourceMethods"] = names
	return seen
}

func getResource(c *call) (model.Object, error) {
	_, resource, err := c.resource()
	if err != nil {
		return nil, err
	}
	return viewResource(resource, slices.Contains(c.in.Texts("embed"), "methods")), nil
}

func getResources(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	page, err := c.page(a.Resources, byID)
	if err != nil {
		return nil, err
	}
	whole := slices.Contains(c.in.Texts("embed"), "methods")
	return views(page, func(r model.Object) model.Object { return viewResource(r, whole) }), nil
}

func createResource(c *call) (model.Object, error) {
	if _, err := c.api(); err != nil {
		return nil, unknownResource()
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	parent := a.Resources[c.in.Text("parentId")]
	if parent == nil {
		return nil, unknownResource()
	}
	id := newID(6, a.Resources)
	made := model.Object{
		"id": id, "parentId": parent.Text("id"), "pathPart": c.in.Text("pathPart"),
	}
	if err := a.place(made, parent); err != nil {
		return nil, err
	}
	a.Resources[id] = made
	return viewResource(made, false), nil
}

// place gives a resource its path below a parent, if AWS would have it there.
func (a *restAPI) place(r, parent model.Object) error {
	part := r.Text("pathPart")
	if !isPathPart(part) {
		return model.BadRequest("Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path " +
			"variable and curly braces at the beginning and the end.")
	}
	if above := parent.Text("pathPart"); isGreedy(above) {
		return model.BadRequest("Cannot create a child of a resource with a greedy path variable: %s",
			above)
	}
	for id, other := range a.Resources {
		if id == r.Text("id") || other.Text("parentId") != parent.Text("id") || id == parent.Text("id") {
			continue
		}
		switch name := other.Text("pathPart"); {
		case name == part:
			return model.Conflict("Another resource with the same parent already has this name: %s", part)
		case isVariable(name) && isVariable(part):
			return model.BadRequest("A sibling (%s) of this resource already has a variable path part "+
				"-- only one is allowed", name)
		}
	}
	r["path"] = strings.TrimSuffix(parent.Text("path"), "/") + "/" + part
	return nil
}

func isVariable(part string) bool { return strings.HasPrefix(part, "{") }
func isGreedy(part string) bool   { return isVariable(part) && strings.HasSuffix(part, "+}") }

func isPathPart(part string) bool {
	name := part
	if isVariable(part) {
		inside, closed := strings.CutSuffix(part[1:], "}")
		if !closed {
			return false
		}
		name = strings.TrimSuffix(inside, "+")
	}
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("._-:,", r) && !isAlphanumeric(r)
	})
}

func isAlphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// below returns the ids of a resource and of all that stand under it.
func (a *restAPI) below(id string) []string {
	all := []string{id}
	for at := 0; at < len(all); at++ {
		for other, r := range a.Resources {
			if r.Text("parentId") == all[at] {
				all = append(all, other)
			}
		}
	}
	return all
}

func deleteResource(c *call) (model.Object, error) {
	a, resource, err := c.editResource()
	if err != nil {
		return nil, err
	}
	if resource.Text("path") == "/" {
		return nil, model.BadRequest("Cannot delete a root resource.")
	}
	for _, id := range a.below(resource.Text("id")) {
		delete(a.Resources, id)
	}
	return nil, nil
}

func updateResource(c *call) (model.Object, error) {
	a, resource, err := c.editResource()
	if err != nil {
		return nil, err
	}
	for _, p := range c.patches() {
		if err := p.oneOf("/parentId", "/pathPart"); err != nil {
			return nil, err
		}
		if resource.Text("path") == "/" {
			return nil, model.BadRequest("Root resource cannot update its %s.", p.path[1:])
		}
		if err := a.move(resource, p); err != nil {
			return nil, err
		}
	}
	return viewResource(resource, false), nil
}

// move gives a resource another parent or name, and all below it their paths.
func (a *restAPI) move(r model.Object, p patch) error {
	if p.path == "/parentId" {
		if a.Resources[p.text()] == nil {
			return unknownResource()
		}
		if slices.Contains(a.below(r.Text("id")), p.text()) {
			return model.BadRequest("Resources cannot be cyclical.")
		}
	}
	r[p.path[1:]] = p.text()
	if err := a.place(r, a.Resources[r.Text("parentId")]); err != nil {
		return err
	}
	for _, id := range a.below(r.Text("id"))[1:] { // parents come before their children
		own := a.Resources[id].Clone()
		above := a.Resources[own.Text("parentId")]
		own["path"] = above.Text("path") + "/" + own.Text("pathPart")
		a.Resources[id] = own
	}
	return nil
}
