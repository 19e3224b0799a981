package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/lambda"
	"portico/local/provision"
)

// App is what a template describes, read and judged, before anything runs.
type App struct {
	provision.Application
	Assembly *cloudformation.Assembly
	Findings []coverage.Finding // one per property of the template, in a stable order
	Settings Settings

	options Options
}

// NotHonouredError stops a start: parts of the template are not honoured here.
type NotHonouredError struct{ Findings []coverage.Finding }

// Error names every part, one a line.
func (e *NotHonouredError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d properties of the template are not honoured here, so what answers locally "+
		"might not answer on AWS:\n", len(e.Findings))
	for _, f := range e.Findings {
		fmt.Fprintf(&b, "  %s\n", describe(f))
	}
	b.WriteString("serve it all the same with --lenient; see all with: portico check")
	return b.String()
}

func describe(f coverage.Finding) string {
	text := f.Stack + ": " + f.Resource + " (" + f.Type + ")"
	if f.Property != "" {
		text += " " + f.Property
	}
	if f.Value != "" {
		text += " = " + f.Value
	}
	return text + ": " + f.Why
}

// Read synthesizes when needed, reads the template and judges it. A template that is only partly
// honoured is returned with its findings; Open refuses it.
func Read(ctx context.Context, o Options) (*App, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	settings, err := readSettings(o.Dir)
	if err != nil {
		return nil, err
	}
	numbers := lambda.ReadNumbers(inDir(o.State, publishedFolder))
	assembly, err := assemble(ctx, o, settings, numbers)
	if err != nil {
		return nil, err
	}
	application, err := provision.Read(assembly, provision.Options{
		Root:            o.Dir,
		FunctionSources: functionSources(o, settings),
		Documents:       inDirs(o.Dir, settings.Documents),
		Published:       numbers.Published,
		Deployed:        newDeployments(o.State, nil).has,
	})
	if err := errors.Join(numbers.Err(), err); err != nil {
		return nil, err
	}
	if err := checkFunctions(settings, application.Lambda.Functions); err != nil && !o.Empty {
		return nil, err
	}
	if err := checkPorts(settings, application); err != nil && !o.Empty {
		return nil, err
	}
	if err := checkTruststores(application.Domains, o.Clock.Now(), o.Log); err != nil {
		return nil, err
	}
	app := &App{
		Application: *application,
		Assembly:    assembly,
		Findings: append(coverage.Check(assembly, provision.Coverage()),
			application.Findings...),
		Settings: settings,
		options:  o,
	}
	if _, err := app.members(); err != nil {
		return nil, err
	}
	return app, nil
}

// NotHonoured returns the findings that stop a start.
func (a *App) NotHonoured() []coverage.Finding {
	return slices.DeleteFunc(slices.Clone(a.Findings), func(f coverage.Finding) bool {
		return f.Status != coverage.NotHonoured
	})
}

// assemble evaluates the templates of the app; an empty one has none.
func assemble(
	ctx context.Context, o Options, settings Settings, numbers *lambda.Numbers,
) (*cloudformation.Assembly, error) {
	if o.Empty {
		return &cloudformation.Assembly{Dir: o.Dir}, nil
	}
	path, err := locate(ctx, o, settings)
	if err != nil {
		return nil, err
	}
	return cloudformation.Load(path, cloudformation.Options{
		Version:    numbers.Of,
		Account:    settings.Account.ID,
		Region:     settings.Region,
		Parameters: settings.Parameters,
		SSM:        settings.SSM,
	})
}

// locate finds the assembly or template to serve: what the options name, else the settings, else
// the CDK app, synthesized when it changed.
func locate(ctx context.Context, o Options, settings Settings) (string, error) {
	for _, path := range []string{
		o.App, o.Template, inDir(o.Dir, settings.App), inDir(o.Dir, settings.Template),
	} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("finding the app to serve: %w", err)
		}
		return path, nil
	}
	if err := os.MkdirAll(o.State, 0o755); err != nil {
		return "", fmt.Errorf("making the state folder: %w", err)
	}
	environment := "dev"
	for _, value := range []string{settings.Environment, o.Environment} {
		if value != "" {
			environment = value
		}
	}
	synth := synthesizer{
		dir: o.Dir, state: o.State, environment: environment, progress: o.Progress,
	}
	return synth.assembly(ctx)
}

func inDir(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func inDirs(dir string, files map[string]string) map[string]string {
	all := make(map[string]string, len(files))
	for name, path := range files {
		all[name] = inDir(dir, path)
	}
	return all
}

// functionSources returns the source folders that the settings name; an empty app has no function.
func functionSources(o Options, settings Settings) map[string]string {
	sources := map[string]string{}
	for name, function := range settings.Functions {
		if function.Source != "" && !o.Empty {
			sources[name] = inDir(o.Dir, function.Source)
		}
	}
	return sources
}
