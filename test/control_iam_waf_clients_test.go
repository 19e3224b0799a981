package test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestClientsManagePeopleAndWebACLs runs AWS's own clients, which make users, roles and web ACLs and
// see them in effect.
func TestClientsManagePeopleAndWebACLs(t *testing.T) {
	for _, client := range []struct{ name, script, program, install string }{
		{"the aws CLI", "people.sh", "sh", "aws"},
		{"boto3", "people.py", "python3", "boto3"},
	} {
		t.Run(client.name, func(t *testing.T) {
			probe := exec.Command("aws", "--version")
			if client.program == "python3" {
				probe = exec.Command("python3", "-c", "import boto3")
			}
			if out, err := probe.CombinedOutput(); err != nil {
				t.Skipf("%s does not run (%v); pip install %s installs it\n%s", client.name, err,
					client.install, out)
			}
			t.Parallel()
			r := startControl(t, "")
			script := filepath.Join("testdata", "control", client.script)
			command := exec.Command(client.program, script)
			command.Env = awsEnvironment(r)
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", script, err, out)
			}
		})
	}
}
