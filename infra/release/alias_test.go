package release

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// fakeLambda is one alias, whose every change is a revision.
type fakeLambda struct {
	version  string
	weights  map[string]float64
	revision int
	calls    []string
	onRead   func() // what somebody else does then
}

func (l *fakeLambda) GetAlias(
	context.Context, *lambda.GetAliasInput, ...func(*lambda.Options),
) (*lambda.GetAliasOutput, error) {
	out := &lambda.GetAliasOutput{
		FunctionVersion: aws.String(l.version), RevisionId: aws.String(fmt.Sprint(l.revision)),
	}
	if l.weights != nil {
		out.RoutingConfig = &types.AliasRoutingConfiguration{AdditionalVersionWeights: l.weights}
	}
	if l.onRead != nil {
		l.onRead()
	}
	return out, nil
}

func (l *fakeLambda) UpdateAlias(
	_ context.Context, in *lambda.UpdateAliasInput, _ ...func(*lambda.Options),
) (*lambda.UpdateAliasOutput, error) {
	if aws.ToString(in.RevisionId) != fmt.Sprint(l.revision) {
		return nil, &types.PreconditionFailedException{Message: aws.String("The Revision Id is not the latest")}
	}
	l.version, l.weights = aws.ToString(in.FunctionVersion), in.RoutingConfig.AdditionalVersionWeights
	l.revision++
	l.calls = append(l.calls, fmt.Sprint(l.version, " ", l.weights))
	return &lambda.UpdateAliasOutput{}, nil
}

func TestMovesOfAnAlias(t *testing.T) {
	l := &fakeLambda{version: "1"}
	a := &Alias{Function: "orders", Alias: "live", Lambda: l}
	from := Position{Baseline: "1"}
	for _, to := range []Position{
		{"1", "2", 5}, {"1", "2", 29}, {"1", "2", 29}, {"1", "2", 100}, {Baseline: "2"}, {Baseline: "1"},
	} {
		if err := a.Move(t.Context(), from, to); err != nil {
			t.Fatal(err)
		}
		if at, err := a.Read(t.Context()); err != nil || at != to {
			t.Errorf("got %+v %v, want %+v", at, err, to)
		}
		from = to
	}
	same(t, "calls", []string{
		"1 map[2:0.05]", "1 map[2:0.29]", "1 map[2:1]", "2 map[]", "1 map[]",
	}, l.calls)
}

func TestAnAliasThatSomebodyElseMovesIsLeftAlone(t *testing.T) {
	l := &fakeLambda{version: "9"}
	a := &Alias{Function: "orders", Alias: "live", Lambda: l}
	var refused *Refusal
	err := a.Move(t.Context(), Position{Baseline: "1"}, Position{"1", "2", 5})
	if !errors.As(err, &refused) || l.calls != nil {
		t.Errorf("before: %v, %v", err, l.calls)
	}
	l.onRead = func() { l.revision++ }
	err = a.Move(t.Context(), Position{Baseline: "9"}, Position{"9", "10", 5})
	if !errors.As(err, &refused) || l.calls != nil {
		t.Errorf("meanwhile: %v, %v", err, l.calls)
	}
}

func TestSamplesOfAnAlias(t *testing.T) {
	m := &fakeMetrics{values: map[string][]float64{
		"Invocations Sum 1 orders orders:live": {100}, "Errors Sum 1 orders orders:live": {1},
		"Invocations Sum 2 orders orders:live": {30}, "Duration PR(80:) 2 orders orders:live": {10},
		"Duration p99 2 orders orders:live":  {12.5},
		"Invocations Sum orders orders:live": {130},
	}}
	a := &Alias{Function: "orders", Alias: "live", Metrics: m}
	q := Query{At: Position{"1", "2", 25}, Slow: 80 * time.Millisecond}
	got, err := a.Sample(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "each version by itself", Samples{
		Baseline:  Sample{Calls: 100, Errors: 1},
		Candidate: Sample{Calls: 30, Slow: 3, P99: 12500 * time.Microsecond},
	}, got)
	q.At = Position{Baseline: "1"}
	if got, err = a.Sample(t.Context(), q); err != nil || got.Baseline.Calls != 130 {
		t.Errorf("alone: %+v %v", got, err)
	}
}
