package openapi

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// FuzzImport looks for documents that crash the importer, hang it, or become models that are no
// JSON.
func FuzzImport(f *testing.F) {
	documents, err := filepath.Glob("testdata/*.document.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range documents {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("openapi: 3.0.1\nx: &x {<<: *x}\npaths: {/a: {$ref: '#/x'}}"))
	f.Add([]byte("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nopenapi: 3.0.1"))
	f.Fuzz(func(t *testing.T, content []byte) {
		document, err := Parse(content)
		if err != nil {
			return
		}
		rest, err := document.REST(emptyREST(), Options{BasePath: BasePathSplit, Mode: ModeMerge})
		if err == nil {
			for name, model := range rest.API.Models {
				if !json.Valid(model.Schema) {
					t.Errorf("model %q is no JSON: %s", name, model.Schema)
				}
			}
		}
		if _, err := document.HTTP(emptyHTTP(), Options{BasePath: BasePathPrepend}); err != nil {
			_ = err.Error()
		}
	})
}
