// Package validate checks requests before a method's integration is called: the parameters a method
// requires, and the body against the method's model.
//
// It is what the "validate" steps of a REST API ask once a call has been admitted. Models are
// compiled at deployment. It reads no request by itself, makes no reply and knows no gateway
// responses: it says what is wrong, in AWS's words.
package validate

import (
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// Place is where in a request a parameter stands.
type Place string

// The places of parameters that a method can require.
const (
	Header      Place = "header"
	Path        Place = "path"
	QueryString Place = "querystring"
)

// Values returns the value of a request's parameter, the last one of several; ok is false when the
// request has none. Names of headers are compared as they are written ("Known issues").
type Values func(place Place, name string) (value string, ok bool)

// Method is what the request validator of one method checks. The zero value lets everything pass.
type Method struct {
	required []parameter
	models   map[string]*model // by media type
	body     bool
}

type parameter struct {
	place Place
	name  string
}

// ParametersError says which required parameters a request lacks: BAD_REQUEST_PARAMETERS.
type ParametersError struct {
	Missing []string // names, in order of their full keys
}

// Error returns the message AWS answers with.
func (e *ParametersError) Error() string {
	return "Missing required request parameters: [" + strings.Join(e.Missing, ", ") + "]"
}

// BodyError says what is wrong with a request's body: BAD_REQUEST_BODY.
type BodyError struct {
	Model    string   // the name of the model that the body does not fit
	Messages []string // in the words and the order of AWS's validator
}

// Error returns the message AWS answers with.
func (e *BodyError) Error() string { return "Invalid request body" }

// ValidationError returns what $context.error.validationErrorString holds.
func (e *BodyError) ValidationError() string { return "[" + strings.Join(e.Messages, ", ") + "]" }

// Method compiles what a validator checks of a method's requests. The error names the parameter or
// the model at fault.
func (m *Models) Method(def *api.Method, validator api.RequestValidator) (*Method, error) {
	built := &Method{body: validator.ValidateBody && len(def.RequestModels) > 0}
	if validator.ValidateParameters {
		required, err := requiredParameters(def.RequestParameters)
		if err != nil {
			return nil, err
		}
		built.required = required
	}
	if !built.body {
		return built, nil
	}
	built.models = make(map[string]*model, len(def.RequestModels))
	for media, name := range def.RequestModels {
		compiled, err := m.compile(name)
		if err != nil {
			return nil, fmt.Errorf("request model for %s: %w", media, err)
		}
		built.models[media] = compiled
	}
	return built, nil
}

// requiredParameters reads the parameters declared as required, in the order AWS reports them.
func requiredParameters(declared map[string]bool) ([]parameter, error) {
	var keys []string
	for key, required := range declared {
		if required {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	parameters := make([]parameter, 0, len(keys))
	for _, key := range keys {
		rest, ok := strings.CutPrefix(key, "method.request.")
		place, name, dotted := strings.Cut(rest, ".")
		if !ok || !dotted || name == "" ||
			!slices.Contains([]Place{Header, Path, QueryString}, Place(place)) {
			return nil, fmt.Errorf("request parameter %q: allowed is "+
				"method.request.{header|path|querystring}.NAME", key)
		}
		parameters = append(parameters, parameter{Place(place), name})
	}
	return parameters, nil
}

// Parameters checks that every required parameter is there and not blank. The error is a
// *ParametersError.
func (m *Method) Parameters(values Values) error {
	var missing []string
	for _, p := range m.required {
		value, ok := values(p.place, p.name)
		if !ok || strings.TrimSpace(value) == "" {
			missing = append(missing, p.name)
		}
	}
	if missing == nil {
		return nil
	}
	return &ParametersError{Missing: missing}
}

// Body checks a body against the model for its Content-Type, else the one for application/json,
// else $default; without any of them everything passes. The error is a *BodyError.
func (m *Method) Body(contentType string, body []byte) error {
	if !m.body {
		return nil
	}
	media, _, _ := strings.Cut(contentType, ";")
	for _, key := range []string{strings.TrimSpace(media), "application/json", "$default"} {
		if model, ok := m.models[key]; ok {
			return model.hold(body)
		}
	}
	return nil
}
