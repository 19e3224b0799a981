package control_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	queue  = `{"Resources":{"A":{"Type":"AWS::SQS::Queue"}}}`
	queues = `{"Resources":{"A":{"Type":"AWS::SQS::Queue","Properties":{"DelaySeconds":1}},` +
		`"B":{"Type":"AWS::SQS::Queue","DependsOn":"C"},"C":{"Type":"AWS::SQS::Queue"}}}`
	bad       = `{"Resources":{"A":{"Type":"AWS::SQS::Queue"},"X":{"Type":"Bad::Type"}}}`
	wrong     = `{"Resources":{"X":{"Type":"AWS::SQS::Queue","Properties":{"Wrong":1}}}}`
	role      = `{"Resources":{"R":{"Type":"AWS::IAM::Role","Properties":{"RoleName":"r"}}}}`
	exporting = `{"Resources":{"A":{"Type":"AWS::SQS::Queue"}},` +
		`"Outputs":{"O":{"Value":"1","Export":{"Name":"x"}}}}`
	reexporting = `{"Resources":{"A":{"Type":"AWS::SQS::Queue"}},` +
		`"Outputs":{"O":{"Value":"2","Export":{"Name":"x"}}}}`
	importing = `{"Resources":{"A":{"Type":"AWS::SQS::Queue",` +
		`"Properties":{"QueueName":{"Fn::ImportValue":"x"}}}}}`
	parameterized = `{"Parameters":{"P":{"Type":"String"},"Q":{"Type":"String","Default":"d"}},` +
		`"Resources":{"A":{"Type":"AWS::SQS::Queue"}}}`
)

// TestEventsOfAStack tells the whole life of a stack in AWS's order.
func TestEventsOfAStack(t *testing.T) {
	c := newStackClient(t, "")
	c.do("CreateStack StackName=s TemplateBody=" + queue)
	c.do("UpdateStack StackName=s TemplateBody=" + queues)
	c.do("UpdateStack StackName=s TemplateBody=" + queue)
	id := between(c.do("DescribeStacks StackName=s"), "StackId")[0]
	c.do("DeleteStack StackName=s")
	want := []string{
		"s CREATE_IN_PROGRESS User Initiated",
		"A CREATE_IN_PROGRESS", "A CREATE_IN_PROGRESS Resource creation Initiated", "A CREATE_COMPLETE",
		"s CREATE_COMPLETE",
		"s UPDATE_IN_PROGRESS User Initiated",
		"A UPDATE_IN_PROGRESS", "A UPDATE_COMPLETE",
		"C CREATE_IN_PROGRESS", "C CREATE_IN_PROGRESS Resource creation Initiated", "C CREATE_COMPLETE",
		"B CREATE_IN_PROGRESS", "B CREATE_IN_PROGRESS Resource creation Initiated", "B CREATE_COMPLETE",
		"s UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "s UPDATE_COMPLETE",
		"s UPDATE_IN_PROGRESS User Initiated",
		"A UPDATE_IN_PROGRESS", "A UPDATE_COMPLETE",
		"s UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
		"C DELETE_IN_PROGRESS", "C DELETE_COMPLETE", "B DELETE_IN_PROGRESS", "B DELETE_COMPLETE",
		"s UPDATE_COMPLETE",
		"s DELETE_IN_PROGRESS User Initiated",
		"A DELETE_IN_PROGRESS", "A DELETE_COMPLETE",
		"s DELETE_COMPLETE",
	}
	if diff := cmp.Diff(want, c.history(id)); diff != "" {
		t.Errorf("the events, want first: %s", diff)
	}
	if got := c.status(id); got != "DELETE_COMPLETE" {
		t.Errorf("by its id the deleted stack is %s", got)
	}
	if len(c.stacks.deployed) != 0 {
		t.Errorf("%v are served after the deletion", c.stacks.deployed)
	}
}

// TestRollbacks says property by property why, and serves nothing that failed.
func TestRollbacks(t *testing.T) {
	reason := "X CREATE_FAILED Bad::Type is not honoured here"
	for _, row := range []struct{ name, calls, status, event string }{
		{
			"a creation that cannot be served is rolled back",
			"CreateStack StackName=s TemplateBody=" + bad, "ROLLBACK_COMPLETE", reason,
		},
		{
			"so is an update, to what was", "CreateStack StackName=s TemplateBody=" + queue +
				"\nUpdateStack StackName=s TemplateBody=" + bad, "UPDATE_ROLLBACK_COMPLETE",
			"X UPDATE_FAILED Bad::Type is not honoured here",
		},
		{
			"the stack says which resources failed",
			"CreateStack StackName=s TemplateBody=" + bad, "ROLLBACK_COMPLETE", "s ROLLBACK_IN_PROGRESS " +
				"The following resource(s) failed to create: [X]. Rollback requested by user.",
		},
		{
			"without a rollback a failed creation stays", "CreateStack StackName=s DisableRollback=true " +
				"TemplateBody=" + bad, "CREATE_FAILED", reason,
		},
		{
			"so it does with OnFailure DO_NOTHING", "CreateStack StackName=s OnFailure=DO_NOTHING " +
				"TemplateBody=" + bad, "CREATE_FAILED", reason,
		},
		{
			"a failed update without a rollback can be rolled back later",
			"CreateStack StackName=s TemplateBody=" + queue +
				"\nUpdateStack StackName=s DisableRollback=true TemplateBody=" + bad +
				"\nRollbackStack StackName=s", "UPDATE_ROLLBACK_COMPLETE",
			"s UPDATE_ROLLBACK_IN_PROGRESS User Initiated",
		},
		{
			"what a stack policy denies is not updated", "CreateStack StackName=s TemplateBody=" + queue +
				` StackPolicyBody={"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*",` +
				`"Resource":"*"},{"Effect":"Deny","Action":"Update:Modify","Principal":"*",` +
				`"Resource":"LogicalResourceId/A"}]}` + "\nUpdateStack StackName=s TemplateBody=" + queues,
			"UPDATE_ROLLBACK_COMPLETE", "A UPDATE_FAILED Action denied by stack policy: it does not allow " +
				"[Update:Modify] for resource [LogicalResourceId/A]",
		},
		{
			"an export that is in use cannot be changed", "CreateStack StackName=s TemplateBody=" +
				exporting + "\nCreateStack StackName=t TemplateBody=" + importing +
				"\nUpdateStack StackName=s TemplateBody=" + reexporting, "UPDATE_ROLLBACK_COMPLETE",
			"s UPDATE_ROLLBACK_IN_PROGRESS Export x cannot be updated as it is in use by t",
		},
		{
			"nor can it be deleted", "CreateStack StackName=s TemplateBody=" + exporting +
				"\nCreateStack StackName=t TemplateBody=" + importing + "\nDeleteStack StackName=s",
			"CREATE_COMPLETE", "s CREATE_COMPLETE Export x cannot be deleted as it is in use by t",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newStackClient(t, "")
			for line := range strings.SplitSeq(row.calls, "\n") {
				c.do(line)
			}
			if got := c.status("s"); got != row.status {
				t.Errorf("the stack is %s, want %s", got, row.status)
			}
			if got := c.history("s"); !slices.Contains(got, row.event) {
				t.Errorf("the events are %q, want %q", got, row.event)
			}
			served := slices.Contains(c.stacks.deployed, "s")
			if served != !strings.HasPrefix(row.status, "ROLLBACK") && served != (row.status != "CREATE_FAILED") {
				t.Errorf("served are %v", c.stacks.deployed)
			}
		})
	}
}

// TestRefusalsOfStacks are AWS's words.
func TestRefusalsOfStacks(t *testing.T) {
	c := newStackClient(t, "")
	c.do("CreateStack StackName=s TemplateBody=" + queue)
	c.do("CreateStack StackName=failed TemplateBody=" + bad)
	c.do("CreateStack StackName=kept EnableTerminationProtection=true TemplateBody=" + queue)
	c.do("CreateChangeSet StackName=s ChangeSetName=same TemplateBody=" + queue)
	kept := between(c.do("DescribeStacks StackName=kept"), "StackId")[0]
	failed := between(c.do("DescribeStacks StackName=failed"), "StackId")[0]
	same := between(c.do("DescribeChangeSet StackName=s ChangeSetName=same"), "ChangeSetId")[0]
	for _, row := range []struct {
		call, code, message string
		status              int
	}{
		{"DescribeStacks StackName=x", "ValidationError", "Stack with id x does not exist", 400},
		{"DescribeStackEvents StackName=x", "ValidationError", "Stack [x] does not exist", 400},
		{"DescribeStackResources StackName=x", "ValidationError", "Stack with id x does not exist", 400},
		{
			"DescribeStackResource StackName=s LogicalResourceId=Z", "ValidationError",
			"Resource Z does not exist for stack s", 400,
		},
		{"GetTemplate StackName=x", "ValidationError", "Stack with id x does not exist", 400},
		{
			"UpdateStack StackName=x TemplateBody=" + queue, "ValidationError", "Stack [x] does not exist",
			400,
		},
		{
			"UpdateStack StackName=s TemplateBody=" + queue, "ValidationError",
			"No updates are to be performed.", 400,
		},
		{
			"UpdateStack StackName=failed TemplateBody=" + queue, "ValidationError", "Stack:" + failed +
				" is in ROLLBACK_COMPLETE state and can not be updated.", 400,
		},
		{
			"CreateStack StackName=s TemplateBody=" + queue, "AlreadyExistsException",
			"Stack [s] already exists", 400,
		},
		{
			"CreateStack StackName=r TemplateBody=" + role, "InsufficientCapabilitiesException",
			"Requires capabilities : [CAPABILITY_NAMED_IAM]", 400,
		},
		{
			"CreateStack StackName=r", "ValidationError",
			"Either Template URL or Template Body must be specified.", 400,
		},
		{
			"CreateStack StackName=r TemplateBody={", "ValidationError",
			"Template format error: JSON not well-formed", 400,
		},
		{
			"CreateStack StackName=p TemplateBody=" + parameterized, "ValidationError",
			"Parameters: [P] must have values", 400,
		},
		{
			"CreateStack StackName=p Parameters.member.1.ParameterKey=Z " +
				"Parameters.member.1.ParameterValue=1 TemplateBody=" + parameterized, "ValidationError",
			"Parameters: [Z] do not exist in the template", 400,
		},
		{
			"DeleteStack StackName=kept", "ValidationError",
			"Stack [" + kept + "] cannot be deleted while TerminationProtection is enabled", 400,
		},
		{
			"DescribeChangeSet StackName=s ChangeSetName=none", "ChangeSetNotFound",
			"ChangeSet [none] does not exist", 404,
		},
		{
			"ExecuteChangeSet StackName=s ChangeSetName=same", "InvalidChangeSetStatus", "ChangeSet [" + same +
				"] cannot be executed in its current status of [FAILED]", 400,
		},
		{
			"CreateChangeSet StackName=s ChangeSetName=same TemplateBody=" + queue, "AlreadyExistsException",
			"ChangeSet same already exists", 400,
		},
		{
			"CreateChangeSet StackName=x ChangeSetName=c TemplateBody=" + queue, "ValidationError",
			"Stack [x] does not exist", 400,
		},
		{"ListImports ExportName=x", "ValidationError", "Export 'x' is not imported by any stack.", 400},
		{
			"DeleteStack StackName=started", "ValidationError", "Stack [started] comes from the template " +
				"that the runner was started with, and cannot be changed here; start the runner with --empty " +
				"to deploy it", 400,
		},
		{
			"DetectStackDrift StackName=s", "NotImplemented", "cloudformation DetectStackDrift is not " +
				"implemented here: portico check --apis lists what is", http.StatusNotImplemented,
		},
	} {
		t.Run(row.call, func(t *testing.T) {
			status, text := c.ask(row.call)
			code := strings.Join(between(text, "Code"), "")
			message := unescaped(strings.Join(between(text, "Message"), ""))
			if status != row.status || code != row.code || message != row.message {
				t.Errorf("got %d %s %q, want %d %s %q", status, code, message, row.status, row.code,
					row.message)
			}
		})
	}
}

func unescaped(text string) string {
	return strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&amp;", "&").Replace(text)
}

// TestClientsPollWhileAStackIsMade answers while an operation is at work, and lets a second wait for
// the first.
func TestClientsPollWhileAStackIsMade(t *testing.T) {
	c := newStackClient(t, "")
	c.stacks.hold = make(chan struct{})
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	c.context = impatient
	for _, name := range []string{"a", "b"} {
		c.do("CreateStack StackName=" + name + " TemplateBody=" + queue)
		if got := c.status(name); got != "CREATE_IN_PROGRESS" {
			t.Errorf("%s is %s while it is made", name, got)
		}
	}
	if status, text := c.ask("DeleteStack StackName=a"); status != http.StatusBadRequest {
		t.Errorf("the deletion of a busy stack answers %d %s", status, text)
	}
	close(c.stacks.hold)
	if err := c.door.Close(); err != nil { // which waits for what is at work
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if got := c.status(name); got != "CREATE_COMPLETE" {
			t.Errorf("%s is %s", name, got)
		}
	}
	slices.Sort(c.stacks.deployed)
	if diff := cmp.Diff([]string{"a", "b"}, c.stacks.deployed); diff != "" {
		t.Errorf("served are, want first: %s", diff)
	}
}

// TestStacksOutliveTheRunner serves them again; an operation that was interrupted counts as failed.
func TestStacksOutliveTheRunner(t *testing.T) {
	state := t.TempDir()
	c := newStackClient(t, state)
	c.do("CreateStack StackName=s TemplateBody=" + exporting)
	again := newStackClient(t, state)
	if got := again.status("s"); got != "CREATE_COMPLETE" || len(again.stacks.deployed) != 1 {
		t.Errorf("after a restart the stack is %s, served are %v", got, again.stacks.deployed)
	}
	if text := again.do("ListExports"); !strings.Contains(text, "<Name>x</Name><Value>1</Value>") {
		t.Errorf("the exports are %s", text)
	}
	if err := again.door.Reset(); err != nil || len(again.stacks.deployed) != 0 {
		t.Errorf("after a reset %v, served are %v", err, again.stacks.deployed)
	}
	if status, _ := again.ask("DescribeStacks StackName=s"); status != 400 {
		t.Errorf("after a reset the stack is described with %d", status)
	}
}
