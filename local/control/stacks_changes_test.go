package control_test

import (
	"strings"
	"testing"
)

// TestChangeSets say what they would change, and are executed once.
func TestChangeSets(t *testing.T) {
	c := newStackClient(t, "")
	c.do("CreateChangeSet StackName=s ChangeSetName=one ChangeSetType=CREATE TemplateBody=" + queue)
	if got := c.status("s"); got != "REVIEW_IN_PROGRESS" {
		t.Errorf("before the execution the stack is %s", got)
	}
	text := c.do("DescribeChangeSet StackName=s ChangeSetName=one")
	for _, want := range []string{
		"<Status>CREATE_COMPLETE</Status>", "<ExecutionStatus>AVAILABLE</ExecutionStatus>",
		"<Action>Add</Action><LogicalResourceId>A</LogicalResourceId>" +
			"<ResourceType>AWS::SQS::Queue</ResourceType>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the change set is %s, want %s", text, want)
		}
	}
	c.do("ExecuteChangeSet StackName=s ChangeSetName=one")
	if got := c.status("s"); got != "CREATE_COMPLETE" {
		t.Errorf("after the execution the stack is %s", got)
	}
	if status, answer := c.ask("ExecuteChangeSet StackName=s ChangeSetName=one"); status != 400 {
		t.Errorf("a second execution answers %d %s", status, answer)
	}
	c.do("CreateChangeSet StackName=s ChangeSetName=two IncludePropertyValues=true TemplateBody=" + queues)
	text = c.do("DescribeChangeSet StackName=s ChangeSetName=two IncludePropertyValues=true")
	for _, want := range []string{
		"<Action>Modify</Action><LogicalResourceId>A</LogicalResourceId><PhysicalResourceId>s-A<",
		"<Replacement>False</Replacement><Scope><member>Properties</member></Scope>",
		"<RequiresRecreation>Never</RequiresRecreation>", "<AfterValue>1</AfterValue>",
		"<Action>Add</Action><LogicalResourceId>B</LogicalResourceId>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the change set is %s, want %s", text, want)
		}
	}
	c.do("DeleteChangeSet StackName=s ChangeSetName=two")
	if text := c.do("ListChangeSets StackName=s"); strings.Contains(text, "two") {
		t.Errorf("the change sets are %s", text)
	}
}

// TestChangeSetsThatFail tell why.
func TestChangeSetsThatFail(t *testing.T) {
	for _, row := range []struct{ name, template, reason string }{
		{
			"nothing would change", queue, "The submitted information didn't contain changes. Submit " +
				"different information to create a change set.",
		},
		{"the template cannot be evaluated", wrong, "is wrong"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newStackClient(t, "")
			c.do("CreateStack StackName=s TemplateBody=" + queue)
			c.do("CreateChangeSet StackName=s ChangeSetName=c TemplateBody=" + row.template)
			text := c.do("DescribeChangeSet StackName=s ChangeSetName=c")
			got := unescaped(strings.Join(between(text, "StatusReason"), ""))
			if got != row.reason || !strings.Contains(text, "<Status>FAILED</Status>") ||
				!strings.Contains(text, "<ExecutionStatus>UNAVAILABLE</ExecutionStatus>") {
				t.Errorf("the change set is %s, want the reason %q", text, row.reason)
			}
		})
	}
}

// TestReplacement says which changes make AWS replace a resource.
func TestReplacement(t *testing.T) {
	resource := func(kind, property, value string) string {
		return `{"Resources":{"A":{"Type":"` + kind + `","Properties":{"` + property + `":"` + value + `"}}}}`
	}
	for _, row := range []struct{ kind, property, replacement string }{
		{"AWS::SQS::Queue", "QueueName", "True"},
		{"AWS::SQS::Queue", "DelaySeconds", "False"},
		{"AWS::ApiGateway::Resource", "PathPart", "True"},
		{"AWS::ApiGatewayV2::Route", "RouteKey", "False"},
		{"Custom::Thing", "Anything", "Conditional"},
	} {
		t.Run(row.kind+" "+row.property, func(t *testing.T) {
			c := newStackClient(t, "")
			c.do("CreateStack StackName=s TemplateBody=" + resource(row.kind, row.property, "a"))
			c.do("CreateChangeSet StackName=s ChangeSetName=c TemplateBody=" +
				resource(row.kind, row.property, "b"))
			got := between(c.do("DescribeChangeSet StackName=s ChangeSetName=c"), "Replacement")
			if strings.Join(got, " ") != row.replacement {
				t.Errorf("the replacement is %v, want %s", got, row.replacement)
			}
		})
	}
}

// TestTemplatesAreShown gives back what was deployed, and says what it asks for.
func TestTemplatesAreShown(t *testing.T) {
	c := newStackClient(t, "")
	c.stacks.objects = map[string]string{"https://s3/t": parameterized}
	c.do("CreateStack StackName=s TemplateURL=https://s3/t Parameters.member.1.ParameterKey=P " +
		"Parameters.member.1.ParameterValue=v Tags.member.1.Key=k Tags.member.1.Value=w")
	for _, row := range []struct{ call, want string }{
		{"GetTemplate StackName=s", unescapedTemplate()},
		{
			"DescribeStacks StackName=s", "<Parameters><member><ParameterKey>P</ParameterKey>" +
				"<ParameterValue>v</ParameterValue></member><member><ParameterKey>Q</ParameterKey>" +
				"<ParameterValue>d</ParameterValue></member></Parameters>",
		},
		{"DescribeStacks StackName=s", "<Tags><member><Key>k</Key><Value>w</Value></member></Tags>"},
		{
			"GetTemplateSummary TemplateBody=" + role, "<Capabilities><member>CAPABILITY_NAMED_IAM</member>" +
				"</Capabilities><CapabilitiesReason>The following resource(s) require capabilities: " +
				"[AWS::IAM::Role]</CapabilitiesReason>",
		},
		{"ValidateTemplate TemplateBody=" + parameterized, "<DefaultValue>d</DefaultValue>"},
		{"ListStackResources StackName=s", "<PhysicalResourceId>s-A</PhysicalResourceId>"},
		{"DescribeStackResources PhysicalResourceId=s-A", "<StackName>s</StackName>"},
		{"ListStacks", "<StackName>started</StackName>"},
	} {
		if text := c.do(row.call); !strings.Contains(text, row.want) {
			t.Errorf("%s answers %s, want %s", row.call, text, row.want)
		}
	}
}

func unescapedTemplate() string {
	return strings.ReplaceAll(parameterized[:30], `"`, "&#34;")
}
