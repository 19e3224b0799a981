package release

import (
	"context"
	"errors"
	"fmt"
	"math"

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
		return Position{}, nil, fmt.Errorf("reading %s: %w", a.Name(), said(err))
	}
	at := Position{Baseline: aws.ToString(out.FunctionVersion)}
	if out.RoutingConfig != nil {
		for version, weight := range out.RoutingConfig.AdditionalVersionWeights {
			at.Candidate, at.Percent = version, math.Round(weight*1e8)/1e6
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
	var changed *types.PreconditionFailedException
	if errors.As(err, &changed) {
		return refuse("somebody else moved %s meanwhile", a.Name())
	}
	return said(err)
}

// Sample counts the calls of the alias's versions. Metrics by version are there where an alias has
// two ("Viewing metrics for Lambda functions"): alone, a version's calls are the alias's.
func (a *Alias) Sample(ctx context.Context, q Query) (Samples, error) {
	of := func(version string) series {
		read := series{
			namespace: "AWS/Lambda",
			dimensions: map[string]string{
				"FunctionName": a.Function, "Resource": a.Function + ":" + a.Alias,
			},
			calls: "Invocations", errors: "Errors", taking: "Duration", counted: "Sum",
		}
		if version != "" {
			read.dimensions["ExecutedVersion"] = version
		}
		return read
	}
	if q.At.Candidate == "" {
		alone, err := sample(ctx, a.Metrics, q, of(""))
		if err != nil {
			return Samples{}, err
		}
		return Samples{Baseline: alone[0]}, nil
	}
	both, err := sample(ctx, a.Metrics, q, of(q.At.Baseline), of(q.At.Candidate))
	if err != nil {
		return Samples{}, err
	}
	return Samples{Baseline: both[0], Candidate: both[1]}, nil
}

// Alarms returns which of the alias's alarms are in ALARM.
func (a *Alias) Alarms(ctx context.Context) ([]string, error) {
	return alarming(ctx, a.Metrics, a.Alarming)
}
