package iam

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
)

// kind is what an entity is, as the names of operations spell it.
type kind string

// The kinds of entities.
const (
	role  kind = "Role"
	user  kind = "User"
	group kind = "Group"
)

// lower is the kind as messages and ARNs spell it.
func (k kind) lower() string { return strings.ToLower(string(k)) }

// Entity is a role, user or group.
type Entity struct {
	Kind        string // Role, User or Group
	Name, Path  string
	ARN         string
	Created     string
	Description string
	Trust       string // of a role: the document that says who may assume it
	MaxSession  int    // of a role, in seconds
	Service     string // that a role is linked to
	Boundary    string // the ARN of a policy
	Tags        []Tag
	Inline      map[string]string // documents by name
	Attached    []string          // the ARNs of managed policies, oldest first
	Groups      []string          // of a user, by name
	Keys        []AccessKey       // of a user

	isDescribed bool
}

// Tag is a tag of an entity or policy.
type Tag struct{ Key, Value string }

// AccessKey is a key of a user.
type AccessKey struct{ ID, Secret, Status, Created string }

// The states of an access key.
const active = "Active"

// Policy is a managed policy.
type Policy struct {
	Name, Path, ARN  string
	Description      string
	Created, Updated string
	Tags             []Tag
	Versions         []Version
	Default          string // the id of a version
	Last             int    // the number of the newest version that ever was
	isDescribed      bool
	isAWS            bool
}

// Version is a version of a managed policy.
type Version struct{ ID, Document, Created string }

// world is all that was created.
type world struct {
	Entities map[string]*Entity // by kind and name: Role/admin
	Policies map[string]*Policy // by ARN
}

func newWorld() *world {
	return &world{Entities: map[string]*Entity{}, Policies: map[string]*Policy{}}
}

func keyOf(k kind, name string) string { return string(k) + "/" + name }

// template returns what the template describes, read once a call.
func (c *call) template() *Described {
	if c.described != nil {
		return c.described
	}
	found := c.service.options.Host.Described()
	for i := range found.Entities {
		found.Entities[i].isDescribed = true
		found.Entities[i].Created = c.service.opened
	}
	for i := range found.Policies {
		found.Policies[i].isDescribed = true
		found.Policies[i].Created, found.Policies[i].Updated = c.service.opened, c.service.opened
	}
	c.described = &found
	return c.described
}

// entities returns all of a kind, by name.
func (c *call) entities(k kind) []*Entity {
	var all []*Entity
	for _, e := range c.world.Entities {
		if e.Kind == string(k) {
			all = append(all, e)
		}
	}
	for i := range c.template().Entities {
		if e := &c.template().Entities[i]; e.Kind == string(k) {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b *Entity) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// entity returns one that was created, or is described by the template.
func (c *call) entity(k kind, name string) (*Entity, error) {
	if e := c.world.Entities[keyOf(k, name)]; e != nil {
		return e, nil
	}
	for i := range c.template().Entities {
		if e := &c.template().Entities[i]; e.Kind == string(k) && e.Name == name {
			return e, nil
		}
	}
	return nil, noSuchEntity("The %s with name %s cannot be found.", k.lower(), name)
}

// named returns the entity that a call names.
func (c *call) named(k kind) (*Entity, error) {
	return c.entity(k, c.in.Text(string(k)+"Name"))
}

// edit returns the entity that a call changes, of the draft.
func (c *call) edit(k kind) (*Entity, error) {
	e, err := c.editAbout(k)
	if err == nil && e.Service != "" {
		return nil, model.Refuse("UnmodifiableEntity", http.StatusBadRequest, "Cannot perform the operation "+
			"on the protected role '%s' - this role is only modifiable by AWS", e.Name)
	}
	return e, err
}

// editAbout is edit for what is said about an entity, which may be changed of a service-linked role,
// too.
func (c *call) editAbout(k kind) (*Entity, error) {
	e, err := c.named(k)
	if err != nil {
		return nil, err
	}
	return e, mayChange(e)
}

func mayChange(e *Entity) error {
	if e.isDescribed {
		return describedBy(strings.ToLower(e.Kind), e.Name)
	}
	return nil
}

// create adds an entity of the name and path that a call gives. Names are not told apart by case.
func (c *call) create(k kind, limit int) (*Entity, error) {
	name, path := c.in.Text(string(k)+"Name"), cmp.Or(c.in.Text("Path"), "/")
	all := c.entities(k)
	for _, e := range all {
		if strings.EqualFold(e.Name, name) {
			return nil, alreadyExists("%s with name %s already exists.", k, name)
		}
	}
	if len(all) >= limit {
		return nil, limitExceeded("Cannot exceed quota for %ssPerAccount: %d", k, limit)
	}
	made := &Entity{
		Kind: string(k), Name: name, Path: path, ARN: c.arn(k.lower(), path, name),
		Created: stamp(c.now), Inline: map[string]string{},
	}
	var err error
	made.Tags, err = c.givenTags(nil)
	if err != nil {
		return nil, err
	}
	if boundary := c.in.Text("PermissionsBoundary"); boundary != "" {
		if err := c.bound(made, boundary); err != nil {
			return nil, err
		}
	}
	c.world.Entities[keyOf(k, name)] = made
	return made, nil
}

func (c *call) arn(resource, path, name string) string {
	of := api.Account{Partition: c.account.Partition, ID: c.account.ID}
	return of.ARN("iam", resource+path+name)
}

// uniqueID returns the unique id of what has an ARN: the one that callers have in context variables
// and condition keys, too.
func uniqueID(prefix, arn string) string {
	id := authorize.Credential{PrincipalARN: arn}.UniqueID()
	return prefix + id[len("AIDA"):]
}

// page returns one page of a list in the order of names: 100 items unless another number is asked
// for.
func page[T any](
	c *call, member string, all []T, look struct {
		name func(T) string
		view func(T) any
	},
) (model.Object, error) {
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(look.name(a), look.name(b)) })
	marker, limit := c.in.Text("Marker"), 100
	if c.in.Has("MaxItems") {
		limit = c.in.Int("MaxItems")
	}
	items, next, ok := model.Page(marker, all, limit, look.name)
	if !ok {
		return nil, validationError("Invalid Marker: %s", marker)
	}
	out := model.Object{"IsTruncated": next != "", member: model.Shown(items, look.view)}
	if next != "" {
		out["Marker"] = next
	}
	return out, nil
}

// pageOfNames is page for a list of names.
func (c *call) pageOfNames(member string, names []string) (model.Object, error) {
	return page(c, member, names, struct {
		name func(string) string
		view func(string) any
	}{func(s string) string { return s }, func(s string) any { return s }})
}

// pageOf is page for entities, of those whose path begins with the prefix that is asked for.
func (c *call) pageOf(
	member string, all []*Entity, view func(*Entity) any,
) (model.Object, error) {
	if prefix := c.in.Text("PathPrefix"); prefix != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(e *Entity) bool {
			return !strings.HasPrefix(e.Path, prefix)
		})
	}
	return page(c, member, all, struct {
		name func(*Entity) string
		view func(*Entity) any
	}{func(e *Entity) string { return e.Name }, view})
}

func sortedNames[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }
