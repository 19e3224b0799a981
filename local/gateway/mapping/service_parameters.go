package mapping

import (
	"fmt"
	"maps"
	"slices"
)

// ServiceParameters are the compiled request parameters of an HTTP API's integration with an action
// of an AWS service ("Create AWS service integrations for HTTP APIs").
type ServiceParameters struct{ parameters []serviceParameter }

type serviceParameter struct {
	name, source string
	pieces       []v2Piece
}

// UnresolvedError says that a call has no value for a parameter.
type UnresolvedError struct{ Parameter, Source string }

// Error returns what AWS writes into $context.integrationErrorMessage.
func (e *UnresolvedError) Error() string {
	return fmt.Sprintf("Unable to resolve property %s from source %s. Please make sure that the "+
		"request to API Gateway contains all the necessary fields specified in request parameters.",
		e.Parameter, e.Source)
}

// The words of AWS when it refuses to create such an integration.
const (
	serviceSource = "Invalid source: %s specified for destination: %s"
	serviceEmpty  = "Mapping expression missing source or destination"
)

// refusedSelection is what AWS refuses such an integration for.
type refusedSelection string

// Error returns what AWS says.
func (r refusedSelection) Error() string {
	return "Invalid selection expression specified: Validation Result: warnings : [], errors : [" +
		string(r) + "]"
}

// CompileServiceParameters compiles the values of parameters; which of them an action takes is not
// looked at.
func CompileServiceParameters(parameters map[string]string) (*ServiceParameters, error) {
	p := &ServiceParameters{}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		source := parameters[name]
		if name == "" || source == "" {
			return nil, refusedSelection(serviceEmpty)
		}
		pieces, err := parseV2Value(source, "Request")
		if err != nil {
			return nil, refusedSelection(fmt.Sprintf(serviceSource, source, name))
		}
		p.parameters = append(p.parameters, serviceParameter{name, source, pieces})
	}
	return p, nil
}

// Evaluate returns the values that a call gives to parameters; the error is an *UnresolvedError.
// Beside other text, what is missing is empty: no source says what AWS makes of it.
func (p *ServiceParameters) Evaluate(c *V2Call) (map[string]string, error) {
	values := make(map[string]string, len(p.parameters))
	for i := range p.parameters {
		of := &p.parameters[i]
		m := v2Mapping{pieces: of.pieces}
		value, ok := m.value(c)
		if !ok {
			return nil, &UnresolvedError{Parameter: of.name, Source: of.source}
		}
		values[of.name] = value
	}
	return values, nil
}
