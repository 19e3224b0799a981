package release

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Lambda is the part of its client that targets use.
type Lambda interface {
	GetAlias(context.Context, *lambda.GetAliasInput, ...func(*lambda.Options)) (
		*lambda.GetAliasOutput, error)
	UpdateAlias(context.Context, *lambda.UpdateAliasInput, ...func(*lambda.Options)) (
		*lambda.UpdateAliasOutput, error)
}

// Alias is an alias of a function, moved by its weights. Where CodeDeploy shifts an alias, nothing
// else may: use it for the others.
type Alias struct {
	Function, Alias string
	Alarming        []string
	Lambda          Lambda
	Metrics         CloudWatch
}

var _ Target = (*Alias)(nil)

// Name tells people what it is.
func (a *Alias) Name() string { return "alias " + a.Alias + " of function " + a.Function }

// Read returns where the alias stands.
func (a *Alias) Read(ctx context.Context) (Position, error) {
	at, _, err := a.read(ctx)
	return at, err
}

func (a *Alias) read(ctx context.Context) (Position, *string, error) {
	out, err := a.Lambda.GetAlias(ctx, &lambda.GetAliasInput{
		FunctionName: aws.String(a.Function), Name: aws.String(a.Alias),
	})
	if err != nil {
		return Position{}, nil, fmt.Errorf("reading %s: %w", a.Name(), err)
	}
	at := Position{Baseline: aws.ToString(out.FunctionVersion)}
	if out.RoutingConfig != nil {
		for version, weight := range out.RoutingConfig.AdditionalVersionWeights {
			at.Candidate, at.Percent = version, weight*100
		}
	}
	return at, out.RevisionId, nil
}

// Move gives the alias its versions and their weights, if nobody changed it since it was read.
func (a *Alias) Move(ctx context.Context, from, to Position) error {
	at, revision, err := a.read(ctx)
	switch {
	case err != nil:
		return err
	case at == to:
		return nil
	case at != from:
		return refuse("somebody else moved %s: it serves %s", a.Name(), at)
	}
	weights := map[string]float64{}
	if to.Candidate != "" {
		weights[to.Candidate] = to.Percent / 100
	}
	_, err = a.Lambda.UpdateAlias(ctx, &lambda.UpdateAliasInput{
		FunctionName: aws.String(a.Function), Name: aws.String(a.Alias), RevisionId: revision,
		FunctionVersion: aws.String(to.Baseline),
		RoutingConfig:   &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights},
	})
	return err
}

// Sample counts the calls of the alias's versions.
func (a *Alias) Sample(ctx context.Context, q Query) (Samples, error) {
	of := func(version string) series {
		return series{
			namespace: "AWS/Lambda",
			dimensions: map[string]string{
				"FunctionName": a.Function, "Resource": a.Function + ":" + a.Alias,
				"ExecutedVersion": version,
			},
			calls: "Invocations", errors: "Errors", taking: "Duration",
		}
	}
	return both(ctx, a.Metrics, of(q.At.Baseline), of(q.At.Candidate), q)
}

// Alarms returns which of the alias's alarms are in ALARM.
func (a *Alias) Alarms(ctx context.Context) ([]string, error) {
	return alarming(ctx, a.Metrics, a.Alarming)
}
