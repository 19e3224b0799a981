package runner

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portico/local/control"
	"portico/local/gateway/api"
	"portico/local/openapi/export"
	"portico/local/openapi/export/cdk"
)

const exportPath = knobs + "export"

// Export says which API is printed, and as what.
type Export struct {
	API   string // id or name, of the template or of what the management APIs created
	Stage string // "" for the API as it is now; a CDK app then has all of its stages
	CDK   bool   // a CDK app in Go instead of an OpenAPI document
	// Of a document:
	Swagger bool // OpenAPI 2.0 instead of 3.0
	YAML    bool
}

// ExportAPI prints an API that the runner of this app serves, or would: it is asked when there is
// one, else template and state folder are read.
func ExportAPI(ctx context.Context, o Options, e Export) (string, error) {
	o, err := o.withDefaults()
	if err != nil {
		return "", err
	}
	if at, ok := findRunning(ctx, o.State); ok {
		var out exportedText
		return out.Text, get(ctx, at+exportPath+"?"+e.query(), &out)
	}
	app, err := Read(ctx, o)
	if err != nil {
		return "", err
	}
	r := &Runner{options: app.options, app: app, template: app}
	r.managed.door, err = control.OpenExports(control.Options{
		Account: app.account(), State: inDir(app.options.State, controlFolder),
		Clock: app.options.Clock, Log: app.options.Log,
		Hosts: control.Hosts{REST: controlHost{r}, V2: &v2Host{runner: r}},
	})
	if err != nil {
		return "", err
	}
	return r.export(e)
}

// exportedText is what a runner answers.
type exportedText struct {
	Text string `json:"text"`
}

func (e Export) query() string {
	values := url.Values{"api": {e.API}, "stage": {e.Stage}}
	for name, given := range map[string]bool{"cdk": e.CDK, "swagger": e.Swagger, "yaml": e.YAML} {
		values.Set(name, strconv.FormatBool(given))
	}
	return values.Encode()
}

func (r *Runner) serveExport(w http.ResponseWriter, request *http.Request) {
	query := request.URL.Query()
	is := func(name string) bool { return query.Get(name) == "true" }
	text, err := r.export(Export{
		API: query.Get("api"), Stage: query.Get("stage"), CDK: is("cdk"), Swagger: is("swagger"),
		YAML: is("yaml"),
	})
	if err != nil {
		answer(w, http.StatusBadRequest, problem{err.Error()})
		return
	}
	answer(w, http.StatusOK, exportedText{text})
}

// export finds the API and prints it.
func (r *Runner) export(e Export) (string, error) {
	found, err := r.exported(e)
	if err != nil {
		return "", err
	}
	var text []byte
	switch {
	case e.CDK:
		text, err = programOf(found, e.Stage)
	case found.HTTP != nil && e.Swagger:
		return "", fmt.Errorf("HTTP API %s cannot be written as OpenAPI 2.0: AWS exports and imports HTTP "+
			"APIs as 3.0 alone", found.HTTP.Name)
	default:
		text, err = openAPIOf(found, e)
	}
	return strings.TrimSuffix(string(text), "\n") + "\n", err
}

// exported finds the one API that is called so.
func (r *Runner) exported(e Export) (control.Exported, error) {
	var all []control.Exported
	if door := r.managed.door; door != nil {
		var err error
		if all, err = door.Exported(e.API, e.Stage); err != nil {
			return control.Exported{}, err
		}
	}
	app := r.App()
	for i := range app.REST {
		if def := &app.REST[i]; isCalled(e, def.ID, def.Name, def.Stages) {
			all = append(all, control.Exported{REST: def})
		}
	}
	for i := range app.HTTP {
		if def := &app.HTTP[i]; isCalled(e, def.ID, def.Name, def.Stages) {
			all = append(all, control.Exported{HTTP: def})
		}
	}
	switch len(all) {
	case 0:
		return control.Exported{}, r.unknownExport(e)
	case 1:
		return all[0], nil
	}
	var ids []string
	for _, one := range all {
		if one.REST != nil {
			ids = append(ids, one.REST.ID)
		} else {
			ids = append(ids, one.HTTP.ID)
		}
	}
	return control.Exported{}, fmt.Errorf("%d APIs are called %q; say which by its id: %s", len(all),
		e.API, strings.Join(ids, ", "))
}

func isCalled(e Export, id, name string, stages []api.Stage) bool {
	return (id == e.API || name == e.API) && (e.Stage == "" ||
		slices.ContainsFunc(stages, func(s api.Stage) bool { return s.Name == e.Stage }))
}

// unknownExport says what there is instead.
func (r *Runner) unknownExport(e Export) error {
	if e.Stage != "" {
		return fmt.Errorf("no REST or HTTP API has the id or name %q and a stage %q", e.API, e.Stage)
	}
	var names []string
	for _, one := range r.App().REST {
		names = append(names, one.Name)
	}
	for _, one := range r.App().HTTP {
		names = append(names, one.Name)
	}
	return fmt.Errorf("no REST or HTTP API has the id or name %q; the template has: %s", e.API,
		strings.Join(names, ", "))
}

// openAPIOf writes an OpenAPI document with everything in it.
func openAPIOf(found control.Exported, e Export) ([]byte, error) {
	o := found.Options
	o.Stage, o.YAML, o.UnusedModels = e.Stage, e.YAML, true
	o.Extensions = export.Everything()
	if o.Version == "" {
		o.Version = "1.0"
	}
	if found.HTTP != nil {
		return export.HTTP(*found.HTTP, o)
	}
	if e.Swagger {
		o.Format = export.Swagger
	}
	return export.REST(*found.REST, o)
}

// programOf writes a CDK app, with one stage or all.
func programOf(found control.Exported, stage string) ([]byte, error) {
	o := cdk.Options{
		Description: found.Options.Description, Validators: found.Options.Validators,
	}
	var stages []api.Stage
	if found.HTTP != nil {
		stages = found.HTTP.Stages
	} else {
		stages = found.REST.Stages
	}
	for _, one := range stages {
		if stage == "" || one.Name == stage {
			o.Stages = append(o.Stages, one.Name)
		}
	}
	if found.HTTP != nil {
		return cdk.HTTP(*found.HTTP, o)
	}
	return cdk.REST(*found.REST, o)
}
