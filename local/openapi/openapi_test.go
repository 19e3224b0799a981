package openapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

var update = flag.Bool("update", false, "write the golden definitions of testdata anew")

// account is where the APIs of all tests live.
var account = api.Account{ID: "123456789012", Region: "eu-west-1", Partition: "aws"}

func emptyREST() api.REST { return api.REST{ID: "rest012345", Account: account} }

func emptyHTTP() api.HTTP { return api.HTTP{ID: "http012345", Account: account} }

// mustParse reads a document that is well-formed.
func mustParse(t *testing.T, document string) *Document {
	t.Helper()
	d, err := Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// importREST imports a document that AWS takes.
func importREST(t *testing.T, document string, o Options) *Imported[api.REST] {
	t.Helper()
	imported, err := mustParse(t, document).REST(emptyREST(), o)
	if err != nil {
		t.Fatal(err)
	}
	return imported
}

func importHTTP(t *testing.T, document string, o Options) *Imported[api.HTTP] {
	t.Helper()
	imported, err := mustParse(t, document).HTTP(emptyHTTP(), o)
	if err != nil {
		t.Fatal(err)
	}
	return imported
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// methodOf returns a method of an imported API.
func methodOf(t *testing.T, of api.REST, verb, path string) api.Method {
	t.Helper()
	for _, resource := range of.Resources {
		if method, ok := resource.Methods[verb]; ok && resource.Path == path {
			return method
		}
	}
	t.Fatalf("there is no %s %s among %v", verb, path, pathsOf(of))
	return api.Method{}
}

func pathsOf(of api.REST) []string {
	var paths []string
	for _, resource := range of.Resources {
		paths = append(paths, resource.Path)
	}
	return paths
}

// named replaces ids by what they stand for, and drops what is absent, so that a golden definition
// reads as the specification does.
func named(t *testing.T, definition any, ids map[string]string) any {
	t.Helper()
	written, err := json.Marshal(definition)
	if err != nil {
		t.Fatal(err)
	}
	for id, name := range ids {
		written = bytes.ReplaceAll(written, []byte(`"`+id+`"`), []byte(`"`+name+`"`))
	}
	var plain any
	if err := json.Unmarshal(written, &plain); err != nil {
		t.Fatal(err)
	}
	return present(plain)
}

// present drops empty values from a tree, where they say nothing.
func present(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			kept := slices.Contains([]string{"Schema", "RequestParameters", "Parameters"}, key)
			if !kept {
				v[key] = present(inner)
			}
			if v[key] == nil && statusCode.MatchString(key) {
				v[key] = map[string]any{}
			}
			if v[key] == nil {
				delete(v, key)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for at := range v {
			v[at] = present(v[at])
		}
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	}
	return value
}

func restIDs(of api.REST) map[string]string {
	ids := map[string]string{}
	for _, resource := range of.Resources {
		ids[resource.ID] = "resource " + resource.Path
	}
	for id, authorizer := range of.Authorizers {
		ids[id] = "authorizer " + authorizer.Name
	}
	i := importer{apiID: of.ID}
	for _, name := range []string{"all", "params only"} {
		ids[i.id(6, "validator", name)] = "validator " + name
	}
	return ids
}

func httpIDs(of api.HTTP) map[string]string {
	ids := map[string]string{}
	i := importer{apiID: of.ID}
	for _, route := range of.Routes {
		ids[route.ID] = "route " + route.Key
		ids[i.id(7, "integration", route.Key)] = "integration of " + route.Key
	}
	for id, authorizer := range of.Authorizers {
		ids[id] = "authorizer " + authorizer.Name
	}
	ids[i.id(7, "integration", "orders")] = "integration orders"
	return ids
}

// TestDocumentsBecomeTheDefinitionsOfTheSpecification holds whole documents against definitions
// written from control-plane.md §3 to §7 and §18 and from AWS's pages on the extensions.
func TestDocumentsBecomeTheDefinitionsOfTheSpecification(t *testing.T) {
	documents, err := filepath.Glob("testdata/*.document.*")
	if err != nil || len(documents) == 0 {
		t.Fatalf("got %v, %v; want the documents of testdata", documents, err)
	}
	for _, path := range documents {
		name, _, _ := strings.Cut(filepath.Base(path), ".document.")
		t.Run(name, func(t *testing.T) {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var got any
			if strings.HasPrefix(name, "http") {
				imported := importHTTP(t, string(content), Options{})
				got = named(t, imported.API, httpIDs(imported.API))
			} else {
				imported := importREST(t, string(content), Options{})
				got = named(t, imported.API, restIDs(imported.API))
			}
			golden(t, "testdata/"+name+".definition.json", got)
		})
	}
}

func golden(t *testing.T, path string, got any) {
	t.Helper()
	if *update {
		var written bytes.Buffer
		encoder := json.NewEncoder(&written)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(got); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, written.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want any
	if err := json.Unmarshal(content, &want); err != nil {
		t.Fatal(err)
	}
	equal(t, path, want, got)
}

func TestIDsStayTheSame(t *testing.T) {
	const document = "{openapi: 3.0.1, info: {title: a}, paths: {'/a/{b}': {get: {}}}}"
	one, two := importREST(t, document, Options{}), importREST(t, document, Options{})
	equal(t, "the second import", one.API, two.API)
	seen := map[string]bool{}
	for _, resource := range one.API.Resources {
		if seen[resource.ID] {
			t.Errorf("id %s stands twice", resource.ID)
		}
		seen[resource.ID] = true
	}
	root := one.API.Resources[slices.Index(pathsOf(one.API), "/")]
	if len(root.ID) != 10 {
		t.Errorf("got a root resource %q, want an id of 10 characters", root.ID)
	}
}

func TestBothFormsOfADocumentReadTheSame(t *testing.T) {
	const inYAML = "openapi: 3.0.1\ninfo: {title: t}\npaths:\n  /a:\n    get:\n" +
		"      responses: {200: {description: ok}}\n"
	const inJSON = `{"openapi":"3.0.1","info":{"title":"t"},"paths":{"/a":{"get":` +
		`{"responses":{"200":{"description":"ok"}}}}}}`
	tree := map[string]any{
		"openapi": "3.0.1", "info": map[string]any{"title": "t"},
		"paths": map[string]any{"/a": map[string]any{"get": map[string]any{
			"responses": map[string]any{"200": map[string]any{"description": "ok"}},
		}}},
	}
	document, err := FromTree(tree)
	if err != nil {
		t.Fatal(err)
	}
	fromTree, err := document.REST(emptyREST(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := importREST(t, inYAML, Options{})
	equal(t, "JSON", want.API, importREST(t, inJSON, Options{}).API)
	equal(t, "a tree", want.API, fromTree.API)
}
