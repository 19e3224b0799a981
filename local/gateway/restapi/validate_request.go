package restapi

import (
	"context"
	"errors"

	"portico/local/gateway/api"
	"portico/local/gateway/validate"
)

// validation is what a method checks of its requests; its zero value lets everything pass.
type validation struct {
	rules  *validate.Method
	broken string // why the rules cannot be held against anything; "" when they can
}

// compileValidation reads what the method's request validator asks for. A model that cannot be read
// fails every call of the method: nothing is let through unchecked.
func (a *API) compileValidation(def *api.Method) validation {
	validator, ok := a.def.RequestValidators[def.RequestValidatorID]
	switch {
	case def.RequestValidatorID == "":
		return validation{}
	case !ok:
		return validation{broken: "the method names request validator " + def.RequestValidatorID +
			", the API has no such validator"}
	}
	rules, err := a.models.Method(def, validator)
	if err != nil {
		return validation{broken: err.Error()}
	}
	return validation{rules: rules}
}

// validateRequest checks the parameters a method requires, then the body against its model.
func (a *API) validateRequest(_ context.Context, c *call) error {
	v := &c.method.validation
	if v.broken != "" {
		return badConfiguration(v.broken)
	}
	if v.rules == nil {
		return nil
	}
	err := v.rules.Parameters(c.parameter)
	if err == nil {
		err = v.rules.Body(c.request.Header.Get("Content-Type"), c.request.Body)
	}
	var lacking *validate.ParametersError
	if errors.As(err, &lacking) {
		return missingParameters(lacking)
	}
	var wrong *validate.BodyError
	if errors.As(err, &wrong) {
		c.vars.ValidationError = wrong.ValidationError()
		return invalidBody(wrong)
	}
	return err
}

// parameter returns a parameter of the request; of several values the last.
func (c *call) parameter(place validate.Place, name string) (string, bool) {
	from := source{name: name, kind: fromHeader}
	switch place {
	case validate.Path:
		from.kind = fromPath
	case validate.QueryString:
		from.kind = fromQuery
	}
	return from.value(c)
}
