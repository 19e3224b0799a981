package openapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// restImporter reads a document for a REST API.
type restImporter struct {
	*importer
	schemes    map[string]*scheme
	models     map[string]api.Model
	validators map[string]string // id by name
	api        api.REST
	rootID     string
	resources  map[string]*api.Resource // by path
	// What the document says of the API itself; nil and empty leave what is there.
	keySource   string
	compression *int
	disable     *bool
	policy      json.RawMessage
	unfinished  []Warning // methods without an integration
}

// REST imports the document over a REST API: base holds its id, account and what is there already.
// The error is an *Error.
func (d *Document) REST(base api.REST, o Options) (*Imported[api.REST], error) {
	i := d.importer(base.ID, base.Account, o)
	i.rest = true
	if o.RootID == "" {
		o.RootID = i.id(10, "resource", "/")
	}
	r := &restImporter{importer: i, rootID: o.RootID, resources: map[string]*api.Resource{}}
	r.schemes = i.schemes()
	r.api = api.REST{
		ID: base.ID, Account: base.Account, Name: d.Title(),
		EndpointType:      first(base.EndpointType, "EDGE"),
		APIKeySource:      "HEADER",
		Authorizers:       map[string]api.RESTAuthorizer{},
		RequestValidators: map[string]api.RequestValidator{},
		GatewayResponses:  map[string]api.GatewayResponse{},
	}
	r.top()
	r.authorizers()
	r.readModels()
	r.readValidators()
	r.gatewayResponses()
	r.paths()
	r.api.Models = r.models
	r.api.Resources = r.sortedResources()
	i.unread()
	if err := i.err(); err != nil {
		return nil, err
	}
	return &Imported[api.REST]{
		API: r.over(base, o.Mode), Warnings: i.warnings, Findings: i.findings,
		Unfinished: r.unfinished,
	}, nil
}

// top reads what is said of the API itself.
func (r *restImporter) top() {
	if source := r.take(r.root, extension+"api-key-source"); source != nil {
		r.keySource = r.choice(source, "HEADER", "AUTHORIZER")
	}
	r.api.BinaryMediaTypes = r.texts(r.take(r.root, extension+"binary-media-types"))
	if size := r.take(r.root, extension+"minimum-compression-size"); size != nil {
		value := r.whole(size, 0, 0, 10_485_760)
		r.compression = &value
	}
	r.disable = r.endpoint()
	policy := r.take(r.root, extension+"policy")
	switch {
	case policy == nil:
	case policy.kind == text && json.Valid([]byte(policy.text)):
		r.policy = r.expanded([]byte(policy.text))
	case policy.kind == object:
		r.policy = r.expanded(policy.json(nil))
	default:
		r.fail(policy, "Invalid policy document. Please check the policy syntax and ensure that "+
			"Principals are valid.")
	}
	if access := r.take(r.root, extension+"endpoint-access-mode"); access != nil &&
		!strings.EqualFold(access.string(), "BASIC") {
		r.refused(access, "strict endpoint access checks are not served yet")
	}
}

// expanded gives the short resources of a policy, "execute-api:/*", their whole ARN.
func (r *restImporter) expanded(policy []byte) json.RawMessage {
	arn := "arn:" + r.account.Partition + ":execute-api:" + r.account.Region + ":" +
		r.account.ID + ":" + r.apiID + "/"
	return json.RawMessage(strings.ReplaceAll(string(policy), `"execute-api:/`, `"`+arn))
}

func (r *restImporter) readValidators() {
	r.validators = map[string]string{}
	all := r.take(r.root, extension+"request-validators")
	if !r.isObject(all) {
		return
	}
	for _, entry := range all.entries() {
		r.know(entry, []string{"validateRequestBody", "validateRequestParameters"}, nil)
		id := r.id(6, "validator", entry.key)
		r.validators[entry.key] = id
		r.api.RequestValidators[id] = api.RequestValidator{
			ValidateBody:       r.truth(entry.get("validateRequestBody")),
			ValidateParameters: r.truth(entry.get("validateRequestParameters")),
		}
	}
}

// validator returns the id of the validator of an operation, else of the API.
func (r *restImporter) validator(operation *node) string {
	own := r.take(r.root, extension+"request-validator")
	if given := r.take(operation, extension+"request-validator"); given != nil {
		own = given
	}
	if own == nil {
		return ""
	}
	id, ok := r.validators[own.string()]
	if !ok {
		r.fail(own, "Invalid Request Validator identifier specified: the document defines no "+
			"request validator %q", own.string())
	}
	return id
}

// gatewayResponseTypes lists the kinds of refusal that can be customised (rest-api.md §10).
func gatewayResponseTypes() []string {
	return []string{
		"REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "AUTHORIZER_CONFIGURATION_ERROR",
		"MISSING_AUTHENTICATION_TOKEN", "BAD_REQUEST_BODY", "INVALID_SIGNATURE", "INVALID_API_KEY",
		"BAD_REQUEST_PARAMETERS", "AUTHORIZER_FAILURE", "UNAUTHORIZED", "INTEGRATION_TIMEOUT",
		"ACCESS_DENIED", "DEFAULT_4XX", "DEFAULT_5XX", "WAF_FILTERED", "QUOTA_EXCEEDED",
		"THROTTLED", "API_CONFIGURATION_ERROR", "UNSUPPORTED_MEDIA_TYPE", "INTEGRATION_FAILURE",
		"EXPIRED_TOKEN",
	}
}

func (r *restImporter) gatewayResponses() {
	all := r.take(r.root, extension+"gateway-responses")
	if !r.isObject(all) {
		return
	}
	for _, entry := range all.entries() {
		if !slices.Contains(gatewayResponseTypes(), entry.key) {
			r.fail(entry, "Invalid gateway response type %q. Must be one of: [%s]", entry.key,
				strings.Join(gatewayResponseTypes(), ", "))
			continue
		}
		r.know(entry, []string{"statusCode", "responseParameters", "responseTemplates"}, nil)
		r.gatewayParameters(entry.get("responseParameters"))
		r.api.GatewayResponses[entry.key] = api.GatewayResponse{
			Type:       entry.key,
			StatusCode: r.whole(entry.get("statusCode"), 0, 100, 599),
			Parameters: r.stringMap(entry.get("responseParameters"), "gateway response "+entry.key),
			Templates:  r.stringMap(entry.get("responseTemplates"), "gateway response "+entry.key),
		}
	}
}

// stringMap reads a map of strings. AWS drops a value that is none, with a warning.
func (r *importer) stringMap(n *node, of string) map[string]string {
	if !r.isObject(n) || len(n.children) == 0 {
		return nil
	}
	all := map[string]string{}
	for _, entry := range n.children {
		switch entry.kind {
		case text:
			all[entry.key] = entry.text
		case null: // stored as nothing
		default:
			r.warn(entry, "Invalid format for '%s'. Expected type string for property '%s' of %s "+
				"but got '%s'", n.key, entry.key, of, entry.json(nil))
		}
	}
	return all
}

func (r *restImporter) sortedResources() []api.Resource {
	var all []api.Resource
	for _, path := range slices.Sorted(maps.Keys(r.resources)) {
		all = append(all, *r.resources[path])
	}
	return all
}
