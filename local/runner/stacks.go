package runner

import (
	"context"
	"errors"
	"fmt"
	"os"

	"portico/local/cloudformation/document"
)

// StackTemplate is a stack of the app, with its template as it would be deployed.
type StackTemplate struct {
	Name, Region string
	Template     map[string]any
}

// Stacks returns the stacks of the app, synthesized when it changed, in the order of deployment.
func Stacks(ctx context.Context, o Options) ([]StackTemplate, error) {
	app, err := Read(ctx, o)
	if err != nil {
		return nil, err
	}
	stacks := make([]StackTemplate, 0, len(app.Assembly.Stacks))
	for _, s := range app.Assembly.Stacks {
		body, err := os.ReadFile(s.File)
		if err != nil {
			return nil, fmt.Errorf("reading the template of stack %s: %w", s.Name, err)
		}
		template, err := ParseTemplate(string(body))
		if err != nil {
			return nil, fmt.Errorf("the template of stack %s: %w", s.Name, err)
		}
		stacks = append(stacks, StackTemplate{Name: s.Name, Region: s.Region, Template: template})
	}
	return stacks, nil
}

// ParseTemplate reads a template, JSON or YAML, with the short forms of functions written out.
func ParseTemplate(body string) (map[string]any, error) {
	root, faults := document.Parse([]byte(body))
	if len(faults) > 0 {
		return nil, faults[0]
	}
	parsed, ok := root.Plain().(map[string]any)
	if !ok {
		return nil, errors.New("a template must be an object")
	}
	return parsed, nil
}
