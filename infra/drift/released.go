package drift

import (
	"context"
	"errors"
	"strings"

	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"portico/infra/release"
)

func nothing() *lambdatypes.AliasRoutingConfiguration {
	return &lambdatypes.AliasRoutingConfiguration{}
}

// functionOf returns the name in the ARN of an alias.
func functionOf(arn string) string {
	_, rest, _ := strings.Cut(arn, ":function:")
	name, _, _ := strings.Cut(rest, ":")
	return name
}

// findReleased returns the stage that releases move: that of the outputs of the construct Release.
func (c *comparison) findReleased() string {
	if _, has := c.values.parameters[release.ParameterBaseline]; !has {
		return ""
	}
	outputs := map[string]string{}
	for _, o := range c.deployed.Outputs {
		if o.OutputKey != nil && o.OutputValue != nil {
			outputs[*o.OutputKey] = *o.OutputValue
		}
	}
	for _, id := range c.values.deployed("AWS::ApiGateway::Stage") {
		properties := c.values.properties(id)
		if text(properties["RestApiId"]) == outputs[release.OutputAPI] &&
			text(properties["StageName"]) == outputs[release.OutputStage] {
			return id
		}
	}
	return ""
}

// compareRelease holds the stage that releases move against the stack's parameters and the records.
func (c *comparison) compareRelease(ctx context.Context) error {
	if c.released == "" {
		return nil
	}
	target := (&release.Stack{Stack: c.stack.Name}).Name()
	at, err := c.Standing(ctx, c.stack.Name)
	var refused *release.Refusal
	switch {
	case errors.As(err, &refused):
		c.find(Disagrees, c.released, "%s", refused.Why).Do = "portico release promote --stack " +
			c.stack.Name + ", or rollback"
		return nil
	case err != nil:
		return err
	}
	newest := ""
	for _, o := range c.deployed.Outputs {
		if o.OutputKey != nil && o.OutputValue != nil && *o.OutputKey == release.OutputCandidate {
			newest = *o.OutputValue
		}
	}
	switch {
	case at.Candidate != "":
		return c.leftBehind(c.released, target, "--stack "+c.stack.Name, "the stage serves "+at.String())
	case newest != "" && newest != at.Baseline:
		c.find(NotReleased, c.released, "the stage serves %s, and the template's deployment is %s",
			at.Baseline, newest).Do = "portico release start --stack " + c.stack.Name
	}
	return c.compareRecords(target, at)
}

// leftBehind tells of a canary, and of what the records know about it.
func (c *comparison) leftBehind(logicalID, target, command, what string) error {
	last, err := c.last(target)
	if err != nil {
		return err
	}
	do := "portico release promote " + command + ", or rollback"
	switch {
	case last == nil:
		what += "; no release of the records in this folder made it"
	case last.Open():
		what += "; release " + last.ID + " has not ended"
		do = "portico release resume " + command + ", or rollback"
	default:
		what += "; the last release of the records, " + last.ID + ", has ended"
	}
	c.find(CanaryLeft, logicalID, "%s", what).Do = do
	return nil
}

// last returns the newest record of a target; nil for none.
func (c *comparison) last(target string) (*release.Record, error) {
	all, err := c.Records.All(target)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[len(all)-1], nil
}

// compareRecords says when the stage is not where the last release left it.
func (c *comparison) compareRecords(target string, at release.Position) error {
	last, err := c.last(target)
	if err != nil || last == nil {
		return err
	}
	left := last.Entries[len(last.Entries)-1]
	switch {
	case last.Open():
		c.find(Disagrees, c.released, "release %s has not ended by its record, and the stage serves %s",
			last.ID, at).Do = "portico release resume --stack " + c.stack.Name + ", or rollback"
	case left.Position.Baseline != at.Baseline:
		c.find(Disagrees, c.released, "release %s was %s and left %s, and the stage serves %s", last.ID,
			left.Event, left.Position, at)
	}
	return nil
}
