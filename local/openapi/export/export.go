// Package export writes definitions of APIs as OpenAPI documents with API Gateway's extensions.
//
// It stands beside the reader of such documents, in no call's way: GetExport and ExportApi of the
// management APIs and the command portico export print what it makes. What the reader makes of a
// document that was written with everything is the definition again, but for what a document has no
// place for: ids, the endpoint type, stages, usage plans, a second integration response with the
// same pattern (nothing ever reaches it), and content types of OpenAPI 2.0 that have models of
// their own. It reads no stage, knows no permission, and changes no definition.
package export

import (
	"fmt"
	"strings"

	"portico/local/gateway/api"
	"portico/local/openapi"
)

// Format is the version of OpenAPI, in AWS's words.
type Format string

// The formats.
const (
	Swagger Format = "swagger" // OpenAPI 2.0; REST APIs alone
	OAS30   Format = "oas30"   // OpenAPI 3.0.1
)

// Options say how a document is written. The zero value is OpenAPI 3.0 as JSON without extensions.
type Options struct {
	Format Format // OAS30 when empty
	YAML   bool
	// Stage is the base path of the document; "" leaves out where the API is.
	Stage       string
	Description string
	Version     string // info.version
	Extensions  Extensions
	// UnusedModels writes models that no method refers to, too. AWS leaves them out.
	UnusedModels bool
	// Validators are the names of request validators by id; ValidatorNames makes those that are missing.
	Validators map[string]string
	// Documentation is what was written about the API, and under which version.
	Documentation        []openapi.Part
	DocumentationVersion string
}

// Extensions say which of API Gateway's extensions are written.
type Extensions struct {
	Integrations     bool
	Authorizers      bool
	Validators       bool
	GatewayResponses bool
	Documentation    bool
	// API is what is said of the whole: binary media types, compression, policy, endpoint, CORS.
	API bool
}

// Everything writes all extensions.
func Everything() Extensions {
	return Extensions{
		Integrations: true, Authorizers: true, Validators: true, GatewayResponses: true,
		Documentation: true, API: true,
	}
}

// ParseExtensions reads what GetExport is told: names with commas between them. Names that AWS has
// and that stand for nothing of API Gateway (postman) are taken and write nothing.
func ParseExtensions(text string) (Extensions, error) {
	var all Extensions
	for _, name := range strings.Split(text, ",") {
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "", "postman":
		case "apigateway":
			documented := all.Documentation
			all = Everything()
			all.Documentation = documented
		case "integrations":
			all.Integrations, all.Validators, all.API = true, true, true
		case "authorizers":
			all.Authorizers = true
		case "validators":
			all.Validators = true
		case "gatewayresponses":
			all.GatewayResponses = true
		case "documentation":
			all.Documentation = true
		default:
			return Extensions{}, fmt.Errorf("extensions = %q, allowed are apigateway, integrations, "+
				"authorizers, validators, gatewayresponses, documentation and postman", name)
		}
	}
	return all, nil
}

// prefix of the extensions that are API Gateway's.
const prefix = "x-amazon-apigateway-"

// print writes a document as it was asked for.
func (o *Options) print(document object) []byte {
	if o.YAML {
		return appendYAML([]byte("---\n"), document, 0)
	}
	return appendJSON(nil, document, 0)
}

// host is where AWS serves an API.
func host(id string, account api.Account) string {
	domain := "amazonaws.com"
	if account.Partition == "aws-cn" {
		domain += ".cn"
	}
	return id + ".execute-api." + account.Region + "." + domain
}

// servers are those of OpenAPI 3.0: one, whose base path is the stage.
func (o *Options) servers(id string, account api.Account) []any {
	if o.Stage == "" {
		return nil
	}
	return []any{object{
		{"url", "https://" + host(id, account) + "/{basePath}"},
		{"variables", object{{"basePath", object{{"default", o.Stage}}}}},
	}}
}
