package export_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portico/local/gateway/api"
	"portico/local/openapi"
	"portico/local/openapi/export"
)

// everything writes all that there is to say.
func everything(format export.Format, yaml bool) export.Options {
	return export.Options{
		Format: format, YAML: yaml, Version: "1", Extensions: export.Everything(), UnusedModels: true,
	}
}

func importREST(text []byte) (api.REST, error) {
	document, err := openapi.Parse(text)
	if err != nil {
		return api.REST{}, err
	}
	imported, err := document.REST(api.REST{ID: "abc123", Account: account(), EndpointType: "EDGE"},
		openapi.Options{})
	if err != nil {
		return api.REST{}, err
	}
	if err := openapi.Refuse(imported.Warnings); err != nil {
		return api.REST{}, err
	}
	return imported.API, nil
}

// named replaces what only an API's own ids say: resources go by path, authorizers by name,
// validators by what they check. Schemas are compared as values.
func named(def api.REST) api.REST {
	checks := func(id string) string {
		if id == "" {
			return ""
		}
		return fmt.Sprintf("%+v", def.RequestValidators[id])
	}
	validators := map[string]api.RequestValidator{}
	for id, one := range def.RequestValidators {
		validators[checks(id)] = one
	}
	authorizers := map[string]api.RESTAuthorizer{}
	for _, one := range def.Authorizers {
		one.ID = one.Name
		authorizers[one.Name] = one
	}
	models := map[string]api.Model{}
	for name, one := range def.Models {
		models[name] = api.Model{Name: one.Name, Schema: canonical(one.Schema)}
	}
	var resources []api.Resource
	for _, resource := range def.Resources {
		methods := map[string]api.Method{}
		for verb, method := range resource.Methods {
			if method.Integration.CacheNamespace == resource.ID {
				method.Integration.CacheNamespace = ""
			}
			method.AuthorizerID = def.Authorizers[method.AuthorizerID].Name
			method.RequestValidatorID = checks(method.RequestValidatorID)
			methods[verb] = method
		}
		resources = append(resources, api.Resource{ID: resource.Path, Path: resource.Path, Methods: methods})
	}
	def.RequestValidators, def.Authorizers, def.Models = validators, authorizers, models
	def.Resources, def.Policy = resources, canonical(def.Policy)
	return def
}

func canonical(text []byte) []byte {
	var value any
	if len(text) == 0 || json.Unmarshal(text, &value) != nil {
		return text
	}
	same, _ := json.Marshal(value) // it was JSON
	return same
}

func TestAnImportOfAnExportIsTheAPI(t *testing.T) {
	for seed := range uint64(400) {
		m := maker{rand.New(rand.NewPCG(seed, 1))}
		format, yaml := export.OAS30, seed%2 == 0
		if seed%4 > 1 {
			format = export.Swagger
		}
		def := m.rest(format == export.Swagger)
		text, err := export.REST(def, everything(format, yaml))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		back, err := importREST(text)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		if diff := cmp.Diff(named(def), named(back), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d, %s (-exported +imported)\n%s\n%s", seed, format, diff, text)
		}
	}
}

func namedHTTP(def api.HTTP) api.HTTP {
	integrations := map[string]api.V2Integration{}
	authorizers := map[string]api.V2Authorizer{}
	routes := slices.Clone(def.Routes)
	for i := range routes {
		one := def.Integrations[routes[i].IntegrationID]
		one.ID = ""
		integrations[routes[i].Key] = one
		routes[i].AuthorizerID = def.Authorizers[routes[i].AuthorizerID].Name
		routes[i].ID, routes[i].IntegrationID = "", ""
	}
	slices.SortFunc(routes, func(a, b api.Route) int { return strings.Compare(a.Key, b.Key) })
	for _, one := range def.Authorizers {
		one.ID = ""
		authorizers[one.Name] = one
	}
	def.Routes, def.Integrations, def.Authorizers = routes, integrations, authorizers
	return def
}

func TestAnImportOfAnExportIsTheHTTPAPI(t *testing.T) {
	for seed := range uint64(200) {
		def := maker{rand.New(rand.NewPCG(seed, 2))}.http()
		text, err := export.HTTP(def, everything(export.OAS30, seed%2 == 0))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		document, err := openapi.Parse(text)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		back, err := document.HTTP(api.HTTP{ID: "abc123", Account: account()}, openapi.Options{})
		if err != nil || len(back.Warnings) > 0 || len(back.Findings) > 0 {
			t.Fatalf("seed %d: %v %+v\n%s", seed, err, back, text)
		}
		if diff := cmp.Diff(namedHTTP(def), namedHTTP(back.API), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d (-exported +imported)\n%s\n%s", seed, diff, text)
		}
	}
}

// FuzzExport imports what it can of any document, and wants that its export says the same.
func FuzzExport(f *testing.F) {
	for _, seed := range []string{ // small ones: the fuzzer makes new ones smaller byte by byte
		`{"swagger":"2.0","info":{"title":"t"},"paths":{"/a/{b}":{"get":{"security":[{"k":[]}]}}},` +
			`"securityDefinitions":{"k":{"type":"apiKey","name":"x-api-key","in":"header"}}}`,
		`{"openapi":"3.0.1","paths":{"/a":{"post":{"requestBody":{"content":{"a/b":{"schema":` +
			`{"$ref":"#/components/schemas/M"}}}},"x-amazon-apigateway-integration":{"type":"mock",` +
			`"responses":{"4..":{"statusCode":"400"}}}}}},"components":{"schemas":{"M":{"type":"object"}}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		def, err := importREST(content)
		if err != nil {
			return
		}
		for _, yaml := range []bool{false, true} {
			text, err := export.REST(def, everything(export.OAS30, yaml))
			if err != nil {
				return // of documents that AWS would refuse later: a model that refers out of the API
			}
			back, err := importREST(text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if diff := cmp.Diff(named(def), named(back), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("(-exported +imported)\n%s\n%s", diff, text)
			}
			if _, err := export.REST(def, everything(export.Swagger, yaml)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
