package lambda

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"

	"portico/local/control/model"
	"portico/local/gateway/api"
	plane "portico/local/lambda"
)

// template is what the template describes, in the shape of what was created.
type template struct {
	functions map[string]*function
	mappings  map[string]*mapping
}

// template returns what the template describes in the region of the call, as it is now.
func (c *call) template() *template {
	if c.seen != nil {
		return c.seen
	}
	c.seen = &template{functions: map[string]*function{}, mappings: map[string]*mapping{}}
	described, urls := c.service.options.Host.Described()
	for i := range described.Functions {
		if fn := &described.Functions[i]; strings.HasPrefix(fn.ARN, c.arn("function:")) {
			c.seen.functions[fn.Name] = c.describe(fn, &described)
		}
	}
	for i := range urls {
		c.seen.addURL(&urls[i])
	}
	for _, source := range described.EventSources {
		c.seen.addMapping(source)
	}
	return c.seen
}

// stable makes an id that is the same after a restart.
func stable(parts ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(strings.Join(parts, "\n"))).String()
}

// describe reads a function of the template, its versions and aliases as they are now.
func (c *call) describe(fn *plane.Function, all *plane.Configuration) *function {
	f := newFunction(fn.Name)
	f.templates, f.Reserved = true, fn.ReservedConcurrency
	f.Latest = &version{Number: latest, Settings: settingsOf(fn)}
	functions := c.service.options.Host.Functions()
	if versions, err := functions.Versions(fn.Name); err == nil { // else it is about to be deployed
		for _, made := range versions {
			v := publishedVersion(f.Latest, made)
			if made.Number == latest {
				f.Latest = v
				continue
			}
			f.Versions = append(f.Versions, v)
		}
	}
	f.Latest.RevisionID = stable(fn.ARN, f.Latest.Code.Digest, jsonText(f.Latest.Settings))
	if aliases, err := functions.Aliases(fn.Name); err == nil {
		for _, a := range aliases {
			f.Aliases[a.Name] = &alias{
				Version: a.Version, Weights: a.Weights, RevisionID: a.RevisionID,
			}
		}
	}
	for i := range all.Permissions {
		f.permit(&all.Permissions[i], fn.ARN)
	}
	for i := range all.AsyncConfigurations {
		f.configure(&all.AsyncConfigurations[i], fn.ARN)
	}
	return f
}

// publishedVersion is a version of the template's function: its code as the data plane tells it,
// and the configuration of what is not published.
//
// Unlike AWS: the settings that a version was published with are not shown, but those of now.
func publishedVersion(current *version, made plane.PublishedVersion) *version {
	v := current.clone()
	sum := sha256.Sum256([]byte(made.Code))
	v.Number, v.Code = made.Number, code{Digest: hex.EncodeToString(sum[:])}
	v.RevisionID = cmp.Or(made.RevisionID, stable(made.FunctionARN, made.Code))
	v.Modified = made.Published.UTC().Format("2006-01-02T15:04:05.000-0700")
	if made.Description != "" {
		v.Settings["Description"] = made.Description
	}
	return v
}

func settingsOf(fn *plane.Function) model.Object {
	s := defaults(fn.Name)
	s["Runtime"], s["Handler"], s["Role"] = fn.Runtime, fn.Handler, fn.Role
	s["MemorySize"] = int64(cmp.Or(fn.MemoryMB, 128))
	s["Timeout"] = int64(cmp.Or(fn.TimeoutSeconds, 3))
	s["EphemeralStorage"] = model.Object{"Size": int64(cmp.Or(fn.EphemeralMB, 512))}
	if len(fn.Environment) > 0 {
		s["Environment"] = model.Object{"Variables": model.TextObject(fn.Environment)}
	}
	if fn.Tracing {
		s["TracingConfig"] = model.Object{"Mode": "Active"}
	}
	logging := s.Object("LoggingConfig")
	logging["LogGroup"] = cmp.Or(fn.LogGroup, logging.Text("LogGroup"))
	if fn.Logging.JSON {
		logging["LogFormat"] = "JSON"
		logging["ApplicationLogLevel"] = cmp.Or(fn.Logging.ApplicationLevel, "INFO")
		logging["SystemLogLevel"] = cmp.Or(fn.Logging.SystemLevel, "INFO")
	}
	if fn.DeadLetterARN != "" {
		s["DeadLetterConfig"] = model.Object{"TargetArn": fn.DeadLetterARN}
	}
	return s
}

// permit adds a permission of the template, when it is one of this function.
func (f *function) permit(p *plane.Permission, arn string) {
	qualifier, ok := qualifierOf(p.FunctionARN, arn)
	if !ok {
		return
	}
	if f.Policies[qualifier] == nil {
		f.Policies[qualifier] = &policy{}
	}
	s := statement{
		Sid:    "template-" + stable(p.FunctionARN, p.Action, p.Principal, p.SourceARN)[:8],
		Effect: "Allow", Principal: map[string]string{"Service": p.Principal}, Action: p.Action,
		Resource: p.FunctionARN,
	}
	if p.Principal == "*" {
		s.Principal = "*"
	}
	s.condition("ArnLike", "AWS:SourceArn", p.SourceARN)
	s.condition("StringEquals", "AWS:SourceAccount", p.SourceAccount)
	f.Policies[qualifier].Statements = append(f.Policies[qualifier].Statements, s)
	f.Policies[qualifier].RevisionID = stable(f.Policies[qualifier].document())
}

// configure adds an asynchronous configuration of the template, when it is one of this function.
func (f *function) configure(a *plane.AsyncConfiguration, arn string) {
	qualifier, ok := qualifierOf(a.FunctionARN, arn)
	if !ok {
		return
	}
	made := &asyncConfig{Retries: a.Retries, OnSuccess: a.OnSuccess, OnFailure: a.OnFailure}
	if a.MaxAge > 0 {
		seconds := int(a.MaxAge.Seconds())
		made.MaxAge = &seconds
	}
	f.Async[cmp.Or(qualifier, latest)] = made
}

// qualifierOf returns what stands behind the ARN of a function.
func qualifierOf(qualified, arn string) (string, bool) {
	if qualified == arn {
		return "", true
	}
	return strings.CutPrefix(qualified, arn+":")
}

func (t *template) addURL(u *api.FunctionURL) {
	for _, f := range t.functions {
		qualifier, ok := qualifierOf(u.FunctionARN, functionARN(u.Account, f.Name))
		if !ok {
			continue
		}
		made := &functionURL{ID: u.ID, AuthType: u.AuthType, InvokeMode: u.InvokeMode}
		if u.CORS != nil {
			made.CORS = model.Object{
				"AllowCredentials": u.CORS.AllowCredentials,
				"AllowHeaders":     model.TextList(u.CORS.AllowHeaders),
				"AllowMethods":     model.TextList(u.CORS.AllowMethods),
				"AllowOrigins":     model.TextList(u.CORS.AllowOrigins),
				"ExposeHeaders":    model.TextList(u.CORS.ExposeHeaders),
			}
			if u.CORS.MaxAge != nil {
				made.CORS["MaxAge"] = int64(*u.CORS.MaxAge)
			}
		}
		f.URLs[qualifier] = made
	}
}

func (t *template) addMapping(source plane.EventSource) {
	for _, f := range t.functions {
		_, at, _ := strings.Cut(source.FunctionARN, ":function:")
		own, qualifier, _ := strings.Cut(at, ":")
		if own != f.Name {
			continue
		}
		made := &mapping{
			Function: f.Name, Qualifier: qualifier, Source: source.SourceARN,
			BatchSize: source.BatchSize, Window: int(source.Window.Seconds()),
			Enabled: source.Enabled, MaxConcurrency: source.MaxConcurrency, templates: true,
		}
		if source.ReportsFailures {
			made.ResponseTypes = []string{"ReportBatchItemFailures"}
		}
		for _, pattern := range source.Filters {
			made.Filters = append(made.Filters, eventFilter{Pattern: pattern})
		}
		t.mappings[stable(source.SourceARN, source.FunctionARN)] = made
	}
}
