package stacks

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"portico/infra/constructs"
	"portico/shared/names"
)

// Identity is who may call: the user pool, its scopes and client, and the function that decides
// about the callers of the partner and the realtime API.
func Identity(a *Application) error {
	stack := a.stack("identity", "User pool and authorizer of the order service.")
	a.users = awscognito.NewUserPool(stack, jsii.String("Users"), &awscognito.UserPoolProps{
		UserPoolName:       jsii.String(a.prefix()),
		SelfSignUpEnabled:  jsii.Bool(false),
		SignInAliases:      &awscognito.SignInAliases{Email: jsii.Bool(true)},
		AccountRecovery:    awscognito.AccountRecovery_EMAIL_ONLY,
		DeletionProtection: jsii.Bool(a.Settings.RetainData),
		RemovalPolicy:      constructs.Removal(a.Settings.RetainData),
		PasswordPolicy: &awscognito.PasswordPolicy{
			MinLength:        jsii.Number(12),
			RequireDigits:    jsii.Bool(true),
			RequireLowercase: jsii.Bool(true),
			RequireUppercase: jsii.Bool(true),
			RequireSymbols:   jsii.Bool(true),
		},
	})
	constructs.Accept(a.users, "AwsSolutions-COG2",
		"a second factor is the choice of who keeps the pool; users of the sample have a password alone")
	constructs.Accept(a.users, "AwsSolutions-COG3",
		"threat protection is a paid plan of Cognito; the web ACL guards the APIs")
	a.users.AddDomain(jsii.String("Domain"), &awscognito.UserPoolDomainOptions{
		// Domains of user pools are unique in a region, over all accounts.
		CognitoDomain: &awscognito.CognitoDomainOptions{
			DomainPrefix: jsii.String(a.prefix() + "-" + *stack.Account()),
		},
	})
	a.newClients()
	output(stack, "Issuer", "Who signs the tokens.", a.issuer())
	output(stack, "ServiceClient", "The app client of services, which get tokens with a secret.",
		*a.serviceClient.UserPoolClientId())
	output(stack, "WebClient", "The app client of single-page applications.",
		*a.webClient.UserPoolClientId())
	var err error
	a.authorizer, err = a.function(stack, names.Authorizer,
		"Decides who may call the partner API and connect to the realtime API.",
		map[string]string{names.Issuer: a.issuer(), names.Audience: strings.Join(a.audience(), ",")})
	if err != nil {
		return err
	}
	return a.shift(stack, a.authorizer)
}

// newClients creates the app client of services, which get tokens with a secret, and that of
// single-page applications, whose users sign in on the pool's page (a code, with PKCE).
func (a *Application) newClients() {
	read := scope(names.Read, "Read orders.")
	write := scope(names.Write, "Create and change orders.")
	server := a.users.AddResourceServer(jsii.String("Orders"),
		&awscognito.UserPoolResourceServerOptions{
			Identifier: jsii.String(names.ResourceServer),
			Scopes:     &[]awscognito.ResourceServerScope{read, write},
		})
	scopes := []awscognito.OAuthScope{
		awscognito.OAuthScope_ResourceServer(server, read),
		awscognito.OAuthScope_ResourceServer(server, write),
	}
	a.serviceClient = a.users.AddClient(jsii.String("Client"), &awscognito.UserPoolClientOptions{
		UserPoolClientName:         jsii.String(a.prefix() + "-app"),
		GenerateSecret:             jsii.Bool(true),
		PreventUserExistenceErrors: jsii.Bool(true),
		AccessTokenValidity:        awscdk.Duration_Hours(jsii.Number(1)),
		OAuth: &awscognito.OAuthSettings{
			Flows:  &awscognito.OAuthFlows{ClientCredentials: jsii.Bool(true)},
			Scopes: &scopes,
		},
	})
	pages := a.signInPages()
	person := append(scopes, awscognito.OAuthScope_OPENID(), awscognito.OAuthScope_EMAIL())
	a.webClient = a.users.AddClient(jsii.String("Web"), &awscognito.UserPoolClientOptions{
		UserPoolClientName:         jsii.String(a.prefix() + "-web"),
		PreventUserExistenceErrors: jsii.Bool(true),
		AccessTokenValidity:        awscdk.Duration_Hours(jsii.Number(1)),
		RefreshTokenValidity:       awscdk.Duration_Days(jsii.Number(1)),
		OAuth: &awscognito.OAuthSettings{
			Flows:        &awscognito.OAuthFlows{AuthorizationCodeGrant: jsii.Bool(true)},
			Scopes:       &person,
			CallbackUrls: &pages,
			LogoutUrls:   &pages,
		},
	})
}

// signInPages are where people come back to: the root of every page that may call the public API.
func (a *Application) signInPages() []*string {
	var pages []*string
	for _, origin := range a.Settings.BrowserOrigins {
		pages = append(pages, jsii.String(origin+"/"))
	}
	return pages
}

// issuer is the `iss` of the pool's tokens.
func (a *Application) issuer() string {
	return *a.users.UserPoolProviderUrl()
}

// audience is whom the tokens must be made for.
func (a *Application) audience() []string {
	return []string{*a.serviceClient.UserPoolClientId(), *a.webClient.UserPoolClientId()}
}

func scope(name, description string) awscognito.ResourceServerScope {
	return awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
		ScopeName:        jsii.String(name),
		ScopeDescription: jsii.String(description),
	})
}
