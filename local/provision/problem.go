package provision

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"portico/local/cloudformation"
)

// Problem is one mistake in a template: where it stands, the value there, and what AWS takes.
type Problem struct {
	Stack, LogicalID, Type string
	Property               string // "Integration.TimeoutInMillis"
	Value                  string // as JSON; "" when the property is absent
	Place                  string // "line 3:12" within the document that the property holds
	Reason                 string
}

// Error names the place, the value and the reason in one sentence.
func (p *Problem) Error() string {
	value := " is absent"
	switch {
	case p.Place != "":
		value = " (" + p.Place + ")"
	case p.Value != "":
		value = " = " + p.Value
	}
	return fmt.Sprintf("stack %s, resource %s (%s), property %s%s: %s",
		p.Stack, p.LogicalID, p.Type, p.Property, value, p.Reason)
}

// problems collects what is wrong, so that one run reports all of it.
type problems struct {
	list []error
}

func (p *problems) add(at *cloudformation.Resource, property string, value any, reason string) {
	p.list = append(p.list, &Problem{
		Stack: at.Stack.Name, LogicalID: at.LogicalID, Type: at.Type,
		Property: property, Value: printed(value), Reason: reason,
	})
}

func (p *problems) err() error {
	return errors.Join(p.list...)
}

// printed returns a value as JSON, cut where a terminal line would drown in it.
func printed(value any) string {
	if value == nil {
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	const most = 200
	if len(text) <= most {
		return string(text)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return string(text[:cut]) + "…"
}
