package provision

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/identity"
)

// userPoolClientCoverage declares app clients.
func userPoolClientCoverage() []coverage.Rule {
	const noAPI = "people sign in at the page of the runner; InitiateAuth and its like are not served"
	const nobodyWrites = "no operation changes the attributes of a user here"
	return rules(
		honoured("ClientName", "UserPoolId", "GenerateSecret", "AllowedOAuthFlows[]",
			"AllowedOAuthFlowsUserPoolClient", "AllowedOAuthScopes[]", "CallbackURLs[]", "LogoutURLs[]",
			"DefaultRedirectURI", "AccessTokenValidity", "IdTokenValidity", "RefreshTokenValidity",
			"TokenValidityUnits.AccessToken", "TokenValidityUnits.IdToken",
			"TokenValidityUnits.RefreshToken", "EnableTokenRevocation", "ReadAttributes[]",
			"RefreshTokenRotation.Feature", "RefreshTokenRotation.RetryGracePeriodSeconds"),
		choice("SupportedIdentityProviders[]", []string{"COGNITO"}),
		irrelevant(noAPI, "ExplicitAuthFlows[]", "PreventUserExistenceErrors", "AuthSessionValidity",
			"EnablePropagateAdditionalUserContextData"),
		irrelevant(nobodyWrites, "WriteAttributes[]"),
		irrelevant(noCloudWatch, "AnalyticsConfiguration.**"),
	)
}

func (r *reader) userPoolClients(pools poolsRead) {
	for _, resource := range r.assembly.ByType(typeUserPoolClient) {
		p := r.properties(resource)
		pool, ok := p.poolOf(pools)
		if !ok {
			continue
		}
		client := r.userPoolClient(resource)
		p.checkScopes(client.Scopes, pool)
		pool.Clients = append(pool.Clients, client)
	}
}

func (r *reader) userPoolClient(resource *cloudformation.Resource) identity.Client {
	p := r.properties(resource)
	client := identity.Client{
		ID:              resource.PhysicalID,
		Name:            p.textOr("ClientName", resource.LogicalID),
		Scopes:          p.texts("AllowedOAuthScopes"),
		OAuth:           p.boolean("AllowedOAuthFlowsUserPoolClient"),
		DefaultRedirect: p.text("DefaultRedirectURI"),
		ReadAttributes:  p.texts("ReadAttributes"),
		Irrevocable:     p.has("EnableTokenRevocation") && !p.boolean("EnableTokenRevocation"),
		CallbackURLs:    p.signInAddresses("CallbackURLs"),
		LogoutURLs:      p.signInAddresses("LogoutURLs"),
		Lifetimes:       p.tokenLifetimes(),
		Rotation:        p.tokenRotation(),
	}
	if p.boolean("GenerateSecret") {
		client.Secret = r.attribute(resource, "ClientSecret")
	}
	client.Flows = p.oneOfWords("AllowedOAuthFlows", map[string]bool{
		identity.FlowCode: true, identity.FlowImplicit: true, identity.FlowMachine: true,
	})
	p.checkFlows(client)
	return client
}

// checkFlows notes what AWS refuses to deploy ("CreateUserPoolClient").
func (p properties) checkFlows(client identity.Client) {
	people := slices.Contains(client.Flows, identity.FlowCode) ||
		slices.Contains(client.Flows, identity.FlowImplicit)
	machines := slices.Contains(client.Flows, identity.FlowMachine)
	switch {
	case machines && people:
		p.fail("AllowedOAuthFlows", "client_credentials cannot stand beside code or implicit")
	case machines && client.Secret == "":
		p.fail("AllowedOAuthFlows", "client_credentials needs GenerateSecret")
	case people && len(client.CallbackURLs) == 0:
		p.fail("AllowedOAuthFlows", "code and implicit need CallbackURLs")
	}
	if client.DefaultRedirect != "" && !slices.Contains(client.CallbackURLs, client.DefaultRedirect) {
		p.fail("DefaultRedirectURI", "want one of the CallbackURLs: %s",
			strings.Join(client.CallbackURLs, ", "))
	}
}

// signInAddresses returns addresses that people are sent to: absolute, without a fragment, and
// HTTPS but for this machine and for the schemes of apps.
func (p properties) signInAddresses(name string) []string {
	addresses := p.texts(name)
	for _, address := range addresses {
		parsed, err := url.Parse(address)
		switch {
		case err != nil || parsed.Scheme == "" || strings.Contains(address, "#"):
			p.fail(name, "%q is no absolute URL without a fragment", address)
		case parsed.Scheme == "http" && !slices.Contains(
			[]string{"localhost", "127.0.0.1", "::1"}, parsed.Hostname()):
			p.fail(name, "%q: AWS takes http:// for localhost alone; want https://", address)
		case slices.Contains([]string{"javascript", "data", "vbscript"}, parsed.Scheme):
			p.fail(name, "%q: want https:// or the scheme of an app", address)
		}
	}
	return addresses
}

// tokenLifetimes reads how long tokens hold, within AWS's bounds.
func (p properties) tokenLifetimes() identity.Lifetimes {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	access := p.tokenLifetime("AccessToken", "hours", 5*time.Minute, day)
	id := p.tokenLifetime("IdToken", "hours", 5*time.Minute, day)
	refresh := p.tokenLifetime("RefreshToken", "days", time.Hour, 10*year)
	return identity.Lifetimes{Access: access, ID: id, Refresh: refresh}
}

// tokenLifetime reads the lifetime of one kind of token; 0 is Cognito's default.
func (p properties) tokenLifetime(kind, unit string, least, most time.Duration) time.Duration {
	name := kind + "Validity"
	units, _ := p.object("TokenValidityUnits")
	if units.has(kind) {
		unit = units.choice(kind, "seconds", "minutes", "hours", "days")
	}
	number := p.integer(name, 0)
	if number == 0 {
		return 0
	}
	holds := time.Duration(number) * map[string]time.Duration{
		"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour,
	}[unit]
	if number < 0 || holds < least || holds > most {
		p.fail(name, "%d %s, want %v to %v", number, unit, least, most)
		return 0
	}
	return holds
}

// tokenRotation reads whether refresh tokens are replaced when they are used.
func (p properties) tokenRotation() identity.Rotation {
	rotation, _ := p.object("RefreshTokenRotation")
	if rotation.choice("Feature", "DISABLED", "ENABLED") != "ENABLED" {
		return identity.Rotation{}
	}
	const most = 60
	grace := rotation.integerIn("RetryGracePeriodSeconds", 0, 0, most)
	return identity.Rotation{Enabled: true, Grace: time.Duration(grace) * time.Second}
}
