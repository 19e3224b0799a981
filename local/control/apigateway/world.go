package apigateway

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

// world is all there is in one region. Nothing in it is changed once it is shown: a write replaces
// what it changes in a draft.
type world struct {
	APIs map[string]*restAPI
	shared
}

// shared is what belongs to no single API. Members that begin with # are not printed.
type shared struct {
	Account model.Object
	Keys    map[string]model.Object // API keys
	Plans   map[string]model.Object // usage plans; #keys are the ids of their keys, oldest first
	Links   map[string]model.Object // VPC links
	// Domains are custom domain names; #mappings are their base path mappings, by base path.
	Domains      map[string]model.Object
	Associations map[string]model.Object // of private domains, by ARN
	Certificates map[string]model.Object // of clients
	Sequence     int64                   // counts what is created, for lists that begin with the newest
}

// restAPI is a REST API as AWS prints it.
type restAPI struct {
	About       model.Object
	Resources   map[string]model.Object // by id; resourceMethods hold all of their methods
	Authorizers map[string]model.Object // by id
	Validators  map[string]model.Object // by id
	Models      map[string]model.Object // by name
	Responses   map[string]model.Object // gateway responses that were put, by type
	Deployments map[string]model.Object // by id
	Stages      map[string]model.Object // by name
	Parts       map[string]model.Object // of documentation, by id
	Versions    map[string]model.Object // of documentation
	// Frozen is what each deployment holds. It is kept in files of its own.
	Frozen map[string]*api.REST `json:"-"`

	described bool // by a template
}

func newWorld() *world {
	return &world{
		APIs: map[string]*restAPI{},
		shared: shared{
			Account: model.Object{}, Keys: map[string]model.Object{}, Plans: map[string]model.Object{},
			Links: map[string]model.Object{}, Domains: map[string]model.Object{},
			Associations: map[string]model.Object{}, Certificates: map[string]model.Object{},
		},
	}
}

// draft returns a copy in which things may be replaced.
func (w *world) draft() *world {
	own := *w
	own.APIs = maps.Clone(w.APIs)
	own.Account = w.Account.Clone()
	own.Keys, own.Plans = maps.Clone(w.Keys), maps.Clone(w.Plans)
	own.Links, own.Domains = maps.Clone(w.Links), maps.Clone(w.Domains)
	own.Associations, own.Certificates = maps.Clone(w.Associations), maps.Clone(w.Certificates)
	return &own
}

func newAPI() *restAPI {
	made := func() map[string]model.Object { return map[string]model.Object{} }
	return &restAPI{
		About: model.Object{}, Resources: made(), Authorizers: made(), Validators: made(),
		Models: made(), Responses: made(), Deployments: made(), Stages: made(), Parts: made(),
		Versions: made(), Frozen: map[string]*api.REST{},
	}
}

func (a *restAPI) draft() *restAPI {
	own := *a
	own.About = a.About.Clone()
	for _, all := range []*map[string]model.Object{
		&own.Resources, &own.Authorizers, &own.Validators, &own.Models, &own.Responses,
		&own.Deployments, &own.Stages, &own.Parts, &own.Versions,
	} {
		*all = maps.Clone(*all)
	}
	own.Frozen = maps.Clone(a.Frozen)
	return &own
}

// id returns what the API is called by.
func (a *restAPI) id() string { return a.About.Text("id") }

// api returns the API that a call names, created or described by a template.
func (c *call) api() (*restAPI, error) { return c.apiOf(c.in.Text("restApiId")) }

func (c *call) apiOf(id string) (*restAPI, error) {
	if a := c.world.APIs[id]; a != nil {
		return a, nil
	}
	for _, definition := range c.service.options.Host.Described() {
		if definition.ID == id && definition.Account.Region == c.account.Region {
			return describe(definition), nil
		}
	}
	return nil, c.unknownAPI(id)
}

func (c *call) unknownAPI(id string) error {
	return model.NotFound("Invalid API identifier specified %s:%s", c.account.ID, id)
}

// edit returns a draft of the API that a call changes.
func (c *call) edit() (*restAPI, error) { return c.editOf(c.in.Text("restApiId")) }

func (c *call) editOf(id string) (*restAPI, error) {
	a, err := c.apiOf(id)
	if err != nil {
		return nil, err
	}
	// Unlike AWS: what a template describes cannot be changed beside it; the next edit of the template
	// would undo it.
	if a.described {
		return nil, model.BadRequest("REST API %s is described by the template that is served here; "+
			"change it there", id)
	}
	if !c.touched[id] {
		a = a.draft()
		c.world.APIs[id], c.touched[id] = a, true
	}
	return a, nil
}

// arn returns the ARN of something that API Gateway calls without an account: "/restapis/a1b2c3".
func (c *call) arn(path string) string {
	return api.Account{Partition: c.account.Partition, Region: c.account.Region}.ARN("apigateway", path)
}

// next counts what is created.
func (c *call) next() int64 {
	c.world.Sequence++
	c.shared = true
	return c.world.Sequence
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789"

// newID returns an id that nothing has yet.
func newID[V any](length int, taken map[string]V) string { return model.NewID(length, taken) }

// newest orders the pages of lists by when things were created, those of a template last and by
// their ids; byID by their names.
func newest(id string, o model.Object) string {
	return fmt.Sprintf("%020d%s", math.MaxInt64-int64(o.Number("#sequence")), id)
}

func byID(id string, _ model.Object) string { return id }

// page returns one page of a list. AWS gives 25 items unless asked for others, 500 at most.
func (c *call) page(
	all map[string]model.Object, order func(string, model.Object) string,
) (model.Object, error) {
	found := make(map[string]model.Object, len(all))
	for id, item := range all {
		found[order(id, item)] = item
	}
	keys := slices.Sorted(maps.Keys(found))
	limit := 25
	if c.in.Has("limit") {
		limit = min(c.in.Int("limit"), 500)
	}
	position := c.in.Text("position")
	shown, next, ok := model.Page(position, keys, limit, func(key string) string { return key })
	if !ok {
		return nil, model.BadRequest("Invalid position parameter specified: %s", position)
	}
	out := model.Object{"items": model.Shown(shown, func(key string) any { return found[key] })}
	if next != "" {
		out["position"] = next
	}
	return out, nil
}

// views turns the items of a page into what is printed of them.
func views(page model.Object, view func(model.Object) model.Object) model.Object {
	items := page.List("items")
	for i, item := range items {
		if object, ok := item.(model.Object); ok {
			items[i] = view(object)
		}
	}
	return page
}
