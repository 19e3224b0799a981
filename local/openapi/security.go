package openapi

import (
	"strings"
)

// scheme is a security definition of the document.
type scheme struct {
	at           *node
	name         string
	kind         string // apiKey, http, oauth2, openIdConnect, basic
	authorizerID string // "" without x-amazon-apigateway-authorizer
	authorizer   string // CUSTOM, COGNITO_USER_POOLS or JWT
	dropped      bool   // AWS drops the authorizer, and the routes that want it
	iam          bool
}

// schemes returns the security definitions by name.
func (i *importer) schemes() map[string]*scheme {
	definitions := i.root.get("securityDefinitions")
	if !i.swagger {
		definitions = i.root.get("components").get("securitySchemes")
	}
	found := map[string]*scheme{}
	for _, entry := range definitions.entries() {
		at := i.resolve(entry)
		s := &scheme{at: at, name: entry.key, kind: at.get("type").string()}
		authType := i.take(at, extension+"authtype").string()
		s.iam = strings.EqualFold(authType, "awsSigv4")
		found[entry.key] = s
	}
	return found
}

// access is who may call an operation.
type access struct {
	authorization string // NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS or JWT
	authorizerID  string
	scopes        []string
	keyRequired   bool
	dropped       bool // by an authorizer that AWS drops
}

// access reads the security of an operation, which is that of the document when it has none of its
// own, and x-amazon-apigateway-auth.
func (i *importer) access(operation *node, schemes map[string]*scheme) access {
	a := access{authorization: "NONE"}
	security := operation.raw("security")
	if security == nil {
		security = i.root.raw("security")
	}
	for _, requirement := range security.items() {
		for _, entry := range requirement.entries() {
			i.require(&a, entry, schemes)
		}
	}
	auth := i.take(operation, extension+"auth")
	if !i.isObject(auth) {
		return a
	}
	i.know(auth, []string{"type"}, nil)
	switch i.choice(auth.get("type"), "NONE", "AWS_IAM") {
	case "AWS_IAM":
		if a.authorization != "NONE" && a.authorization != "AWS_IAM" {
			i.fail(auth, onlyOne)
		}
		a.authorization = "AWS_IAM"
	default:
		if a.authorization != "NONE" && operation.raw("security") != nil {
			i.fail(auth, "the operation asks for security, and x-amazon-apigateway-auth for none")
		}
		a.authorization, a.authorizerID, a.scopes, a.dropped = "NONE", "", nil, false
	}
	return a
}

const onlyOne = "API Gateway takes one authorizer, or IAM authorization, for each operation; " +
	"multiple security requirements are not supported"

// require adds one requirement of a security list.
func (i *importer) require(a *access, entry *node, schemes map[string]*scheme) {
	s := schemes[entry.key]
	switch {
	case s == nil && entry.key == "NONE": // SAM's word for an operation without authorizer
	case s == nil:
		// Unlike AWS: a misspelled scheme is refused, where AWS leaves the operation open.
		i.fail(entry, "the document defines no security scheme %q", entry.key)
	case s.dropped:
		a.dropped = true
	case s.iam && s.authorizerID == "":
		i.authorize(a, entry, access{authorization: "AWS_IAM"})
	case s.authorizerID != "":
		i.authorize(a, entry, access{
			authorization: s.authorizer, authorizerID: s.authorizerID, scopes: i.texts(entry),
		})
	case s.kind == "apiKey" && i.rest:
		a.keyRequired = true
	case s.kind == "apiKey":
		i.refused(entry, "HTTP APIs have no API keys: AWS ignores the requirement, so that it "+
			"protects nothing")
	default:
		i.refused(entry, "AWS takes no notice of a security scheme of type "+s.kind+
			" without x-amazon-apigateway-authorizer, so that it protects nothing")
	}
}

func (i *importer) authorize(a *access, at *node, want access) {
	if a.authorization != "NONE" &&
		(a.authorization != want.authorization || a.authorizerID != want.authorizerID) {
		i.fail(at, onlyOne)
		return
	}
	a.authorization, a.authorizerID = want.authorization, want.authorizerID
	a.scopes = append(a.scopes, want.scopes...)
}
