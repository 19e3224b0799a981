package iam

import (
	"encoding/json"
	"time"

	"portico/local/provision"
)

// principals returns the roles and users that were created, with the documents that count for each.
func (c *call) principals() (roles []Role, users []provision.Principal) {
	for _, key := range sortedNames(c.world.Entities) {
		e := c.world.Entities[key]
		switch kind(e.Kind) {
		case role:
			roles = append(roles, Role{
				Principal: c.principal(e), Trust: json.RawMessage(e.Trust),
				MaxSession: time.Duration(e.MaxSession) * time.Second,
			})
		case user:
			users = append(users, c.principal(e))
		}
	}
	return roles, users
}

func (c *call) principal(e *Entity) provision.Principal {
	made := provision.Principal{Name: e.Name, ARN: e.ARN, Policies: c.documents(e)}
	for _, name := range e.Groups {
		if in, err := c.entity(group, name); err == nil {
			made.Policies = append(made.Policies, c.documents(in)...)
		}
	}
	if e.Boundary != "" {
		made.Boundary = nothing()
		if document := c.document(e.Boundary); document != nil {
			made.Boundary = document
		}
	}
	for _, one := range e.Tags {
		if made.Tags == nil {
			made.Tags = map[string]string{}
		}
		made.Tags[one.Key] = one.Value
	}
	for _, key := range e.Keys {
		if key.Status == active {
			made.Keys = append(made.Keys, provision.AccessKey{ID: key.ID, Secret: key.Secret})
		}
	}
	return made
}

// nothing is a document that allows nothing: what a boundary does that is not known.
func nothing() json.RawMessage { return json.RawMessage(`{"Statement":[]}`) }

// documents returns the documents of an entity's own policies.
func (c *call) documents(e *Entity) []json.RawMessage {
	var all []json.RawMessage
	for _, name := range sortedNames(e.Inline) {
		all = append(all, json.RawMessage(e.Inline[name]))
	}
	for _, arn := range e.Attached {
		if document := c.document(arn); document != nil {
			all = append(all, document)
		}
	}
	return all
}

// document returns the document of a managed policy that counts; nil where it is not known.
func (c *call) document(arn string) json.RawMessage {
	p := c.policy(arn)
	if p == nil {
		return nil
	}
	for _, version := range p.Versions {
		if version.ID == p.Default && version.Document != "" {
			return json.RawMessage(version.Document)
		}
	}
	return nil
}
