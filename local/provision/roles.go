package provision

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"portico/local/cloudformation"
)

const (
	typeRole          = "AWS::IAM::Role"
	typeRolePolicy    = "AWS::IAM::RolePolicy"
	typeUser          = "AWS::IAM::User"
	typeUserPolicy    = "AWS::IAM::UserPolicy"
	typeGroup         = "AWS::IAM::Group"
	typeGroupPolicy   = "AWS::IAM::GroupPolicy"
	typeMembers       = "AWS::IAM::UserToGroupAddition"
	typeAccessKey     = "AWS::IAM::AccessKey"
	typePolicy        = "AWS::IAM::Policy"
	typeManagedPolicy = "AWS::IAM::ManagedPolicy"
)

// Principal is an IAM role or user, and the policy documents that say what it may do. Only who signs
// a call of an API is asked for them.
type Principal struct {
	Name     string
	ARN      string
	Policies []json.RawMessage
	Boundary json.RawMessage // nil for none
	Tags     map[string]string
	Keys     []AccessKey // of a user, the active ones
}

// AccessKey is a key of a user.
type AccessKey struct{ ID, Secret string }

// principals are roles, users and groups while their policies are gathered, by name.
type principals map[string]*Principal

// iam is what the reader gathers of AWS::IAM.
type iam struct {
	*reader
	managed              map[string]*cloudformation.Resource // by ARN
	roles, users, groups principals
}

// principals reads the roles and users in the order of their names, each with the policies that name
// it or a group it is in.
func (r *reader) principals() (roles, users []Principal) {
	gathered := &iam{reader: r, managed: r.byID(typeManagedPolicy)}
	gathered.roles = gathered.read(typeRole)
	gathered.users = gathered.read(typeUser)
	gathered.groups = gathered.read(typeGroup)
	gathered.attachPolicies()
	gathered.joinGroups()
	gathered.accessKeys()
	return gathered.roles.sorted(), gathered.users.sorted()
}

// read returns the roles, users or groups with the policies that stand in them.
func (i *iam) read(resourceType string) principals {
	found := principals{}
	for _, resource := range i.assembly.ByType(resourceType) {
		p := i.properties(resource)
		made := &Principal{Name: resource.PhysicalID, ARN: i.attribute(resource, "Arn")}
		for _, inline := range p.objects("Policies") {
			made.add(inline)
		}
		for _, arn := range p.texts("ManagedPolicyArns") {
			if document := i.managedPolicy(arn); document != nil {
				made.Policies = append(made.Policies, document)
			}
		}
		if p.has("PermissionsBoundary") {
			made.Boundary = i.boundary(p.text("PermissionsBoundary"))
		}
		for _, tag := range p.objects("Tags") {
			if made.Tags == nil {
				made.Tags = map[string]string{}
			}
			made.Tags[tag.text("Key")] = tag.text("Value")
		}
		found[made.Name] = made
	}
	return found
}

// attachPolicies gives the policies that are resources of their own to those they name.
func (i *iam) attachPolicies() {
	owners := map[string]struct {
		property string
		among    principals
	}{
		typeRolePolicy:  {"RoleName", i.roles},
		typeUserPolicy:  {"UserName", i.users},
		typeGroupPolicy: {"GroupName", i.groups},
	}
	for _, resource := range i.assembly.ByType(
		typePolicy, typeManagedPolicy, typeRolePolicy, typeUserPolicy, typeGroupPolicy,
	) {
		p := i.properties(resource)
		if owner, single := owners[resource.Type]; single {
			owner.among.add([]string{p.text(owner.property)}, p)
			continue
		}
		i.roles.add(p.texts("Roles"), p)
		i.users.add(p.texts("Users"), p)
		i.groups.add(p.texts("Groups"), p)
	}
}

// joinGroups gives users what their groups are allowed. A user that is put into a group twice is in
// it once.
func (i *iam) joinGroups() {
	members := map[string][]string{} // groups by user
	for _, resource := range i.assembly.ByType(typeUser) {
		members[resource.PhysicalID] = i.properties(resource).texts("Groups")
	}
	for _, resource := range i.assembly.ByType(typeMembers) {
		p := i.properties(resource)
		for _, user := range p.texts("Users") {
			members[user] = append(members[user], p.text("GroupName"))
		}
	}
	for name, user := range i.users {
		groups := slices.Sorted(slices.Values(members[name]))
		for _, group := range slices.Compact(groups) {
			if found := i.groups[group]; found != nil {
				user.Policies = append(user.Policies, found.Policies...)
			}
		}
	}
}

func (i *iam) accessKeys() {
	for _, resource := range i.assembly.ByType(typeAccessKey) {
		p := i.properties(resource)
		user := i.users[p.text("UserName")]
		if user == nil || p.text("Status") == "Inactive" {
			continue
		}
		user.Keys = append(user.Keys, AccessKey{
			ID: resource.PhysicalID, Secret: i.attribute(resource, "SecretAccessKey"),
		})
	}
}

// managedPolicy returns the document of a managed policy: one of the template, or one of AWS's that
// is known; else nil.
func (i *iam) managedPolicy(arn string) json.RawMessage {
	if resource, ok := i.managed[arn]; ok {
		return i.properties(resource).document("PolicyDocument")
	}
	return AWSPolicy(arn)
}

// AWSPolicy returns the document of a managed policy of AWS's that allows calling APIs; nil for
// others, which allow nothing here.
func AWSPolicy(arn string) json.RawMessage {
	for suffix, document := range awsPolicies {
		if strings.HasSuffix(arn, suffix) {
			return document
		}
	}
	return nil
}

// boundary returns the document of a permissions boundary.
//
// Unlike AWS: a boundary that is neither of the template nor one of AWS's that is known allows
// nothing.
func (i *iam) boundary(arn string) json.RawMessage {
	if document := i.managedPolicy(arn); document != nil {
		return document
	}
	return json.RawMessage(`{"Statement":[]}`)
}

func (all principals) add(names []string, p properties) {
	for _, name := range names {
		if found := all[name]; found != nil {
			found.add(p)
		}
	}
}

func (all principals) sorted() []Principal {
	sorted := make([]Principal, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		sorted = append(sorted, *all[name])
	}
	return sorted
}

func (made *Principal) add(p properties) {
	if document := p.document("PolicyDocument"); document != nil {
		made.Policies = append(made.Policies, document)
	}
}
