package mapping

import (
	"fmt"
	"slices"
	"strconv"

	"portico/local/gateway/vtl"
)

// Overrides are what templates put into $context.requestOverride and $context.responseOverride.
// Those of the request template live on in the response template, which may set them anew; but one
// template overrides a parameter once: "If you try to override the same parameter multiple times,
// API Gateway returns a 5XX response". Names are compared as they are written.
type Overrides struct {
	request, response *vtl.Map
	set               []string // the parameters that the running template has overridden
}

// Override is a header, query or path parameter with its new values.
type Override struct {
	Name   string
	Values []string
}

func newOverrides() *Overrides {
	o := &Overrides{request: vtl.NewMap(3), response: vtl.NewMap(2)}
	for _, place := range []string{"path", "header", "querystring"} {
		o.request.Put(place, o.onceEach("requestOverride."+place+"."))
	}
	o.response.Put("header", o.onceEach("responseOverride.header."))
	o.response.Watch(func(key any) error {
		if key != "status" {
			return nil
		}
		return o.once("responseOverride.status")
	})
	return o
}

// onceEach returns a map in which a template sets each key once.
func (o *Overrides) onceEach(prefix string) *vtl.Map {
	m := vtl.NewMap(2)
	m.Watch(func(key any) error { return o.once(prefix + vtl.String(key)) })
	return m
}

func (o *Overrides) once(parameter string) error {
	if slices.Contains(o.set, parameter) {
		return fmt.Errorf("$context.%s is overridden twice in one template", parameter)
	}
	o.set = append(o.set, parameter)
	return nil
}

// renew lets the next template override what the one before did.
func (o *Overrides) renew() {
	if o != nil {
		o.set = o.set[:0]
	}
}

// RequestHeader returns the overrides of the integration request's header.
func (o *Overrides) RequestHeader() []Override { return o.of("header", true) }

// RequestQuery returns the overrides of the integration request's query parameters.
func (o *Overrides) RequestQuery() []Override { return o.of("querystring", true) }

// RequestPath returns the overrides of the integration request's path parameters.
func (o *Overrides) RequestPath() []Override { return o.of("path", true) }

// ResponseHeader returns the overrides of the response's header.
func (o *Overrides) ResponseHeader() []Override { return o.of("header", false) }

// Status returns the response's status, if it is a whole number from 100 to 599.
func (o *Overrides) Status() (status int, ok bool) {
	if o == nil {
		return 0, false
	}
	value, _ := o.response.GetString("status")
	status, err := strconv.Atoi(vtl.String(value))
	return status, err == nil && status >= 100 && status <= 599
}

func (o *Overrides) of(place string, request bool) []Override {
	if o == nil {
		return nil
	}
	side := o.response
	if request {
		side = o.request
	}
	value, _ := side.GetString(place)
	m, ok := value.(*vtl.Map)
	if !ok {
		return nil
	}
	var found []Override
	for i := range m.Len() {
		name, value := m.At(i)
		if value == nil {
			continue
		}
		found = append(found, Override{Name: vtl.String(name), Values: valuesOf(value)})
	}
	return found
}

// valuesOf returns the elements of a list, or the value alone.
func valuesOf(value any) []string {
	list, ok := value.(*vtl.List)
	if !ok {
		return []string{vtl.String(value)}
	}
	values := make([]string, 0, len(list.Items))
	for _, item := range list.Items {
		if item != nil {
			values = append(values, vtl.String(item))
		}
	}
	return values
}
