package drift

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"portico/infra/release"
)

// The kinds of findings.
const (
	NotDeployed   = "not deployed"
	ChangedByHand = "changed by hand"
	CanaryLeft    = "canary left behind"
	NotReleased   = "not released"
	Disagrees     = "release disagrees"
)

// Finding is one difference.
type Finding struct {
	Kind     string `json:"kind"`
	Stack    string `json:"stack"`
	Resource string `json:"resource,omitempty"` // its logical id and type
	What     string `json:"what"`               // a sentence
	Do       string `json:"do,omitempty"`       // the command that ends it
}

// Report is all there is to say.
type Report struct {
	Stacks   []string  `json:"stacks"` // that were looked at
	Findings []Finding `json:"findings"`
	// Unknown says what could not be read: of that nothing is known.
	Unknown []string `json:"unknown,omitempty"`
}

// Stack is a template that is to be deployed.
type Stack struct {
	Name, Region string
	Template     map[string]any
}

// Checker compares stacks.
type Checker struct {
	Clients
	// Parse reads a template that was deployed.
	Parse func(body string) (map[string]any, error)
	// Records are the audit records of releases.
	Records release.Records
}

// Check compares stacks with what is deployed of them.
func (c *Checker) Check(ctx context.Context, stacks []Stack) *Report {
	report := &Report{Findings: []Finding{}}
	for _, s := range stacks {
		report.Stacks = append(report.Stacks, s.Name)
		one := &comparison{Checker: c, stack: s, report: report}
		if err := one.do(ctx); err != nil {
			report.Unknown = append(report.Unknown, fmt.Sprintf("stack %s: %v", s.Name, err))
		}
	}
	slices.SortStableFunc(report.Findings, func(a, b Finding) int {
		return cmp.Compare(a.Stack, b.Stack)
	})
	return report
}

// comparison is that of one stack.
type comparison struct {
	*Checker
	stack  Stack
	report *Report

	deployed types.Stack    // read
	template map[string]any // read: the one that was deployed
	values   *evaluator     // read
	released string         // read: the logical id of the stage that releases move; "" for none
}

// find notes a difference.
func (c *comparison) find(kind, logicalID, what string, args ...any) *Finding {
	resource := logicalID
	if kind := c.values.typeOf(logicalID); logicalID != "" && kind != "" {
		resource += " (" + kind + ")"
	}
	c.report.Findings = append(c.report.Findings, Finding{
		Kind: kind, Stack: c.stack.Name, Resource: resource, What: fmt.Sprintf(what, args...),
	})
	return &c.report.Findings[len(c.report.Findings)-1]
}

func (c *comparison) do(ctx context.Context) error {
	there, err := c.read(ctx)
	if err != nil {
		return err
	}
	if !there {
		c.values = &evaluator{}
		c.find(NotDeployed, "", "the stack is not there").Do = "cdk deploy " + c.stack.Name
		return nil
	}
	c.compareTemplates()
	return c.compareLive(ctx)
}

// read reads the stack; there is false for one that is not deployed.
func (c *comparison) read(ctx context.Context) (there bool, err error) {
	name := aws.String(c.stack.Name)
	out, err := c.Stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: name})
	switch {
	case err != nil && strings.Contains(err.Error(), "does not exist"):
		return false, nil
	case err != nil:
		return false, release.Said(err)
	case len(out.Stacks) != 1:
		return false, fmt.Errorf("there are %d of that name", len(out.Stacks))
	}
	c.deployed = out.Stacks[0]
	switch status := string(c.deployed.StackStatus); {
	case status == string(types.StackStatusReviewInProgress),
		status == string(types.StackStatusDeleteComplete):
		return false, nil
	case strings.HasSuffix(status, "IN_PROGRESS"):
		return false, fmt.Errorf("it is %s; ask again when that is done", status)
	case strings.HasSuffix(status, "FAILED"), status == string(types.StackStatusRollbackComplete):
		return false, fmt.Errorf("it is %s: %s", status, aws.ToString(c.deployed.StackStatusReason))
	}
	body, err := c.Stacks.GetTemplate(ctx, &cloudformation.GetTemplateInput{
		StackName: name, TemplateStage: types.TemplateStageOriginal,
	})
	if err != nil {
		return false, release.Said(err)
	}
	if c.template, err = c.Parse(aws.ToString(body.TemplateBody)); err != nil {
		return false, fmt.Errorf("the template that was deployed: %w", err)
	}
	physical, err := c.resources(ctx)
	if err != nil {
		return false, err
	}
	c.values = newEvaluator(c.template, &c.deployed, physical)
	c.released = c.findReleased()
	return true, nil
}

// resources returns the ids of what the stack consists of.
func (c *comparison) resources(ctx context.Context) (map[string]string, error) {
	physical := map[string]string{}
	pages := cloudformation.NewListStackResourcesPaginator(c.Stacks,
		&cloudformation.ListStackResourcesInput{StackName: aws.String(c.stack.Name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, release.Said(err)
		}
		for _, r := range page.StackResourceSummaries {
			if r.ResourceStatus != types.ResourceStatusDeleteComplete {
				physical[aws.ToString(r.LogicalResourceId)] = aws.ToString(r.PhysicalResourceId)
			}
		}
	}
	return physical, nil
}

// Counts returns how many findings there are of each kind.
func (r *Report) Counts() map[string]int {
	counts := map[string]int{}
	for _, f := range r.Findings {
		counts[f.Kind]++
	}
	return counts
}
