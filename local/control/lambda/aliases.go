package lambda

import (
	"maps"

	"github.com/google/uuid"

	"portico/local/control/model"
	plane "portico/local/lambda"
)

func createAlias(c *call) (model.Object, error) {
	f, n, err := c.aliased()
	if err != nil {
		return nil, err
	}
	if f.templates {
		return nil, fromTemplate("function", n.function)
	}
	if v, _ := f.find(c.in.Text("FunctionVersion")); v == nil {
		return nil, unknownFunction(c.arnOf(name{n.function, c.in.Text("FunctionVersion")}))
	}
	a := &alias{Version: c.in.Text("FunctionVersion"), Description: c.in.Text("Description")}
	if a.Weights, err = c.weights(f, a.Version); err != nil {
		return nil, err
	}
	if f.Aliases[n.qualifier] != nil {
		return nil, conflict("Alias already exists: %s", c.arnOf(n))
	}
	a.RevisionID = uuid.NewString()
	f.Aliases[n.qualifier] = a
	return c.shownAlias(n, a), nil
}

// aliased finds the function of an alias; the name's qualifier is the alias's.
func (c *call) aliased() (*function, name, error) {
	f, n, err := c.function()
	if err != nil && n.qualifier == "" && c.in.Has("FunctionVersion") {
		return nil, n, unknownFunction(c.arnOf(name{n.function, c.in.Text("FunctionVersion")}))
	}
	n.qualifier = c.in.Text("Name")
	return f, n, err
}

// weights reads RoutingConfig, and refuses what AWS does of it; nil when it is not given.
func (c *call) weights(f *function, version string) (map[string]float64, error) {
	if !c.in.Has("RoutingConfig") {
		return nil, nil
	}
	given := c.in.Object("RoutingConfig").Object("AdditionalVersionWeights")
	weights := map[string]float64{}
	for _, number := range given.Keys() {
		weights[number] = given.Number(number)
	}
	if len(weights) > 1 {
		return nil, invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	for number, weight := range weights {
		second, _ := f.find(number)
		switch {
		case version == latest || number == latest:
			return nil, invalid("$LATEST is not supported for an alias pointing to more than 1 version")
		case number == version:
			return nil, invalid("Invalid function version %s. Function version %s is already included in "+
				"routing configuration.", number, number)
		case !isNumber(number) || second == nil:
			return nil, unknownFunction(c.arnOf(name{f.Name, number}))
		case weight < 0 || weight > 1:
			return nil, invalid("The weight %v of version %s is none of 0.0 to 1.0.", weight, number)
		}
	}
	return weights, nil
}

func getAlias(c *call) (model.Object, error) {
	f, n, err := c.aliased()
	if err != nil {
		return nil, err
	}
	a := f.Aliases[n.qualifier]
	if a == nil {
		return nil, unknownAlias(c.arnOf(n))
	}
	return c.shownAlias(n, a), nil
}

func updateAlias(c *call) (model.Object, error) {
	f, n, err := c.aliased()
	if err != nil {
		return nil, err
	}
	before := f.Aliases[n.qualifier]
	if before == nil {
		return nil, notFound("Alias not found: %s", c.arnOf(n))
	}
	if err := c.checkRevision(before.RevisionID, "GetFunction/GetAlias"); err != nil {
		return nil, err
	}
	a := *before
	if c.in.Has("FunctionVersion") {
		a.Version = c.in.Text("FunctionVersion")
		if v, _ := f.find(a.Version); v == nil {
			return nil, unknownFunction(c.arnOf(name{n.function, a.Version}))
		}
	}
	given, err := c.weights(f, a.Version)
	if err != nil {
		return nil, err
	}
	switch {
	case f.templates && c.in.Text("Description") != "":
		return nil, fromTemplate("function", n.function)
	case f.templates:
		return c.moveAlias(n, &a, given)
	}
	if given != nil {
		a.Weights = given
	}
	if _, twice := a.Weights[a.Version]; twice {
		return nil, invalid("Invalid function version %s. Function version %s is already included in "+
			"routing configuration.", a.Version, a.Version)
	}
	if c.in.Has("Description") {
		a.Description = c.in.Text("Description")
	}
	a.RevisionID = uuid.NewString()
	f.Aliases[n.qualifier] = &a
	return c.shownAlias(n, &a), nil
}

// moveAlias moves an alias of the template: the data plane keeps where it leads until the template
// says something else than it said before.
func (c *call) moveAlias(n name, to *alias, weights map[string]float64) (model.Object, error) {
	moved, err := c.service.options.Host.Functions().UpdateAlias(plane.AliasUpdate{
		Function: n.function, Name: n.qualifier, Version: to.Version, Weights: weights,
	})
	if err != nil {
		return nil, err
	}
	return c.shownAlias(n, &alias{
		Version: moved.Version, Weights: moved.Weights, RevisionID: moved.RevisionID,
	}), nil
}

func deleteAlias(c *call) (model.Object, error) {
	f, n, err := c.aliased()
	if err != nil {
		return nil, err
	}
	if f.templates {
		return nil, fromTemplate("function", n.function)
	}
	delete(f.Aliases, n.qualifier)
	f.forget(n.qualifier)
	return model.Object{}, nil
}

func listAliases(c *call) (model.Object, error) {
	f, n, err := c.function()
	if err != nil {
		return nil, err
	}
	var items []item
	for _, key := range sorted(f.Aliases) {
		a := f.Aliases[key]
		_, shares := a.Weights[c.in.Text("FunctionVersion")]
		if c.in.Has("FunctionVersion") && !shares && a.Version != c.in.Text("FunctionVersion") {
			continue
		}
		items = append(items, item{key, c.shownAlias(name{n.function, key}, a)})
	}
	return c.page("Aliases", items)
}

func (c *call) shownAlias(n name, a *alias) model.Object {
	shown := model.Object{
		"AliasArn": c.arnOf(n), "Name": n.qualifier, "FunctionVersion": a.Version,
		"Description": a.Description, "RevisionId": a.RevisionID,
	}
	if len(a.Weights) > 0 {
		weights := model.Object{}
		for number, weight := range maps.All(a.Weights) {
			weights[number] = weight
		}
		shown["RoutingConfig"] = model.Object{"AdditionalVersionWeights": weights}
	}
	return shown
}
