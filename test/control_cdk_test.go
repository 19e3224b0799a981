package test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"portico/local/runner"
)

// cdk runs the CDK command of the repository against a runner, on an assembly.
type cdk struct {
	*runner.Runner
	command, assembly string
}

// startCDK starts a runner with nothing in it, and copies the assembly of the reference application.
func startCDK(t *testing.T) cdk {
	t.Helper()
	command, err := filepath.Abs("../node_modules/.bin/cdk")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(command); err != nil {
		t.Skip("the CDK command is not installed; npm ci installs it")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed, and the CDK command needs it")
	}
	assembly := filepath.Join(t.TempDir(), "cdk.out")
	if err := os.CopyFS(assembly, os.DirFS(assemblyOfDev(t))); err != nil {
		t.Fatal(err)
	}
	return cdk{
		runner.Start(t, runner.Options{Dir: "..", State: t.TempDir(), Path: os.Getenv("PATH"), Empty: true}),
		command, assembly,
	}
}

// run runs a command of the CDK, and returns what it prints.
func (c cdk) run(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), c.command, arguments...)
	command.Dir = filepath.Dir(c.assembly) // no cdk.json
	command.Env = append(awsEnvironment(c.Runner), "CDK_DISABLE_VERSION_CHECK=1", "AWS_REGION=us-east-1",
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20", "CI=1", "HOME="+t.TempDir())
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	if err := command.Run(); err != nil {
		t.Fatalf("cdk %s: %v\n%s", strings.Join(arguments, " "), err, out.String())
	}
	return out.String()
}

// edit changes texts of a template of the assembly, old and new ones in turn, and the hash that it is
// uploaded under.
func (c cdk) edit(t *testing.T, stack string, texts ...string) {
	t.Helper()
	manifest := filepath.Join(c.assembly, "manifest.json")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	artifact := regexp.MustCompile(`(?s)"templateFile": "` + stack +
		`\.template\.json".*?/([0-9a-f]{64})\.json"`).FindSubmatch(text)
	if artifact == nil {
		t.Fatalf("the manifest does not say where the template of %s is uploaded", stack)
	}
	hash := string(artifact[1])
	for file, words := range map[string][]string{
		"manifest.json":          {hash, strings.Repeat("0", 64)},
		stack + ".assets.json":   {hash, strings.Repeat("0", 64)},
		stack + ".template.json": texts,
	} {
		path := filepath.Join(c.assembly, file)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		after := strings.NewReplacer(words...).Replace(string(before))
		if after == string(before) {
			t.Fatalf("%s holds none of %q", path, words)
		}
		if err := os.WriteFile(path, []byte(after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCDKDeploysTheReferenceApplication does with the runner what is done with an account.
func TestCDKDeploysTheReferenceApplication(t *testing.T) {
	c := startCDK(t)
	c.run(t, "bootstrap", "aws://123456789012/us-east-1")
	deploy := []string{"deploy", "--app", c.assembly, "--all", "--require-approval", "never"}
	// Stacks that do not depend on each other are deployed at once.
	stacks := strings.Count(c.run(t, append(deploy, "--concurrency=3")...), "✅")
	const health = `{"status":"ok","stage":"dev"}`
	if status, text := visit(t, c.health(t)); status != 200 || text != health {
		t.Errorf("after the deployment GET /health answers %d %s", status, text)
	}
	if out := c.run(t, "diff", "--app", c.assembly, "--all", "--fail"); !strings.Contains(out,
		"Number of stacks with differences: 0") {
		t.Errorf("the difference is %s", out)
	}
	// The CDK gives what it changes another deployment, whose logical id is made of a hash.
	c.edit(t, "portico-dev-partner", `\"status\":\"ok\"`, `\"status\":\"fine\"`,
		"ApiDeploymentB17BE62D", "ApiDeploymentB17BE62E")
	if out := c.run(t, deploy...); strings.Count(out, "(no changes)") != stacks-1 {
		t.Errorf("the deployment of a change prints %s, want one of %d stacks changed", out, stacks)
	}
	if status, text := visit(t, c.health(t)); status != 200 || text != strings.Replace(health, "ok", "fine", 1) {
		t.Errorf("after the change GET /health answers %d %s", status, text)
	}
	c.run(t, "destroy", "--app", c.assembly, "--all", "--force")
	if addresses := c.Addresses(); len(addresses) != 0 {
		t.Errorf("after the end there are %v", addresses)
	}
}

// health returns the address of the REST API's health check.
func (c cdk) health(t *testing.T) string {
	t.Helper()
	for _, address := range c.Addresses() {
		if address.Kind == "REST" {
			return c.URL() + "/restapis/" + address.ID + "/" + address.Stage + "/_user_request_/health"
		}
	}
	t.Fatalf("the runner serves %v, want a REST API", c.Addresses())
	return ""
}

// TestClientsDeployStacks runs AWS's own clients, each of which fills a bucket and deploys a stack.
func TestClientsDeployStacks(t *testing.T) {
	runClients(t, "deploy", func(t *testing.T) *runner.Runner {
		return runner.Start(t, runner.Options{Dir: t.TempDir(), Empty: true})
	})
}
