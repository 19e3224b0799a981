package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/runner"
)

const trafficSettings = `template: %s/traffic/template.yaml
account:
  throttle: { rate: 1e9, burst: 1000000000 }
`

// BenchmarkTraffic compares a reply from the cache with a bare handler of net/http that sends the
// same reply, and a call that is held to a usage plan and to its stage with one that is not. The aims
// are a ratio of 0.8, and less than 2 µs a call.
func BenchmarkTraffic(b *testing.B) {
	data, err := filepath.Abs("testdata")
	if err != nil {
		b.Fatal(err)
	}
	options := runner.Options{Dir: b.TempDir(), State: b.TempDir()}
	settings := fmt.Appendf(nil, trafficSettings, data)
	if err := os.WriteFile(filepath.Join(options.Dir, "portico.yaml"), settings, 0o644); err != nil {
		b.Fatal(err)
	}
	r := runner.Start(b, options)
	at := strings.TrimPrefix(r.Addresses()[0].URL, "http://")
	sideBySide(b, []target{
		{name: "bare-net-http", address: bareHandler(b)},
		{name: "bare-reply", address: bareReply(b)},
		{name: "rest-cached", address: at + "/cached", of: "bare-reply"},
		{name: "rest-open", address: at + "/open", of: "bare-net-http"},
		{
			name: "rest-metered", address: at + "/metered", of: "rest-open",
			header: "x-api-key: bench-0123456789-key\r\n",
		},
	})
}
