package provision

import (
	"encoding/json"
	"maps"
	"slices"

	"portico/local/cloudformation"
)

const (
	typeRole          = "AWS::IAM::Role"
	typeRolePolicy    = "AWS::IAM::RolePolicy"
	typePolicy        = "AWS::IAM::Policy"
	typeManagedPolicy = "AWS::IAM::ManagedPolicy"
)

// Role is an IAM role, and the policy documents that say what it may do. Only who signs a call of
// an API is asked for them.
type Role struct {
	Name     string
	ARN      string
	Policies []json.RawMessage
}

// awsPolicies are AWS's own policies that allow calling APIs; others allow nothing here.
var awsPolicies = map[string]json.RawMessage{
	":iam::aws:policy/AdministratorAccess": json.RawMessage(
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`),
	":iam::aws:policy/AmazonAPIGatewayInvokeFullAccess": json.RawMessage(
		`{"Statement":[{"Effect":"Allow","Action":["execute-api:Invoke",` +
			`"execute-api:ManageConnections"],"Resource":"arn:aws:execute-api:*:*:*"}]}`),
}

// roles reads the roles in the order of their names, each with the policies that name it.
//
// Unlike AWS: a role with a permissions boundary may call nothing, because boundaries are not
// evaluated.
func (r *reader) roles() []Role {
	found := map[string]*Role{}
	bounded := map[string]bool{}
	managed := r.byID(typeManagedPolicy)
	for _, resource := range r.assembly.ByType(typeRole) {
		p := r.properties(resource)
		role := &Role{Name: resource.PhysicalID, ARN: r.attribute(resource, "Arn")}
		for _, inline := range p.objects("Policies") {
			role.add(inline)
		}
		for _, arn := range p.texts("ManagedPolicyArns") {
			role.attach(r, managed, arn)
		}
		found[role.Name] = role
		bounded[role.Name] = p.has("PermissionsBoundary")
	}
	r.attachPolicies(found)
	roles := make([]Role, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if bounded[name] {
			found[name].Policies = nil
		}
		roles = append(roles, *found[name])
	}
	return roles
}

// attachPolicies gives roles the policies that are resources of their own.
func (r *reader) attachPolicies(roles map[string]*Role) {
	for _, resource := range r.assembly.ByType(typePolicy, typeManagedPolicy, typeRolePolicy) {
		p := r.properties(resource)
		names := p.texts("Roles")
		if resource.Type == typeRolePolicy {
			names = []string{p.text("RoleName")}
		}
		for _, name := range names {
			if role := roles[name]; role != nil {
				role.add(p)
			}
		}
	}
}

// attach adds a managed policy: one of the template, or one of AWS's that is known.
func (role *Role) attach(
	r *reader, managed map[string]*cloudformation.Resource, arn string,
) {
	if resource, ok := managed[arn]; ok {
		role.add(r.properties(resource))
		return
	}
	for suffix, document := range awsPolicies {
		if len(arn) > len(suffix) && arn[len(arn)-len(suffix):] == suffix {
			role.Policies = append(role.Policies, document)
		}
	}
}

func (role *Role) add(p properties) {
	if document := p.document("PolicyDocument"); document != nil {
		role.Policies = append(role.Policies, document)
	}
}
