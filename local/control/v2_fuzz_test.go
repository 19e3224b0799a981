package control_test

import (
	"math/rand/v2"
	"testing"
)

// FuzzV2Operations is FuzzOperations for HTTP and WebSocket APIs.
func FuzzV2Operations(f *testing.F) {
	service := fuzzed(f, 8, "apigatewayv2")["apigatewayv2"]
	f.Fuzz(func(t *testing.T, seed uint64) {
		c := newClient(t, "")
		random := rand.New(rand.NewPCG(seed, 2))
		if random.IntN(2) == 0 {
			c.orders()
		} else {
			c.chat()
		}
		c.names["target"] = "integrations/" + c.names["integrationid"]
		c.do("POST /v2/domainnames", `{"domainName":"api.example.com"}`)
		c.names["domainname"] = "api.example.com"
		c.names["stagename"] = []string{"$default", "dev"}[random.IntN(2)]
		c.names["stage"] = c.names["stagename"]
		c.names["specification"], c.names["outputtype"] = "OAS30", "YAML"
		c.names["resource-arn"] = "arn:aws:apigateway:us-east-1::/apis/" + c.names["apiid"]
		g := &generator{Rand: random, service: service, names: c.names}
		for range 3 {
			for _, name := range sortedNames(service.Operations) {
				g.check(t, c, service.Operations[name])
			}
		}
		if c.log.Len() > 0 {
			t.Errorf("the log says %s", c.log)
		}
	})
}
