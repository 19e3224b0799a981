package release

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// APIGateway is the part of its client that targets use.
type APIGateway interface {
	GetStage(context.Context, *apigateway.GetStageInput, ...func(*apigateway.Options)) (
		*apigateway.GetStageOutput, error)
	GetRestApi(context.Context, *apigateway.GetRestApiInput, ...func(*apigateway.Options)) (
		*apigateway.GetRestApiOutput, error)
	UpdateStage(context.Context, *apigateway.UpdateStageInput, ...func(*apigateway.Options)) (
		*apigateway.UpdateStageOutput, error)
}

// Stage is a stage of a REST API that no stack owns, moved by UpdateStage.
type Stage struct {
	API, Stage string // the API's id
	Alarming   []string
	Gateway    APIGateway
	Metrics    CloudWatch
}

var _ Target = (*Stage)(nil)

// Name tells people what it is.
func (s *Stage) Name() string { return "stage " + s.Stage + " of REST API " + s.API }

// Read returns where the stage stands. A canary of the stage's own deployment is none.
func (s *Stage) Read(ctx context.Context) (Position, error) {
	at, _, err := s.read(ctx)
	return at, err
}

// read returns where the stage stands, and whether it has settings of a canary, of which there may
// be some without one: what a promotion leaves until it is over.
func (s *Stage) read(ctx context.Context) (at Position, settings bool, err error) {
	out, err := s.Gateway.GetStage(ctx, &apigateway.GetStageInput{
		RestApiId: aws.String(s.API), StageName: aws.String(s.Stage),
	})
	if err != nil {
		return at, false, fmt.Errorf("reading %s: %w", s.Name(), said(err))
	}
	at.Baseline = aws.ToString(out.DeploymentId)
	canary := out.CanarySettings
	if canary != nil && aws.ToString(canary.DeploymentId) != at.Baseline {
		at.Candidate, at.Percent = aws.ToString(canary.DeploymentId), canary.PercentTraffic
	}
	return at, canary != nil, nil
}

// Move starts, shifts, promotes or ends the stage's canary.
func (s *Stage) Move(ctx context.Context, _, to Position) error {
	at, settings, err := s.read(ctx)
	if err != nil {
		return err
	}
	if to.Candidate != "" {
		return s.share(ctx, at, to)
	}
	if at.Candidate == to.Baseline {
		if err := s.update(ctx, replace("/canarySettings/percentTraffic", "0.0"),
			copied("/canarySettings/stageVariableOverrides", "/variables"),
			copied("/canarySettings/deploymentId", "/deploymentId")); err != nil {
			return err
		}
		at = to
	}
	if settings { // a stage with a canary cannot be given another deployment
		if err := s.update(ctx, types.PatchOperation{
			Op: types.OpRemove, Path: aws.String("/canarySettings"),
		}); err != nil {
			return err
		}
	}
	if at.Baseline == to.Baseline {
		return nil
	}
	return s.update(ctx, replace("/deploymentId", to.Baseline))
}

// share gives a canary a share of the calls.
func (s *Stage) share(ctx context.Context, at, to Position) error {
	switch {
	case at == to:
		return nil
	case at.Baseline != to.Baseline:
		return fmt.Errorf("a canary of %s cannot begin from %s: it serves %s", s.Name(), to.Baseline, at)
	}
	return s.update(ctx, replace("/canarySettings/deploymentId", to.Candidate),
		replace("/canarySettings/percentTraffic", strconv.FormatFloat(to.Percent, 'f', -1, 64)))
}

func replace(path, value string) types.PatchOperation {
	return types.PatchOperation{
		Op: types.OpReplace, Path: aws.String(path), Value: aws.String(value),
	}
}

func copied(from, to string) types.PatchOperation {
	return types.PatchOperation{Op: types.OpCopy, From: aws.String(from), Path: aws.String(to)}
}

func (s *Stage) update(ctx context.Context, operations ...types.PatchOperation) error {
	_, err := s.Gateway.UpdateStage(ctx, &apigateway.UpdateStageInput{
		RestApiId: aws.String(s.API), StageName: aws.String(s.Stage), PatchOperations: operations,
	})
	return said(err)
}

var notASCII = regexp.MustCompile(`[^ -~]+`)

// measuredAs returns what the metrics of an API call it: its name without what is not ASCII, or its
// id when nothing is left ("Amazon API Gateway dimensions").
func measuredAs(name, id string) string {
	if plain := notASCII.ReplaceAllString(name, ""); strings.TrimSpace(plain) != "" {
		return plain
	}
	return id
}

// Sample counts the calls of the stage, and of its canary, which has metrics of its own besides.
//
// AWS calls those of a canary additional ones ("Set up an API Gateway canary release deployment"):
// the stage's count all calls, so that the canary's are taken out of them. The stage's percentiles
// are those of all calls.
func (s *Stage) Sample(ctx context.Context, q Query) (Samples, error) {
	named, err := s.Gateway.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: aws.String(s.API)})
	if err != nil {
		return Samples{}, fmt.Errorf("reading REST API %s: %w", s.API, said(err))
	}
	name := measuredAs(aws.ToString(named.Name), s.API)
	of := func(stage string) series {
		return series{
			namespace:  "AWS/ApiGateway",
			dimensions: map[string]string{"ApiName": name, "Stage": stage},
			calls:      "Count", errors: "5XXError", taking: "Latency", counted: "SampleCount",
		}
	}
	if q.At.Candidate == "" {
		alone, err := sample(ctx, s.Metrics, q, of(s.Stage))
		if err != nil {
			return Samples{}, err
		}
		return Samples{Baseline: alone[0]}, nil
	}
	both, err := sample(ctx, s.Metrics, q, of(s.Stage), of(s.Stage+"/Canary"))
	if err != nil {
		return Samples{}, err
	}
	return Samples{Baseline: both[0].without(both[1]), Candidate: both[1]}, nil
}

// Alarms returns which of the stage's alarms are in ALARM.
func (s *Stage) Alarms(ctx context.Context) ([]string, error) {
	return alarming(ctx, s.Metrics, s.Alarming)
}
