package export

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"portico/local/gateway/api"
)

// restWriter writes one REST API.
type restWriter struct {
	api     api.REST
	options Options
	swagger bool
	schemas schemas
	schemes schemes
	names   map[string]string // of request validators, by id
}

// REST writes a REST API. An error names what no document can say.
func REST(definition api.REST, o Options) ([]byte, error) {
	o.Format = cmp.Or(o.Format, OAS30)
	if o.Format != OAS30 && o.Format != Swagger {
		return nil, fmt.Errorf("the format %q is none of %s, %s", o.Format, Swagger, OAS30)
	}
	w := &restWriter{
		api: definition, options: o, swagger: o.Format == Swagger,
		schemas: schemas{
			models: definition.Models, apiID: definition.ID, at: "#/components/schemas/",
			found: map[string]object{},
		},
		names: ValidatorNames(definition.RequestValidators, o.Validators),
	}
	if w.swagger {
		w.schemas.at = "#/definitions/"
	}
	var err error
	if w.schemes, err = restSchemes(definition, o.Extensions.Authorizers); err != nil {
		return nil, err
	}
	if o.UnusedModels {
		for _, name := range sortedKeys(definition.Models) {
			if err := w.schemas.add(name); err != nil {
				return nil, err
			}
		}
	}
	document, err := w.document()
	if err != nil {
		return nil, fmt.Errorf("REST API %s: %w", definition.Name, err)
	}
	return o.print(document), nil
}

func (w *restWriter) document() (object, error) {
	paths, err := w.paths()
	if err != nil {
		return nil, err
	}
	document := w.head()
	document.put("paths", paths)
	if w.swagger {
		document.putObject("securityDefinitions", w.schemes.all())
		document.putObject("definitions", w.schemas.all())
	} else {
		components := object{}
		components.putObject("schemas", w.schemas.all())
		components.putObject("securitySchemes", w.schemes.all())
		document.put("components", components)
	}
	return document, w.extensions(&document)
}

// head is what stands before the paths.
func (w *restWriter) head() object {
	o := w.options
	var info object
	if w.swagger {
		info.putText("description", o.Description)
		info.put("version", o.Version)
		info.put("title", w.api.Name)
		head := object{{"swagger", "2.0"}, {"info", info}}
		if o.Stage != "" {
			head.put("host", host(w.api.ID, w.api.Account))
			head.put("basePath", "/"+o.Stage)
		}
		head.put("schemes", []any{"https"})
		return head
	}
	info.put("title", w.api.Name)
	info.putText("description", o.Description)
	info.put("version", o.Version)
	head := object{{"openapi", "3.0.1"}, {"info", info}}
	if servers := o.servers(w.api.ID, w.api.Account); servers != nil {
		head.put("servers", servers)
	}
	return head
}

// extensions are those that are said of the whole API.
func (w *restWriter) extensions(document *object) error {
	which := w.options.Extensions
	if which.GatewayResponses {
		document.putObject(prefix+"gateway-responses", w.gatewayResponses())
	}
	if which.Validators {
		document.putObject(prefix+"request-validators", w.validators())
	}
	if which.API {
		if err := w.settings(document); err != nil {
			return err
		}
	}
	if which.Documentation && len(w.options.Documentation) > 0 {
		documentation, err := w.options.documentation()
		if err != nil {
			return err
		}
		document.put(prefix+"documentation", documentation)
	}
	return nil
}

func (w *restWriter) settings(document *object) error {
	if w.api.APIKeySource == "AUTHORIZER" {
		document.put(prefix+"api-key-source", w.api.APIKeySource)
	}
	document.putTexts(prefix+"binary-media-types", w.api.BinaryMediaTypes)
	if size := w.api.MinimumCompressionSize; size != nil {
		document.put(prefix+"minimum-compression-size", *size)
	}
	if w.api.DisableExecuteAPIEndpoint {
		document.put(prefix+"endpoint-configuration", object{{"disableExecuteApiEndpoint", true}})
	}
	if len(w.api.Policy) == 0 {
		return nil
	}
	policy, err := parse(w.api.Policy)
	if err != nil {
		return fmt.Errorf("the resource policy is no JSON: %w", err)
	}
	document.put(prefix+"policy", policy)
	return nil
}

func (w *restWriter) gatewayResponses() object {
	var all object
	for _, kind := range sortedKeys(w.api.GatewayResponses) {
		response := w.api.GatewayResponses[kind]
		own := object{}
		if response.StatusCode != 0 {
			own.put("statusCode", response.StatusCode)
		}
		own.putMap("responseParameters", response.Parameters)
		own.putMap("responseTemplates", response.Templates)
		all.put(kind, own)
	}
	return all
}

// ValidatorNames returns names for request validators by id: those that are known, else what they
// check, with a number where several check the same.
func ValidatorNames(
	all map[string]api.RequestValidator, known map[string]string,
) map[string]string {
	names, taken := map[string]string{}, map[string]bool{}
	for id, name := range known {
		if _, ok := all[id]; ok && name != "" {
			names[id], taken[name] = name, true
		}
	}
	for _, id := range sortedKeys(all) {
		if names[id] != "" {
			continue
		}
		name := "none"
		switch validator := all[id]; {
		case validator.ValidateBody && validator.ValidateParameters:
			name = "all"
		case validator.ValidateBody:
			name = "body-only"
		case validator.ValidateParameters:
			name = "params-only"
		}
		for n, base := 2, name; taken[name]; n++ {
			name = base + "-" + strconv.Itoa(n)
		}
		names[id], taken[name] = name, true
	}
	return names
}

func (w *restWriter) validators() object {
	var all object
	for _, id := range sortedKeys(w.api.RequestValidators) {
		validator := w.api.RequestValidators[id]
		all.put(w.names[id], object{
			{"validateRequestParameters", validator.ValidateParameters},
			{"validateRequestBody", validator.ValidateBody},
		})
	}
	slices.SortFunc(all, func(a, b member) int { return cmp.Compare(a.key, b.key) })
	return all
}

// documentation writes the parts of documentation.
func (o *Options) documentation() (object, error) {
	parts := make([]any, 0, len(o.Documentation))
	for _, part := range o.Documentation {
		properties, err := parse([]byte(part.Properties))
		if err != nil {
			return nil, fmt.Errorf("the properties of the documentation of %s %s are no JSON: %w",
				part.Type, part.Path, err)
		}
		location := object{{"type", part.Type}}
		location.putText("path", part.Path)
		location.putText("method", part.Method)
		location.putText("statusCode", part.StatusCode)
		location.putText("name", part.Name)
		parts = append(parts, object{{"location", location}, {"properties", properties}})
	}
	all := object{}
	all.putText("version", o.DocumentationVersion)
	all.put("documentationParts", parts)
	return all, nil
}
