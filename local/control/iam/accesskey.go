package iam

import (
	"slices"

	"portico/local/control/model"
)

// maxKeys is how many access keys a user may have.
const maxKeys = 2

// editUser returns the user whose keys a call changes: the one it names, or who signs.
func (c *call) editUser() (*Entity, error) {
	name, err := c.userName()
	if err != nil {
		return nil, err
	}
	found, err := c.entity(user, name)
	if err != nil {
		return nil, err
	}
	return found, mayChange(found)
}

func createAccessKey(c *call) (model.Object, error) {
	found, err := c.editUser()
	if err != nil {
		return nil, err
	}
	if len(found.Keys) >= maxKeys {
		return nil, limitExceeded("Cannot exceed quota for AccessKeysPerUser: %d", maxKeys)
	}
	made := AccessKey{Status: active, Created: stamp(c.now)}
	made.ID, made.Secret = model.NewAccessKey("AKIA")
	found.Keys = append(found.Keys, made)
	out := viewKey(found, made)
	out["SecretAccessKey"] = made.Secret
	return model.Object{"AccessKey": out}, nil
}

func viewKey(of *Entity, key AccessKey) model.Object {
	return model.Object{
		"UserName": of.Name, "AccessKeyId": key.ID, "Status": key.Status, "CreateDate": key.Created,
	}
}

func listAccessKeys(c *call) (model.Object, error) {
	name, err := c.userName()
	if err != nil {
		if c.isRoot() { // has none
			return model.Object{"AccessKeyMetadata": []any{}, "IsTruncated": false}, nil
		}
		return nil, err
	}
	found, err := c.entity(user, name)
	if err != nil {
		return nil, err
	}
	return page(c, "AccessKeyMetadata", slices.Clone(found.Keys), struct {
		name func(AccessKey) string
		view func(AccessKey) any
	}{
		func(k AccessKey) string { return k.Created + k.ID },
		func(k AccessKey) any { return viewKey(found, k) },
	})
}

// key finds the key of a user that a call names.
func (c *call) key(of *Entity) (int, error) {
	id := c.in.Text("AccessKeyId")
	at := slices.IndexFunc(of.Keys, func(k AccessKey) bool { return k.ID == id })
	if at < 0 {
		return 0, noSuchEntity("The Access Key with id %s cannot be found.", id)
	}
	return at, nil
}

// editKey returns the user whose key a call changes, and where that is.
func (c *call) editKey() (found *Entity, at int, err error) {
	if found, err = c.editUser(); err != nil {
		return nil, 0, err
	}
	at, err = c.key(found)
	return found, at, err
}

func updateAccessKey(c *call) (model.Object, error) {
	found, at, err := c.editKey()
	if err != nil {
		return nil, err
	}
	found.Keys[at].Status = c.in.Text("Status")
	return nil, nil
}

func deleteAccessKey(c *call) (model.Object, error) {
	found, at, err := c.editKey()
	if err != nil {
		return nil, err
	}
	found.Keys = slices.Delete(found.Keys, at, at+1)
	return nil, nil
}

// getAccessKeyLastUsed answers whose a key is.
//
// Unlike AWS: it is not known when a key was used, so none ever was.
func getAccessKeyLastUsed(c *call) (model.Object, error) {
	for _, e := range c.entities(user) {
		if _, err := c.key(e); err == nil {
			return model.Object{
				"UserName":          e.Name,
				"AccessKeyLastUsed": model.Object{"ServiceName": "N/A", "Region": "N/A"},
			}, nil
		}
	}
	return nil, noSuchEntity("The Access Key with id %s cannot be found.", c.in.Text("AccessKeyId"))
}
