package apigatewayv2

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

// Members of what is kept that AWS does not print begin with #.
const (
	sequence = "#sequence" // counts what is created, for lists that begin with the oldest
	owner    = "#owner"    // the id of what a part belongs to, where that is not the API itself
)

// world is all that was created in one region.
type world struct {
	APIs     map[string]*entity
	Domains  map[string]*domain
	Links    map[string]model.Object // VPC links
	Sequence int64
}

// entity is an API as AWS prints it.
type entity struct {
	About model.Object
	// Parts are what an API is made of, by kind and id.
	Parts map[string]map[string]model.Object
	// Frozen is what each deployment holds, a Definition. Those that were made by themselves have
	// none while only stages that deploy by themselves point at them.
	Frozen map[string]json.RawMessage

	described bool // by a template
}

// domain is a custom domain name, with what leads from it.
type domain struct {
	About     model.Object
	Mappings  map[string]model.Object
	Rules     map[string]model.Object
	described bool
}

func newWorld() *world {
	return &world{
		APIs: map[string]*entity{}, Domains: map[string]*domain{}, Links: map[string]model.Object{},
	}
}

func newEntity() *entity {
	return &entity{
		About: model.Object{}, Parts: map[string]map[string]model.Object{},
		Frozen: map[string]json.RawMessage{},
	}
}

func (a *entity) id() string { return a.About.Text("ApiId") }

func (a *entity) isWebSocket() bool { return a.About.Text("ProtocolType") == "WEBSOCKET" }

// parts returns the parts of a kind, by id, to be changed.
func (a *entity) parts(kind string) map[string]model.Object {
	if a.Parts[kind] == nil {
		a.Parts[kind] = map[string]model.Object{}
	}
	return a.Parts[kind]
}

// each returns the parts of a kind, the oldest first.
func (a *entity) each(kind string) []model.Object { return oldestFirst(a.Parts[kind]) }

func oldestFirst(all map[string]model.Object) []model.Object {
	return slices.SortedFunc(maps.Values(all), func(x, y model.Object) int {
		return cmp.Compare(x.Int(sequence), y.Int(sequence))
	})
}

// api returns the API that a call names, created or described by a template.
func (c *call) api() (*entity, error) { return c.apiOf(c.in.Text("ApiId")) }

func (c *call) apiOf(id string) (*entity, error) {
	if a := c.world.APIs[id]; a != nil {
		return a, nil
	}
	for _, d := range c.described() {
		if d.ID() == id {
			return describe(d), nil
		}
	}
	return nil, model.NotFound("Invalid API identifier specified %s", id)
}

// before puts what was described by a template before what was created, for a page.
func before(all []model.Object, created map[string]model.Object) []model.Object {
	for i, o := range all {
		o[sequence] = int64(i - len(all))
	}
	return append(all, oldestFirst(created)...)
}

// described returns the APIs of the template in the region of a call.
func (c *call) described() []Definition {
	var found []Definition
	all := c.service.options.Host.Described()
	for i := range all.HTTP {
		if all.HTTP[i].Account.Region == c.account.Region {
			found = append(found, Definition{HTTP: &all.HTTP[i]})
		}
	}
	for i := range all.WebSocket {
		if all.WebSocket[i].Account.Region == c.account.Region {
			found = append(found, Definition{WebSocket: &all.WebSocket[i]})
		}
	}
	return found
}

// edit returns the API that a call changes.
func (c *call) edit() (*entity, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	// Unlike AWS: what a template describes cannot be changed beside it; the next edit of the template
	// would undo it.
	if a.described {
		return nil, model.BadRequest("API %s is described by the template that is served here; change "+
			"it there", a.id())
	}
	c.touched[a.id()] = true
	return a, nil
}

// next counts what is created.
func (c *call) next() int64 {
	c.world.Sequence++
	return c.world.Sequence
}

// add keeps a new part under an id of its own.
func (c *call) add(a *entity, k kind, made model.Object) {
	parts := a.parts(k.name)
	if !made.Has(k.id) {
		made[k.id] = model.NewID(k.length, parts)
	}
	made[sequence] = c.next()
	parts[made.Text(k.id)] = made
}

// timestamp prints a moment as AWS does.
func (c *call) timestamp() string { return c.now.Format(time.RFC3339) }

func sortedKeys[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }

// largestPage is how many items a page has when the client does not say. What AWS's has is not
// known.
const largestPage = 100

// page returns a page of items in their order, under a name. The token of the next one is the place
// of its first item, whose sequence stays what it is.
func (c *call) page(under string, all []model.Object) (model.Object, error) {
	size := largestPage
	if given := c.in.Text("MaxResults"); given != "" {
		wanted, err := strconv.Atoi(given)
		if err != nil || wanted < 1 {
			return nil, model.BadRequest("Invalid value for maxResults: %s", given)
		}
		size = min(wanted, 500)
	}
	token := c.in.Text("NextToken")
	items, next, ok := model.Page(token, all, size, func(o model.Object) string {
		return fmt.Sprintf("%020d", math.MaxInt32+o.Int(sequence)) // those of a template are below 0
	})
	if !ok {
		return nil, model.BadRequest("Invalid value for nextToken: %s", token)
	}
	out := model.Object{under: model.Shown(items, func(o model.Object) any { return o })}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// arn returns the ARN of something of API Gateway's: "/apis/a1b2c3".
func arn(account api.Account, path string) string {
	account.ID = ""
	return account.ARN("apigateway", path)
}

// hostOf returns the name that AWS gives an API or a domain.
func hostOf(id string, account api.Account) string {
	return id + ".execute-api." + account.Region + ".amazonaws.com"
}

// merge puts the entries of a map over those that are there. One that is given as "" is taken away.
func merge(into model.Object, name string, given model.Object) {
	if given == nil {
		return
	}
	merged := into.Object(name)
	if merged == nil {
		merged = model.Object{}
	}
	for key, value := range given {
		if value == nil || value == "" {
			delete(merged, key)
			continue
		}
		merged[key] = value
	}
	into[name] = merged
}
