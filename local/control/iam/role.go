package iam

import (
	"net/url"
	"strings"

	"portico/local/control/model"
)

// maxRoles is AWS's quota of roles in an account.
const maxRoles = 1000

// defaultSession is for how many seconds a session of a role lasts at most, unless it says so.
const defaultSession = 3600

func createRole(c *call) (model.Object, error) {
	document := c.in.Text("AssumeRolePolicyDocument")
	if err := c.checkTrust(document); err != nil {
		return nil, err
	}
	made, err := c.create(role, maxRoles)
	if err != nil {
		return nil, err
	}
	made.Trust, made.Description = document, c.in.Text("Description")
	made.MaxSession = defaultSession
	if c.in.Has("MaxSessionDuration") {
		made.MaxSession = c.in.Int("MaxSessionDuration")
	}
	return model.Object{"Role": c.whole(made)}, nil
}

// encoded prints a document as answers have it: percent-encoded by RFC 3986.
func encoded(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}

// view returns what lists show of a role or user.
func (c *call) view(e *Entity) model.Object {
	prefix := map[string]string{"Role": "AROA", "User": "AIDA", "Group": "AGPA"}[e.Kind]
	out := model.Object{
		"Path": e.Path, e.Kind + "Name": e.Name, "Arn": e.ARN, "CreateDate": e.Created,
		e.Kind + "Id": uniqueID(prefix, e.ARN),
	}
	if e.Kind == string(role) {
		out["AssumeRolePolicyDocument"] = encoded(e.Trust)
		out["MaxSessionDuration"] = int64(e.MaxSession)
		if e.Description != "" {
			out["Description"] = e.Description
		}
	}
	return out
}

// whole is view with what lists leave out.
func (c *call) whole(e *Entity) model.Object {
	out := c.view(e)
	if len(e.Tags) > 0 {
		out["Tags"] = tagList(e.Tags)
	}
	if e.Boundary != "" {
		out["PermissionsBoundary"] = model.Object{
			"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": e.Boundary,
		}
	}
	return out
}

func (c *call) listed(e *Entity) any { return c.view(e) }

func getRole(c *call) (model.Object, error) {
	found, err := c.named(role)
	if err != nil {
		return nil, err
	}
	out := c.whole(found)
	out["RoleLastUsed"] = model.Object{} // it is not known when
	return model.Object{"Role": out}, nil
}

func listRoles(c *call) (model.Object, error) {
	return c.pageOf("Roles", c.entities(role), c.listed)
}

func updateRole(c *call) (model.Object, error) {
	found, err := c.edit(role)
	if err != nil {
		return nil, err
	}
	if c.in.Has("Description") {
		found.Description = c.in.Text("Description")
	}
	if c.in.Has("MaxSessionDuration") {
		found.MaxSession = c.in.Int("MaxSessionDuration")
	}
	return model.Object{}, nil
}

func updateRoleDescription(c *call) (model.Object, error) {
	found, err := c.editAbout(role)
	if err != nil {
		return nil, err
	}
	found.Description = c.in.Text("Description")
	return model.Object{"Role": c.whole(found)}, nil
}

func updateAssumeRolePolicy(c *call) (model.Object, error) {
	found, err := c.edit(role)
	if err != nil {
		return nil, err
	}
	document := c.in.Text("PolicyDocument")
	if err := c.checkTrust(document); err != nil {
		return nil, err
	}
	found.Trust = document
	return nil, nil
}

func deleteRole(c *call) (model.Object, error) {
	found, err := c.edit(role)
	if err != nil {
		return nil, err
	}
	return nil, c.remove(found)
}

// remove deletes an entity that nothing hangs on.
func (c *call) remove(e *Entity) error {
	switch {
	case len(e.Attached) > 0:
		return deleteConflict("Cannot delete entity, must detach all policies first.")
	case len(e.Inline) > 0:
		return deleteConflict("Cannot delete entity, must delete policies first.")
	}
	delete(c.world.Entities, keyOf(kind(e.Kind), e.Name))
	return nil
}

// putBoundary makes the operation that sets a permissions boundary.
func putBoundary(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.edit(k)
		if err != nil {
			return nil, err
		}
		return nil, c.bound(found, c.in.Text("PermissionsBoundary"))
	}
}

func (c *call) bound(e *Entity, arn string) error {
	if c.policy(arn) == nil {
		return noSuchEntity("Scope ARN: %s does not exist or is not attachable.", arn)
	}
	e.Boundary = arn
	return nil
}

func deleteBoundary(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.edit(k)
		if err != nil {
			return nil, err
		}
		if found.Boundary == "" {
			return nil, noSuchEntity("The %s with name %s has no permissions boundary.", k.lower(),
				found.Name)
		}
		found.Boundary = ""
		return nil, nil
	}
}
