package iam

import (
	"cmp"
	"slices"
	"strings"

	"portico/local/control/model"
)

// AWS's quotas of users and groups in an account, and of the groups of a user.
const (
	maxUsers      = 5000
	maxGroups     = 300
	maxMembership = 10
)

func createUser(c *call) (model.Object, error) {
	made, err := c.create(user, maxUsers)
	if err != nil {
		return nil, err
	}
	return model.Object{"User": c.whole(made)}, nil
}

// getUser also answers for who signs, when no name is given.
func getUser(c *call) (model.Object, error) {
	name, err := c.userName()
	if err != nil && c.isRoot() {
		return model.Object{"User": model.Object{
			"Path": "/", "UserId": c.account.ID, "CreateDate": c.service.opened,
			"Arn": c.arn("root", "", ""),
		}}, nil
	}
	if err != nil {
		return nil, err
	}
	found, err := c.entity(user, name)
	if err != nil {
		return nil, err
	}
	return model.Object{"User": c.whole(found)}, nil
}

// userName returns the user that a call names, or who signs it.
func (c *call) userName() (string, error) {
	if name := c.in.Text("UserName"); name != "" {
		return name, nil
	}
	arn, _ := c.service.options.Host.Caller(c.accessKeyID)
	if _, path, ok := strings.Cut(arn, ":user/"); ok {
		return path[strings.LastIndexByte(path, '/')+1:], nil
	}
	return "", validationError("Must specify userName when calling with non-User credentials")
}

// isRoot says whether the account's root signs a call: whoever signs with a key that nobody has.
func (c *call) isRoot() bool {
	arn, known := c.service.options.Host.Caller(c.accessKeyID)
	return !known || strings.HasSuffix(arn, ":root")
}

func listUsers(c *call) (model.Object, error) {
	return c.pageOf("Users", c.entities(user), c.listed)
}

func updateUser(c *call) (model.Object, error) {
	found, err := c.edit(user)
	if err != nil {
		return nil, err
	}
	return nil, c.rename(found, c.in.Text("NewUserName"))
}

// rename gives an entity the new name and path of a call, and so another ARN.
func (c *call) rename(e *Entity, name string) error {
	k := kind(e.Kind)
	name = cmp.Or(name, e.Name)
	for _, other := range c.entities(k) {
		if other != e && strings.EqualFold(other.Name, name) {
			return alreadyExists("%s with name %s already exists.", k, name)
		}
	}
	delete(c.world.Entities, keyOf(k, e.Name))
	e.Name, e.Path = name, cmp.Or(c.in.Text("NewPath"), e.Path)
	e.ARN = c.arn(k.lower(), e.Path, e.Name)
	c.world.Entities[keyOf(k, name)] = e
	return nil
}

func deleteUser(c *call) (model.Object, error) {
	found, err := c.edit(user)
	switch {
	case err != nil:
		return nil, err
	case len(found.Groups) > 0:
		return nil, deleteConflict("Cannot delete entity, must remove users from group first.")
	case len(found.Keys) > 0:
		return nil, deleteConflict("Cannot delete entity, must delete access keys first.")
	}
	return nil, c.remove(found)
}

func createGroup(c *call) (model.Object, error) {
	made, err := c.create(group, maxGroups)
	if err != nil {
		return nil, err
	}
	return model.Object{"Group": c.view(made)}, nil
}

// members returns the users in a group.
func (c *call) members(group string) []*Entity {
	return slices.DeleteFunc(c.entities(user), func(e *Entity) bool {
		return !slices.Contains(e.Groups, group)
	})
}

func getGroup(c *call) (model.Object, error) {
	found, err := c.named(group)
	if err != nil {
		return nil, err
	}
	out, err := c.pageOf("Users", c.members(found.Name), c.listed)
	if err != nil {
		return nil, err
	}
	out["Group"] = c.view(found)
	return out, nil
}

func listGroups(c *call) (model.Object, error) {
	return c.pageOf("Groups", c.entities(group), c.listed)
}

func listGroupsForUser(c *call) (model.Object, error) {
	found, err := c.named(user)
	if err != nil {
		return nil, err
	}
	in := slices.DeleteFunc(c.entities(group), func(e *Entity) bool {
		return !slices.Contains(found.Groups, e.Name)
	})
	return c.pageOf("Groups", in, c.listed)
}

func updateGroup(c *call) (model.Object, error) {
	found, err := c.edit(group)
	if err != nil {
		return nil, err
	}
	before, users := found.Name, c.members(found.Name)
	if err := c.rename(found, c.in.Text("NewGroupName")); err != nil {
		return nil, err
	}
	for _, one := range users {
		one.Groups[slices.Index(one.Groups, before)] = found.Name
	}
	return nil, nil
}

func deleteGroup(c *call) (model.Object, error) {
	found, err := c.edit(group)
	if err != nil {
		return nil, err
	}
	if len(c.members(found.Name)) > 0 {
		return nil, deleteConflict("Cannot delete entity, must remove users from group first.")
	}
	return nil, c.remove(found)
}

func addUserToGroup(c *call) (model.Object, error) {
	in, err := c.named(group)
	if err != nil {
		return nil, err
	}
	found, err := c.edit(user)
	if err != nil {
		return nil, err
	}
	if slices.Contains(found.Groups, in.Name) {
		return nil, nil
	}
	if len(found.Groups) >= maxMembership {
		return nil, limitExceeded("Cannot exceed quota for GroupsPerUser: %d", maxMembership)
	}
	found.Groups = append(found.Groups, in.Name)
	return nil, nil
}

func removeUserFromGroup(c *call) (model.Object, error) {
	in, err := c.named(group)
	if err != nil {
		return nil, err
	}
	found, err := c.edit(user)
	if err != nil {
		return nil, err
	}
	at := slices.Index(found.Groups, in.Name)
	if at < 0 {
		return nil, noSuchEntity("User %s is not a member of group %s", found.Name, in.Name)
	}
	found.Groups = slices.Delete(found.Groups, at, at+1)
	return nil, nil
}
