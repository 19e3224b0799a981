package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/runner"
)

// settings are the app's portico.yaml; the backend's port is known only once it listens.
const settings = `template: %[1]s/template.yaml
functions:
  echo:
    source: %[1]s/echo
backends:
  backend.example: http://%[2]s
`

// serveApp starts the runner on testdata/app and returns the addresses of its APIs by kind.
func serveApp(b *testing.B, backend string) map[string]string {
	b.Helper()
	app, err := filepath.Abs("testdata/app")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	text := fmt.Appendf(nil, settings, app, backend)
	if err := os.WriteFile(filepath.Join(dir, "portico.yaml"), text, 0o644); err != nil {
		b.Fatal(err)
	}
	r := runner.Start(b, runner.Options{Dir: dir})
	address := map[string]string{}
	for _, a := range r.Addresses() {
		address[a.Kind] = strings.TrimPrefix(a.URL, "http://")
	}
	return address
}

// item is a line of an order, as the app's model Order describes it.
type item struct {
	SKU      string   `json:"sku"`
	Name     string   `json:"name"`
	Quantity int      `json:"quantity"`
	Price    float64  `json:"price"`
	Tags     []string `json:"tags"`
}

// order returns an order of at least so many bytes that fits the app's model.
func order(b *testing.B, size int) []byte {
	b.Helper()
	var items []item
	for n := 0; ; n++ {
		text, err := json.Marshal(map[string]any{
			"customer": "c-1", "currency": "EUR", "note": "by the back door", "items": items,
		})
		if err != nil {
			b.Fatal(err)
		}
		if n > 0 && len(text) >= size {
			return text
		}
		items = append(items, item{
			SKU: fmt.Sprintf("sku-%04d", n), Name: "A thing of everyday use", Quantity: n + 1,
			Price: 12.5, Tags: []string{"home", "garden"},
		})
	}
}

// kilobyte is an answer of 1 KB.
func kilobyte() []byte {
	const head, tail = `{"id":"o-1","note":"`, `"}`
	fill := bytes.Repeat([]byte("n"), 1024-len(head)-len(tail))
	return fmt.Appendf(nil, "%s%s%s", head, fill, tail)
}
