package websocketapi

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/validate"
)

// validation is what a route checks of its messages; its zero value lets everything pass.
type validation struct {
	selection *expression                 // nil: no body is checked
	models    map[string]*validate.Method // by what the expression selects
	required  *validate.Method            // the parameters of $connect; nil for none
	broken    string                      // why the rules cannot be held against anything
}

// compileValidation reads the models of a route, which count from the moment that it has a model
// selection expression, and the parameters that $connect requires. What cannot be read fails every
// call of the route: nothing is let through unchecked.
func (a *API) compileValidation(def *api.Route) validation {
	v := validation{models: map[string]*validate.Method{}}
	models := validate.New(a.def.ID, a.def.Models)
	if err := v.compileParameters(models, def); err != nil {
		return validation{broken: err.Error()}
	}
	if def.ModelSelectionExpression == "" {
		return v
	}
	var err error
	v.selection, err = compileExpression(def.ModelSelectionExpression, requestVariables())
	if err != nil {
		return validation{broken: "model selection expression: " + err.Error()}
	}
	for key, name := range def.RequestModels {
		const media = "application/json" // messages have no other
		v.models[key], err = models.Method(
			&api.Method{RequestModels: map[string]string{media: name}},
			api.RequestValidator{ValidateBody: true})
		if err != nil {
			return validation{broken: fmt.Sprintf("request model %s: %v", key, err)}
		}
	}
	return v
}

func (v *validation) compileParameters(models *validate.Models, def *api.Route) error {
	translated := map[string]bool{}
	for key, required := range def.RequestParameters {
		rest, ours := strings.CutPrefix(key, "route.request.")
		place, name, _ := strings.Cut(rest, ".")
		if !ours || name == "" || place != "header" && place != "querystring" {
			return fmt.Errorf("request parameter %q: allowed is "+
				"route.request.{header|querystring}.NAME", key)
		}
		if required && def.Key != connectKey {
			return fmt.Errorf("request parameter %q is required: of the routes %s alone has any", key,
				connectKey)
		}
		translated["method.request."+rest] = required
	}
	if len(translated) == 0 {
		return nil
	}
	var err error
	v.required, err = models.Method(&api.Method{RequestParameters: translated},
		api.RequestValidator{ValidateParameters: true})
	return err
}

// validateRequest checks the parameters that $connect requires, then the message against the model
// that the model selection expression selects, else $default; without either it fails ("Request
// validation for WebSocket APIs in API Gateway").
func (a *API) validateRequest(_ context.Context, c *call) error {
	v := &c.route.validation
	if v.broken != "" {
		return misconfigured(v.broken)
	}
	if v.required != nil {
		var lacking *validate.ParametersError
		if err := v.required.Parameters(c.parameter); errors.As(err, &lacking) {
			return missingParameters(lacking.Error())
		}
	}
	if v.selection == nil {
		return nil
	}
	key := v.selection.evaluate(&selectable{body: c.body})
	model, ok := v.models[key]
	if !ok {
		model, ok = v.models[defaultKey]
	}
	c.Note("model key", key)
	if !ok {
		return badRequestBody(fmt.Sprintf("no request model has the key %q, and there is no $default",
			key))
	}
	err := model.Body("", []byte(c.body))
	var wrong *validate.BodyError
	if errors.As(err, &wrong) {
		c.vars.ValidationError = wrong.ValidationError()
		return badRequestBody("the message does not fit model " + wrong.Model + ": " +
			c.vars.ValidationError)
	}
	return err
}

// parameter returns a parameter of the upgrade.
func (c *call) parameter(place validate.Place, name string) (string, bool) {
	if place == validate.QueryString {
		value := queryValue(c.request.RawQuery, name)
		return value, value != ""
	}
	values := c.request.Header.Values(name)
	return strings.Join(values, ","), len(values) > 0
}
