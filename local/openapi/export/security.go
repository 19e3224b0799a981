package export

import (
	"cmp"
	"fmt"
	"strings"

	"portico/local/gateway/api"
)

// schemes are the security schemes of a document.
type schemes struct {
	byID     map[string]string // names of authorizers
	defined  map[string]object // by name
	key, iam string            // names of the schemes of API keys and of signatures
	isUsed   map[string]bool   // key and iam, once a method asks for them
}

// name takes a name that nothing has yet.
func (s *schemes) name(wanted string) string {
	for s.defined[wanted] != nil {
		wanted += "_"
	}
	return wanted
}

func apiKeyScheme(name, in string) object {
	return object{{"type", "apiKey"}, {"name", name}, {"in", in}}
}

// restSchemes makes the schemes of a REST API: its authorizers, those that no method names too. The
// schemes of API keys and signatures are called as AWS calls them.
func restSchemes(of api.REST, extensions bool) (schemes, error) {
	s := schemes{
		byID: map[string]string{}, defined: map[string]object{}, isUsed: map[string]bool{},
	}
	for _, id := range sortedKeys(of.Authorizers) {
		authorizer := of.Authorizers[id]
		name := cmp.Or(authorizer.Name, id)
		if s.defined[name] != nil {
			return s, fmt.Errorf("two authorizers are called %q: a document has one of each name", name)
		}
		s.byID[id], s.defined[name] = name, restScheme(&authorizer, extensions)
	}
	s.key, s.iam = s.name("api_key"), s.name("sigv4")
	return s, nil
}

// restScheme writes an authorizer. Its one identity source is the parameter of the scheme; where
// there are none or several, AWS writes Unused.
func restScheme(a *api.RESTAuthorizer, extensions bool) object {
	in, name := "header", "Unused"
	source := strings.TrimSpace(a.IdentitySource)
	header, isHeader := strings.CutPrefix(source, "method.request.header.")
	query, isQuery := strings.CutPrefix(source, "method.request.querystring.")
	switch {
	case strings.Contains(source, ","):
	case isHeader:
		name = header
	case isQuery:
		in, name = "query", query
	}
	made := apiKeyScheme(name, in)
	authType := "custom"
	if a.Type == "COGNITO_USER_POOLS" {
		authType = "cognito_user_pools"
	}
	made.put(prefix+"authtype", authType)
	if !extensions {
		return made
	}
	var own object
	own.putText("authorizerUri", a.URI)
	own.putTexts("providerARNs", a.ProviderARNs)
	own.putText("authorizerCredentials", a.Credentials)
	own.putText("identityValidationExpression", a.IdentityValidation)
	own.put("authorizerResultTtlInSeconds", a.ResultTTL)
	if a.Type == "REQUEST" || name == "Unused" || strings.EqualFold(name, "unused") {
		own.putText("identitySource", a.IdentitySource)
	}
	own.put("type", strings.ToLower(a.Type))
	made.put(prefix+"authorizer", own)
	return made
}

// of returns what a method asks for; nil for nothing.
func (s *schemes) of(m *api.Method) ([]any, error) {
	var all []any
	switch m.AuthorizationType {
	case "AWS_IAM":
		all = append(all, s.use(s.iam))
	case "CUSTOM", "COGNITO_USER_POOLS":
		name, ok := s.byID[m.AuthorizerID]
		if !ok {
			return nil, fmt.Errorf("it names the authorizer %q, which the API does not have",
				m.AuthorizerID)
		}
		all = append(all, object{{name, texts(m.AuthorizationScopes)}})
	}
	if m.APIKeyRequired {
		all = append(all, s.use(s.key))
	}
	return all, nil
}

func (s *schemes) use(name string) object {
	s.isUsed[name] = true
	return object{{name, []any{}}}
}

// all returns the schemes, after the methods were written.
func (s *schemes) all() object {
	var all object
	for _, name := range sortedKeys(s.defined) {
		all.put(name, s.defined[name])
	}
	if s.isUsed[s.key] {
		all.put(s.key, apiKeyScheme("x-api-key", "header"))
	}
	if s.isUsed[s.iam] {
		made := apiKeyScheme("Authorization", "header")
		made.put(prefix+"authtype", "awsSigv4")
		all.put(s.iam, made)
	}
	return all
}
