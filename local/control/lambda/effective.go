package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"portico/local/gateway/api"
	plane "portico/local/lambda"
)

// effective is what was created as the data plane and the gateway want it.
type effective struct {
	configuration plane.Configuration
	urls          []api.FunctionURL
	taken         map[string]bool // names of functions that are served already
	code          func(digest string) string
	errs          []error
}

func (e *effective) err() error { return errors.Join(e.errs...) }

// add takes what was created in a region.
func (e *effective) add(w *world, account api.Account) {
	for _, name := range sorted(w.Functions) {
		if e.taken[name] {
			e.errs = append(e.errs, fmt.Errorf("function %s, which the Lambda API created, is not "+
				"served: another one has its name", name))
			continue
		}
		e.taken[name] = true
		e.addFunction(w.Functions[name], account)
	}
	for _, id := range sorted(w.Mappings) {
		m := w.Mappings[id]
		f := w.Functions[m.Function]
		if f == nil {
			continue // AWS keeps the mapping of a function that was deleted, too
		}
		if v, _ := f.find(m.Qualifier); v != nil {
			e.configuration.EventSources = append(e.configuration.EventSources, m.source(account))
		}
	}
}

func functionARN(account api.Account, name string) string {
	return account.ARN("lambda", "function:"+name)
}

func (e *effective) addFunction(f *function, account api.Account) {
	c := &e.configuration
	arn := functionARN(account, f.Name)
	c.Functions = append(c.Functions, f.Latest.definition(f, account, e.code))
	for _, v := range f.Versions {
		definition := v.definition(f, account, e.code)
		made := plane.Version{FunctionARN: arn, Number: v.Number, Definition: &definition}
		if p := f.Provisioned[v.Number]; p != nil {
			made.Provisioned = p.Wanted
		}
		c.Versions = append(c.Versions, made)
	}
	for _, name := range sorted(f.Aliases) {
		a := f.Aliases[name]
		made := plane.Alias{
			FunctionARN: arn, Name: name, Version: a.Version, Weights: maps.Clone(a.Weights),
		}
		if p := f.Provisioned[name]; p != nil {
			made.Provisioned = p.Wanted
		}
		c.Aliases = append(c.Aliases, made)
	}
	for _, qualifier := range sorted(f.Policies) {
		for _, s := range f.Policies[qualifier].Statements {
			if p, ok := s.permission(); ok {
				c.Permissions = append(c.Permissions, p)
			}
		}
	}
	for _, qualifier := range sorted(f.Async) {
		made := f.Async[qualifier].definition(arn, qualifier)
		c.AsyncConfigurations = append(c.AsyncConfigurations, made)
	}
	for _, qualifier := range sorted(f.URLs) {
		e.urls = append(e.urls, f.URLs[qualifier].definition(f, qualifier, account))
	}
}

// definition is a version as the data plane runs it.
func (v *version) definition(
	f *function, account api.Account, folder func(digest string) string,
) plane.Function {
	s := v.Settings
	logging := s.Object("LoggingConfig")
	made := plane.Function{
		Name: f.Name, ARN: functionARN(account, f.Name),
		Runtime: s.Text("Runtime"), Handler: s.Text("Handler"), Role: s.Text("Role"),
		MemoryMB: s.Int("MemorySize"), TimeoutSeconds: s.Int("Timeout"),
		EphemeralMB: s.Object("EphemeralStorage").Int("Size"),
		Environment: v.variables(), ReservedConcurrency: f.Reserved,
		LogGroup: logging.Text("LogGroup"),
		Logging: plane.Logging{
			JSON:             logging.Text("LogFormat") == "JSON",
			ApplicationLevel: logging.Text("ApplicationLogLevel"),
			SystemLevel:      logging.Text("SystemLogLevel"),
		},
		Tracing:       s.Object("TracingConfig").Text("Mode") == "Active",
		DeadLetterARN: v.deadLetters(),
		Code:          plane.Code{Dir: folder(v.Code.Digest), Digest: v.Code.Digest},
	}
	for _, l := range v.Layers {
		made.Layers = append(made.Layers, folder(l.Code.Digest))
	}
	return made
}

// definition is the URL as it is served. Its policy is that of the function or alias.
func (u *functionURL) definition(
	f *function, qualifier string, account api.Account,
) api.FunctionURL {
	made := api.FunctionURL{
		ID: u.ID, Name: f.Name + "-url", Account: account, FunctionARN: functionARN(account, f.Name),
		AuthType: u.AuthType, InvokeMode: u.mode(), CORS: u.cors(),
	}
	if qualifier != "" {
		made.Name = f.Name + "-" + qualifier + "-url"
		made.FunctionARN += ":" + qualifier
	}
	if p := f.Policies[qualifier]; p != nil {
		made.Policy = []byte(p.document())
	}
	return made
}

func (u *functionURL) mode() string {
	if u.InvokeMode == "" {
		return "BUFFERED"
	}
	return u.InvokeMode
}

func (u *functionURL) cors() *api.CORS {
	given := u.CORS
	if given == nil {
		return nil
	}
	made := &api.CORS{
		AllowCredentials: given.Bool("AllowCredentials"), AllowHeaders: given.Texts("AllowHeaders"),
		AllowMethods: given.Texts("AllowMethods"), AllowOrigins: given.Texts("AllowOrigins"),
		ExposeHeaders: given.Texts("ExposeHeaders"),
	}
	if given.Has("MaxAge") {
		age := given.Int("MaxAge")
		made.MaxAge = &age
	}
	return made
}

// definition is the configuration as the data plane wants it.
func (a *asyncConfig) definition(arn, qualifier string) plane.AsyncConfiguration {
	if qualifier != latest {
		arn += ":" + qualifier
	}
	made := plane.AsyncConfiguration{
		FunctionARN: arn, Retries: a.Retries, OnSuccess: a.OnSuccess, OnFailure: a.OnFailure,
	}
	if a.MaxAge != nil {
		made.MaxAge = time.Duration(*a.MaxAge) * time.Second
	}
	return made
}

// source is the mapping as the poller wants it.
func (m *mapping) source(account api.Account) plane.EventSource {
	made := plane.EventSource{
		FunctionARN: m.target(account), SourceARN: m.Source, BatchSize: m.BatchSize,
		Window: time.Duration(m.Window) * time.Second, Enabled: m.Enabled,
		ReportsFailures: slices.Contains(m.ResponseTypes, "ReportBatchItemFailures"),
		MaxConcurrency:  m.MaxConcurrency,
	}
	for _, f := range m.Filters {
		made.Filters = append(made.Filters, f.Pattern)
	}
	return made
}

// document is the policy as IAM writes it.
func (p *policy) document() string {
	text, err := json.Marshal(struct {
		Version   string
		ID        string `json:"Id"`
		Statement []statement
	}{"2012-10-17", "default", p.Statements})
	if err != nil {
		return "" // texts marshal
	}
	return string(text)
}
