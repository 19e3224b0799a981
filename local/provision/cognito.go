package provision

import (
	"maps"
	"slices"
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/identity"
)

const (
	typeUserPool       = "AWS::Cognito::UserPool"
	typeUserPoolClient = "AWS::Cognito::UserPoolClient"
	typeUserPoolDomain = "AWS::Cognito::UserPoolDomain"
	typeResourceServer = "AWS::Cognito::UserPoolResourceServer"
	typeUserPoolGroup  = "AWS::Cognito::UserPoolGroup"
	typeUserPoolUser   = "AWS::Cognito::UserPoolUser"
	typeGroupMember    = "AWS::Cognito::UserPoolUserToGroupAttachment"
)

// cognitoCoverage declares user pools and what belongs to them.
func cognitoCoverage() coverage.Table {
	const noMails = "nobody is invited: anybody signs in here under any name"
	return coverage.Table{
		typeUserPool: rules(
			honoured("UserPoolName", "UsernameAttributes[]"),
			refused("triggers of a user pool are not invoked", "LambdaConfig.**"),
			irrelevant(noSignIn, "**"),
		),
		typeUserPoolClient: userPoolClientCoverage(),
		typeUserPoolDomain: rules(
			honoured("Domain", "UserPoolId"),
			irrelevant("the domain is served under the runner's own address",
				"CustomDomainConfig.**", "Routing.**"),
			irrelevant("the runner has a sign-in page of its own", "ManagedLoginVersion"),
		),
		typeResourceServer: rules(
			honoured("Identifier", "UserPoolId", "Scopes[].ScopeName"),
			irrelevant(onlyText, "Name", "Scopes[].ScopeDescription"),
		),
		typeUserPoolGroup: rules(
			honoured("GroupName", "UserPoolId", "Precedence", "RoleArn"),
			irrelevant(onlyText, "Description"),
		),
		typeUserPoolUser: rules(
			honoured("Username", "UserPoolId", "UserAttributes[].Name", "UserAttributes[].Value"),
			irrelevant(noMails, "DesiredDeliveryMediums[]", "ForceAliasCreation", "MessageAction",
				"ClientMetadata.**", "ValidationData.**"),
		),
		typeGroupMember: honoured("GroupName", "UserPoolId", "Username"),
	}
}

// poolsRead are the user pools found so far, by id.
type poolsRead map[string]*identity.UserPool

// userPools reads every user pool with what belongs to it.
func (r *reader) userPools() []identity.UserPool {
	found := r.assembly.ByType(typeUserPool)
	pools := make([]identity.UserPool, len(found))
	known := poolsRead{}
	for i, resource := range found {
		p := r.properties(resource)
		pools[i] = identity.UserPool{
			ID:         resource.PhysicalID,
			ARN:        r.attribute(resource, "Arn"),
			Name:       p.textOr("UserPoolName", resource.LogicalID),
			Region:     resource.Stack.Region,
			SignInWith: p.texts("UsernameAttributes"),
		}
		known[resource.PhysicalID] = &pools[i]
	}
	r.resourceServers(known)
	r.userPoolDomains(known)
	r.userPoolClients(known)
	r.userPoolGroups(known)
	r.userPoolUsers(known)
	r.groupMembers(known)
	return pools
}

// poolOf returns the pool that a resource belongs to.
func (p properties) poolOf(pools poolsRead) (*identity.UserPool, bool) {
	return lookUp(p, "UserPoolId", "user pool", pools)
}

func (r *reader) resourceServers(pools poolsRead) {
	for _, resource := range r.assembly.ByType(typeResourceServer) {
		p := r.properties(resource)
		pool, ok := p.poolOf(pools)
		identifier := p.requiredText("Identifier")
		for _, scope := range p.objects("Scopes") {
			name := scope.requiredText("ScopeName")
			if ok {
				pool.Scopes = append(pool.Scopes, identifier+"/"+name)
			}
		}
	}
}

func (r *reader) userPoolDomains(pools poolsRead) {
	for _, resource := range r.assembly.ByType(typeUserPoolDomain) {
		p := r.properties(resource)
		domain := p.requiredText("Domain")
		if pool, ok := p.poolOf(pools); ok {
			pool.Domain = domain
		}
	}
}

func (r *reader) userPoolGroups(pools poolsRead) {
	// A group without a precedence comes after all that have one ("GroupType").
	const last = 1 << 31
	for _, resource := range r.assembly.ByType(typeUserPoolGroup) {
		p := r.properties(resource)
		if pool, ok := p.poolOf(pools); ok {
			pool.Groups = append(pool.Groups, identity.Group{
				Name: resource.PhysicalID, RoleARN: p.text("RoleArn"),
				Precedence: p.integer("Precedence", last),
			})
		}
	}
}

func (r *reader) userPoolUsers(pools poolsRead) {
	for _, resource := range r.assembly.ByType(typeUserPoolUser) {
		p := r.properties(resource)
		pool, ok := p.poolOf(pools)
		if !ok {
			continue
		}
		user := identity.User{Name: p.textOr("Username", resource.PhysicalID)}
		user.Attributes = map[string]string{}
		for _, attribute := range p.objects("UserAttributes") {
			user.Attributes[attribute.requiredText("Name")] = attribute.text("Value")
		}
		pool.Users = append(pool.Users, user)
	}
}

// groupMembers puts users into groups.
func (r *reader) groupMembers(pools poolsRead) {
	for _, resource := range r.assembly.ByType(typeGroupMember) {
		p := r.properties(resource)
		pool, ok := p.poolOf(pools)
		if !ok {
			continue
		}
		groups, users := map[string]bool{}, map[string]*identity.User{}
		for _, group := range pool.Groups {
			groups[group.Name] = true
		}
		for i := range pool.Users {
			users[pool.Users[i].Name] = &pool.Users[i]
		}
		_, isGroup := lookUp(p, "GroupName", "group of the user pool", groups)
		user, isUser := lookUp(p, "Username", "user of the user pool", users)
		if isGroup && isUser {
			user.Groups = append(user.Groups, p.text("GroupName"))
		}
	}
}

// standardScopes are in every user pool.
func standardScopes() []string {
	return []string{"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"}
}

// checkScopes notes scopes that the client's pool does not have.
func (p properties) checkScopes(scopes []string, pool *identity.UserPool) {
	allowed := append(standardScopes(), pool.Scopes...)
	for _, scope := range scopes {
		if !slices.Contains(allowed, scope) {
			p.fail("AllowedOAuthScopes", "user pool %s has no scope %q; it has %s",
				pool.Name, scope, strings.Join(allowed, ", "))
		}
	}
}

// oneOfWords notes values of a list that AWS does not know.
func (p properties) oneOfWords(name string, allowed map[string]bool) []string {
	texts := p.texts(name)
	for _, text := range texts {
		if !allowed[text] {
			p.fail(name, "%q is none of %s", text,
				strings.Join(slices.Sorted(maps.Keys(allowed)), ", "))
		}
	}
	return texts
}
