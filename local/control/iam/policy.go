package iam

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"portico/local/control/model"
)

// AWS's quotas of managed policies: in an account, of one's characters, and of one's versions.
const (
	maxPolicies = 1_500
	maxDocument = 6_144
	maxVersions = 5
)

// policy returns the managed policy of an ARN: one that was created, one of the template, or one of
// AWS's; else nil.
func (c *call) policy(arn string) *Policy {
	if p := c.world.Policies[arn]; p != nil {
		return p
	}
	for i := range c.template().Policies {
		if p := &c.template().Policies[i]; p.ARN == arn {
			return p
		}
	}
	return awsPolicy(arn)
}

// foundPolicy returns the managed policy that a call names.
func (c *call) foundPolicy() (*Policy, error) {
	arn := c.in.Text("PolicyArn")
	if p := c.policy(arn); p != nil {
		return p, nil
	}
	return nil, noSuchEntity("Policy %s was not found.", arn)
}

// editPolicy returns the managed policy that a call changes, of the draft.
func (c *call) editPolicy() (*Policy, error) {
	p, err := c.foundPolicy()
	switch {
	case err != nil:
		return nil, err
	case p.isDescribed:
		return nil, describedBy("policy", p.Name)
	case p.isAWS:
		return nil, accessDenied("Policy %s is managed by AWS and cannot be changed.", p.ARN)
	}
	return p, nil
}

func createPolicy(c *call) (model.Object, error) {
	name, path := c.in.Text("PolicyName"), cmp.Or(c.in.Text("Path"), "/")
	document := c.in.Text("PolicyDocument")
	if err := checkManaged(document); err != nil {
		return nil, err
	}
	made := &Policy{
		Name: name, Path: path, ARN: c.arn("policy", path, name), Description: c.in.Text("Description"),
		Created: stamp(c.now), Updated: stamp(c.now), Default: "v1", Last: 1,
		Versions: []Version{{ID: "v1", Document: document, Created: stamp(c.now)}},
	}
	for _, other := range c.policies() {
		if strings.EqualFold(other.Name, name) {
			return nil, alreadyExists("A policy called %s already exists. Duplicate names are not allowed.",
				name)
		}
	}
	if len(c.world.Policies) >= maxPolicies {
		return nil, limitExceeded("Cannot exceed quota for PoliciesPerAccount: %d", maxPolicies)
	}
	var err error
	if made.Tags, err = c.givenTags(nil); err != nil {
		return nil, err
	}
	c.world.Policies[made.ARN] = made
	out := c.viewPolicy(made)
	if len(made.Tags) > 0 {
		out["Tags"] = tagList(made.Tags)
	}
	return model.Object{"Policy": out}, nil
}

// checkManaged checks the document of a managed policy.
func checkManaged(document string) error {
	if err := checkDocument(document); err != nil {
		return err
	}
	if size(document) > maxDocument {
		return limitExceeded("Cannot exceed quota for PolicySize: %d", maxDocument)
	}
	return nil
}

// policies returns the account's own managed policies.
func (c *call) policies() []*Policy {
	var all []*Policy
	for _, p := range c.world.Policies {
		all = append(all, p)
	}
	for i := range c.template().Policies {
		all = append(all, &c.template().Policies[i])
	}
	return all
}

// viewPolicy returns what lists show of a managed policy.
func (c *call) viewPolicy(p *Policy) model.Object {
	attached, bounds := 0, 0
	for _, k := range []kind{role, user, group} {
		for _, e := range c.entities(k) {
			if slices.Contains(e.Attached, p.ARN) {
				attached++
			}
			if e.Boundary == p.ARN {
				bounds++
			}
		}
	}
	return model.Object{
		"PolicyName": p.Name, "PolicyId": uniqueID("ANPA", p.ARN), "Arn": p.ARN, "Path": p.Path,
		"DefaultVersionId": p.Default, "AttachmentCount": int64(attached),
		"PermissionsBoundaryUsageCount": int64(bounds), "IsAttachable": true,
		"CreateDate": p.Created, "UpdateDate": p.Updated,
	}
}

func getPolicy(c *call) (model.Object, error) {
	found, err := c.foundPolicy()
	if err != nil {
		return nil, err
	}
	out := c.viewPolicy(found)
	if found.Description != "" {
		out["Description"] = found.Description
	}
	out["Tags"] = tagList(found.Tags)
	return model.Object{"Policy": out}, nil
}

func listPolicies(c *call) (model.Object, error) {
	var all []*Policy
	scope := cmp.Or(c.in.Text("Scope"), "All")
	if scope != "AWS" {
		all = c.policies()
	}
	if scope != "Local" {
		all = append(all, awsPolicies()...)
	}
	all = slices.DeleteFunc(all, func(p *Policy) bool {
		if !strings.HasPrefix(p.Path, c.in.Text("PathPrefix")) {
			return true
		}
		view := c.viewPolicy(p)
		return c.in.Bool("OnlyAttached") && view.Int("AttachmentCount") == 0 ||
			c.in.Text("PolicyUsageFilter") == "PermissionsBoundary" &&
				view.Int("PermissionsBoundaryUsageCount") == 0
	})
	return c.pageOfPolicies("Policies", all, func(p *Policy) any { return c.viewPolicy(p) })
}

func deletePolicy(c *call) (model.Object, error) {
	found, err := c.editPolicy()
	if err != nil {
		return nil, err
	}
	view := c.viewPolicy(found)
	if view.Int("AttachmentCount")+view.Int("PermissionsBoundaryUsageCount") > 0 {
		return nil, deleteConflict("Cannot delete a policy attached to entities.")
	}
	if len(found.Versions) > 1 {
		return nil, deleteConflict("This policy has more than one version. Before you delete a policy, " +
			"you must delete the policy's versions. The default version is deleted with the policy.")
	}
	delete(c.world.Policies, found.ARN)
	return nil, nil
}

func createPolicyVersion(c *call) (model.Object, error) {
	found, err := c.editPolicy()
	if err != nil {
		return nil, err
	}
	document := c.in.Text("PolicyDocument")
	if err := checkManaged(document); err != nil {
		return nil, err
	}
	if len(found.Versions) >= maxVersions {
		return nil, limitExceeded("A managed policy can have up to %d versions. Before you create a "+
			"new version, you must delete an existing version.", maxVersions)
	}
	found.Last++
	made := Version{
		ID: "v" + strconv.Itoa(found.Last), Document: document, Created: stamp(c.now),
	}
	found.Versions, found.Updated = append(found.Versions, made), stamp(c.now)
	if c.in.Bool("SetAsDefault") {
		found.Default = made.ID
	}
	return model.Object{"PolicyVersion": found.viewVersion(made)}, nil
}

func (p *Policy) viewVersion(v Version) model.Object {
	return model.Object{
		"VersionId": v.ID, "IsDefaultVersion": v.ID == p.Default, "CreateDate": v.Created,
	}
}

// version finds the version of a policy that a call names.
func (c *call) version(p *Policy) (int, error) {
	id := c.in.Text("VersionId")
	at := slices.IndexFunc(p.Versions, func(v Version) bool { return v.ID == id })
	if at < 0 {
		return 0, noSuchEntity("Policy %s version %s does not exist or is not attachable.", p.ARN, id)
	}
	return at, nil
}

func getPolicyVersion(c *call) (model.Object, error) {
	found, err := c.foundPolicy()
	if err != nil {
		return nil, err
	}
	at, err := c.version(found)
	if err != nil {
		return nil, err
	}
	version := found.Versions[at]
	if version.Document == "" {
		return nil, model.NotImplemented("iam", "GetPolicyVersion",
			"the document of "+found.ARN+" is not known; it allows nothing here")
	}
	out := found.viewVersion(version)
	out["Document"] = encoded(version.Document)
	return model.Object{"PolicyVersion": out}, nil
}

func listPolicyVersions(c *call) (model.Object, error) {
	found, err := c.foundPolicy()
	if err != nil {
		return nil, err
	}
	return page(c, "Versions", slices.Clone(found.Versions), struct {
		name func(Version) string
		view func(Version) any
	}{
		func(v Version) string { return v.Created + v.ID },
		func(v Version) any { return found.viewVersion(v) },
	})
}

// editVersion returns the policy that a call changes, and where its version is that the call names.
func (c *call) editVersion() (found *Policy, at int, err error) {
	if found, err = c.editPolicy(); err != nil {
		return nil, 0, err
	}
	at, err = c.version(found)
	return found, at, err
}

func setDefaultPolicyVersion(c *call) (model.Object, error) {
	found, at, err := c.editVersion()
	if err != nil {
		return nil, err
	}
	found.Default, found.Updated = found.Versions[at].ID, stamp(c.now)
	return nil, nil
}

func deletePolicyVersion(c *call) (model.Object, error) {
	found, at, err := c.editVersion()
	if err != nil {
		return nil, err
	}
	if found.Versions[at].ID == found.Default {
		return nil, deleteConflict("Cannot delete the default version of a policy.")
	}
	found.Versions = slices.Delete(found.Versions, at, at+1)
	return nil, nil
}

// listEntitiesForPolicy lists roles, users and groups together.
func listEntitiesForPolicy(c *call) (model.Object, error) {
	found, err := c.foundPolicy()
	if err != nil {
		return nil, err
	}
	filter, usage := c.in.Text("EntityFilter"), c.in.Text("PolicyUsageFilter")
	out := model.Object{"IsTruncated": false}
	for _, k := range []kind{role, user, group} {
		items := []any{}
		for _, e := range c.entities(k) {
			uses := usage != "PermissionsBoundary" && slices.Contains(e.Attached, found.ARN) ||
				usage != "PermissionsPolicy" && e.Boundary == found.ARN
			if !uses || filter != "" && filter != string(k) ||
				!strings.HasPrefix(e.Path, c.in.Text("PathPrefix")) {
				continue
			}
			view := c.view(e)
			items = append(items, model.Object{}.Take(view, string(k)+"Name", string(k)+"Id"))
		}
		out["Policy"+string(k)+"s"] = items
	}
	return out, nil
}
