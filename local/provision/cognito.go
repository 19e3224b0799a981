package provision

import (
	"slices"
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/identity"
)

const (
	typeUserPool       = "AWS::Cognito::UserPool"
	typeUserPoolClient = "AWS::Cognito::UserPoolClient"
	typeResourceServer = "AWS::Cognito::UserPoolResourceServer"
)

// cognitoCoverage declares user pools, their clients and resource servers.
func cognitoCoverage() coverage.Table {
	const lifetimes = "`portico token` names the lifetime of each token it mints"
	return coverage.Table{
		typeUserPool: rules(
			honoured("UserPoolName"),
			refused("triggers of a user pool are not invoked", "LambdaConfig.**"),
			irrelevant(noSignIn, "**"),
		),
		typeUserPoolClient: rules(
			honoured("ClientName", "UserPoolId", "AllowedOAuthScopes[]"),
			irrelevant(lifetimes, "AccessTokenValidity", "IdTokenValidity",
				"RefreshTokenValidity", "TokenValidityUnits.**"),
			irrelevant(noSignIn, "**"),
		),
		typeResourceServer: rules(
			honoured("Identifier", "UserPoolId", "Scopes[].ScopeName"),
			irrelevant(onlyText, "Name", "Scopes[].ScopeDescription"),
		),
		"AWS::Cognito::UserPoolDomain": irrelevant(noSignIn, "**"),
		"AWS::Cognito::UserPoolGroup":  irrelevant(noSignIn, "**"),
		"AWS::Cognito::UserPoolUser":   irrelevant(noSignIn, "**"),
	}
}

// userPools reads every user pool with its clients and scopes.
func (r *reader) userPools() []identity.UserPool {
	found := r.assembly.ByType(typeUserPool)
	pools := make([]identity.UserPool, len(found))
	known := map[string]*identity.UserPool{}
	for i, resource := range found {
		pools[i] = identity.UserPool{
			ID:     resource.PhysicalID,
			ARN:    r.attribute(resource, "Arn"),
			Name:   r.properties(resource).textOr("UserPoolName", resource.LogicalID),
			Region: resource.Stack.Region,
		}
		known[resource.PhysicalID] = &pools[i]
	}
	r.resourceServers(known)
	r.userPoolClients(known)
	return pools
}

func (r *reader) resourceServers(pools map[string]*identity.UserPool) {
	for _, resource := range r.assembly.ByType(typeResourceServer) {
		p := r.properties(resource)
		pool, ok := lookUp(p, "UserPoolId", "user pool", pools)
		identifier := p.requiredText("Identifier")
		for _, scope := range p.objects("Scopes") {
			name := scope.requiredText("ScopeName")
			if ok {
				pool.Scopes = append(pool.Scopes, identifier+"/"+name)
			}
		}
	}
}

func (r *reader) userPoolClients(pools map[string]*identity.UserPool) {
	for _, resource := range r.assembly.ByType(typeUserPoolClient) {
		p := r.properties(resource)
		pool, ok := lookUp(p, "UserPoolId", "user pool", pools)
		if !ok {
			continue
		}
		client := identity.Client{
			ID:     resource.PhysicalID,
			Name:   p.textOr("ClientName", resource.LogicalID),
			Scopes: p.texts("AllowedOAuthScopes"),
		}
		allowed := append(standardScopes(), pool.Scopes...)
		for _, scope := range client.Scopes {
			if !slices.Contains(allowed, scope) {
				p.fail("AllowedOAuthScopes", "user pool %s has no scope %q; it has %s",
					pool.Name, scope, strings.Join(allowed, ", "))
			}
		}
		pool.Clients = append(pool.Clients, client)
	}
}

// standardScopes are in every user pool.
func standardScopes() []string {
	return []string{"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"}
}
