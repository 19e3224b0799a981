package apigateway

import (
	"crypto/rand"
	"strings"

	"portico/local/control/model"
)

const (
	longestName        = 1024
	longestDescription = 125_000
)

func unknownKey() error { return model.NotFound("Invalid API Key identifier specified") }

func (c *call) key() (model.Object, error) {
	if key := c.everyKey()[c.in.Text("apiKey")]; key != nil {
		return key, nil
	}
	return nil, unknownKey()
}

// viewKey is what is printed of a key: its value only where it is asked for.
func viewKey(key model.Object, withValue, withTags bool) model.Object {
	seen := key.Clone()
	if !withValue {
		delete(seen, "value")
	}
	if withTags && seen["tags"] == nil {
		seen["tags"] = model.Object{}
	}
	return seen
}

func getAPIKey(c *call) (model.Object, error) {
	key, err := c.key()
	if err != nil {
		return nil, err
	}
	return viewKey(key, c.in.Bool("includeValue"), true), nil
}

func getAPIKeys(c *call) (model.Object, error) {
	found := map[string]model.Object{}
	for id, key := range c.everyKey() {
		customer := c.in.Text("customerId")
		if strings.HasPrefix(key.Text("name"), c.in.Text("nameQuery")) &&
			(customer == "" || key.Text("customerId") == customer) {
			found[id] = key
		}
	}
	page, err := c.page(found, newest)
	if err != nil {
		return nil, err
	}
	return views(page, func(key model.Object) model.Object {
		return viewKey(key, c.in.Bool("includeValues"), false)
	}), nil
}

func createAPIKey(c *call) (model.Object, error) {
	value := c.in.Text("value")
	switch {
	case value == "":
		value = newValue()
	case len(value) < 20:
		return nil, model.BadRequest("API Key value should be at least 20 characters")
	case len(value) > 128:
		return nil, model.BadRequest("API Key value exceeds maximum size of 128 characters")
	}
	if err := checkKeyTexts(c.in); err != nil {
		return nil, err
	}
	for _, other := range c.everyKey() {
		if other.Text("value") == value {
			return nil, model.Conflict("API Key already exists")
		}
	}
	made := model.Object{
		"id": newID(10, c.world.Keys), "value": value, "enabled": c.in.Bool("enabled"),
		"stageKeys": []any{}, "createdDate": c.now.Unix(), "lastUpdatedDate": c.now.Unix(),
		"#sequence": c.next(),
	}
	for _, name := range []string{"name", "description", "customerId"} {
		if c.in.Text(name) != "" {
			made.Take(c.in, name)
		}
	}
	if len(c.in.Object("tags")) > 0 {
		made.Take(c.in, "tags")
	}
	c.world.Keys[made.Text("id")] = made
	return made, nil
}

func checkKeyTexts(key model.Object) error {
	if len(key.Text("name")) > longestName {
		return model.BadRequest("Invalid API Key name, can be at most 1024 characters.")
	}
	if len(key.Text("description")) > longestDescription {
		return model.BadRequest("Invalid API Key description specified.")
	}
	return nil
}

func newValue() string {
	const all = letters + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	made := make([]byte, 40)
	_, _ = rand.Read(made) // never fails
	for i := range made {
		made[i] = all[int(made[i])%len(all)]
	}
	return string(made)
}

func updateAPIKey(c *call) (model.Object, error) {
	key, err := c.editKey()
	if err != nil {
		return nil, err
	}
	own := key.Clone()
	for _, p := range c.patches() {
		if err := p.oneOf("/description", "/enabled", "/name", "/customerId"); err != nil {
			return nil, err
		}
		if p.path == "/enabled" {
			own["enabled"] = p.truth()
			continue
		}
		setText(own, p.path[1:], p)
	}
	if err := checkKeyTexts(own); err != nil {
		return nil, err
	}
	own["lastUpdatedDate"] = c.now.Unix()
	c.world.Keys[own.Text("id")], c.shared = own, true
	c.liveKey(own.Text("id"))
	return viewKey(own, false, true), nil
}

func deleteAPIKey(c *call) (model.Object, error) {
	key, err := c.editKey()
	if err != nil {
		return nil, err
	}
	id := key.Text("id")
	c.liveKey(id)
	c.forgetKey(id)
	return nil, nil
}

// forgetKey takes a key out of every plan, and away.
func (c *call) forgetKey(id string) {
	for planID, plan := range c.world.Plans {
		if hasKey(plan, id) {
			c.world.Plans[planID] = withoutKey(plan, id)
		}
	}
	delete(c.world.Keys, id)
	c.shared = true
}

// liveKey notes the APIs that a key's plans name.
func (c *call) liveKey(id string) {
	for _, plan := range c.world.Plans {
		if hasKey(plan, id) {
			c.livePlan(plan)
		}
	}
}
