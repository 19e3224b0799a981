package control_test

import (
	"math/rand/v2"
	"testing"
)

// FuzzStacksAndParameters sends generated requests of every operation of CloudFormation and Parameter
// Store: never a failure.
func FuzzStacksAndParameters(f *testing.F) {
	services := fuzzed(f, 4, "cloudformation", "ssm")
	f.Fuzz(func(t *testing.T, seed uint64) {
		c := newStackClient(t, "")
		good := map[string][]string{
			"StackName": {"s", "t", "started"}, "ChangeSetName": {"c", "d"},
			"TemplateBody":  {queue, queues, bad, wrong, role, exporting, importing, "{", "[]"},
			"ChangeSetType": {"CREATE", "UPDATE"}, "Name": {"/a", "/a/b"}, "ResourceId": {"/a"},
			"ResourceType": {"Parameter"}, "Capabilities": {"CAPABILITY_IAM"}, "NextToken": {"0", "!"},
			"StackPolicyBody": {`{"Statement":[]}`, "{"}, "LogicalResourceId": {"A"},
		}
		for _, name := range sortedNames(services) {
			g := &generator{
				Rand: rand.New(rand.NewPCG(seed, 4)), service: services[name], names: c.names,
			}
			for range 6 {
				for _, operation := range sortedNames(services[name].Operations) {
					g.checkSigned(t, c.client, services[name].Operations[operation], good)
				}
			}
		}
		if c.log.Len() > 0 {
			t.Errorf("the log says %s", c.log)
		}
	})
}
