package test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	metric "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"portico/infra/release"
)

// releasePlan is looked at twice a step. A candidate that is bad here is so beyond doubt, and a
// good one is not to be taken back because the machine was busy.
func releasePlan() release.Plan {
	return release.Plan{
		Steps: []float64{25, 50, 100}, Bake: 2 * time.Minute, Interval: time.Minute,
		Patience: 2 * time.Minute,
		Rules:    release.Rules{Alpha: 1e-5, MinCalls: 20, MaxErrors: 0.5, Slowdown: 4},
	}
}

// onEveryTarget runs a test on a stage, on the stage of a stack, and on an alias.
func onEveryTarget(t *testing.T, do func(r *releasable)) {
	for _, kind := range []string{"stage", "stack", "alias"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := startReleasable(t, kind)
			r.t = t
			do(r)
		})
	}
}

// alone wants that one version serves alone, and nothing is left of a canary.
func (r *releasable) alone(want string) {
	r.t.Helper()
	at, err := r.engine("").Target.Read(r.t.Context())
	if r.check(err); at != (release.Position{Baseline: want}) {
		r.t.Errorf("it ends with %s, want %s alone", at, want)
	}
	switch target := r.engine("").Target.(type) {
	case *release.Stage:
		r.noCanary(target.API)
	case *release.Alias:
		out, err := lambda.NewFromConfig(r.reached.Config).GetAlias(r.t.Context(), &lambda.GetAliasInput{
			FunctionName: aws.String("orders"), Name: aws.String("live"),
		})
		if r.check(err); out.RoutingConfig != nil && len(out.RoutingConfig.AdditionalVersionWeights) > 0 {
			r.t.Errorf("the alias ends with %v", out.RoutingConfig.AdditionalVersionWeights)
		}
	}
	if r.clock.Traffic != nil {
		r.check(r.traffic.Still(func() error { // calls that were under way are answered
			r.served(false)
			return nil
		}))
		r.check(r.traffic.Await(r.t.Context(), 40))
		version := map[string]string{r.before: "200 v1", r.candidate: "200 v2"}[want]
		if got := slices.Collect(maps.Keys(r.traffic.Answers())); !slices.Equal(got, []string{version}) {
			r.t.Errorf("at the end clients are answered with %v, want %s", got, version)
		}
	}
}

func (r *releasable) noCanary(api string) {
	r.t.Helper()
	out, err := apigateway.NewFromConfig(r.reached.Config).GetStage(r.t.Context(),
		&apigateway.GetStageInput{RestApiId: aws.String(api), StageName: aws.String("prod")})
	if r.check(err); out.CanarySettings != nil {
		r.t.Errorf("the stage ends with a canary: %+v", out.CanarySettings)
	}
}

// served wants that every call so far was answered by one of the versions; by neither would be the
// doing of the release. Failures of the new one must have been told it by its backend.
func (r *releasable) served(mayFail bool) {
	r.t.Helper()
	for answer, times := range r.traffic.Answers() {
		if answer != "200 v1" && answer != "200 v2" && (!mayFail || answer != "500 v2") {
			r.t.Errorf("%d calls were answered with %.300s", times, answer)
		}
	}
}

// last wants that the newest record ends so, and says why.
func (r *releasable) last(event, why string) {
	r.t.Helper()
	all, err := r.records.All("")
	if r.check(err); len(all) == 0 {
		r.t.Fatal("there is no record")
	}
	entries := all[len(all)-1].Entries
	last := entries[len(entries)-1]
	if last.Event != event || !strings.Contains(last.Why, why) {
		r.t.Errorf("the record ends with %q (%s), want %q (…%s…)", last.Event, last.Why, event, why)
	}
	if last.Time.Before(entries[0].Time) || last.By == "" {
		r.t.Errorf("the record ends at %s, by %q", last.Time, last.By)
	}
}

func TestReleases(t *testing.T) {
	for _, row := range []struct {
		name    string
		new     func(call int) (status int, takes time.Duration)
		quiet   bool // nobody calls
		outcome string
		why     string
	}{
		{"a healthy candidate is promoted", nil, false, release.Promoted, "0 of "},
		{
			"one whose errors rise is taken back",
			func(call int) (int, time.Duration) {
				if call > 60 && call%2 == 0 {
					return 500, 0
				}
				return 200, 0
			},
			false, release.RolledBack, "calls failed",
		},
		{
			"one that is slow is taken back",
			func(int) (int, time.Duration) { return 200, 300 * time.Millisecond },
			false, release.RolledBack, "calls took more than",
		},
		{
			"one that nobody calls is taken back", nil, true, release.RolledBack,
			"the candidate served 0 calls, 20 are needed within 4m0s: nothing is known of it",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			onEveryTarget(t, func(r *releasable) {
				r.backend.newIs(row.new)
				if !row.quiet {
					r.call()
				}
				result, err := r.engine("ann").Start(r.t.Context(), r.candidate, releasePlan())
				if r.check(err); result.Outcome != row.outcome || !strings.Contains(result.Why, row.why) {
					r.t.Errorf("got %+v, want it %s, …%s…", result, row.outcome, row.why)
				}
				if r.last(row.outcome, row.why); !row.quiet {
					r.served(row.outcome == release.RolledBack)
				}
				r.alone(map[string]string{
					release.Promoted: r.candidate, release.RolledBack: r.before,
				}[row.outcome])
			})
		})
	}
}

func TestAReleaseInWhoseMiddleAnAlarmGoesOff(t *testing.T) {
	onEveryTarget(t, func(r *releasable) {
		r.call()
		client := cloudwatch.NewFromConfig(r.reached.Config)
		_, err := client.PutMetricAlarm(r.t.Context(), &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String("orders-lost"), Namespace: aws.String("Orders"),
			MetricName: aws.String("Lost"), Statistic: metric.StatisticSum, Period: aws.Int32(60),
			EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1),
			ComparisonOperator: metric.ComparisonOperatorGreaterThanOrEqualToThreshold,
			TreatMissingData:   aws.String("notBreaching"),
		})
		r.check(err)
		r.aim.Alarms = []string{"orders-lost"}
		e := r.engine("ann")
		e.Watch = func(entry release.Entry) {
			if entry.Event != release.Moved || entry.Position.Percent != 50 {
				return
			}
			_, err := client.PutMetricData(r.t.Context(), &cloudwatch.PutMetricDataInput{
				Namespace:  aws.String("Orders"),
				MetricData: []metric.MetricDatum{{MetricName: aws.String("Lost"), Value: aws.Float64(3)}},
			})
			r.check(err)
		}
		result, err := e.Start(r.t.Context(), r.candidate, releasePlan())
		if r.check(err); result.Why != "at 50 %: in ALARM: orders-lost" {
			r.t.Errorf("got %+v", result)
		}
		r.last(release.RolledBack, "orders-lost")
		r.served(false)
		r.alone(r.before)
	})
}

func TestTwoReleasesAtOnce(t *testing.T) {
	for name, apart := range map[string]bool{"of one machine": false, "of two machines": true} {
		t.Run(name, func(t *testing.T) {
			onEveryTarget(t, func(r *releasable) {
				r.call()
				both := []*release.Engine{r.engine("ann"), r.engine("bob")}
				if apart {
					both[1].Records.Dir = r.t.TempDir()
				}
				results, refused := make([]release.Result, 2), make([]bool, 2)
				var releasing sync.WaitGroup
				for i, e := range both {
					releasing.Go(func() {
						var err error
						results[i], err = e.Start(r.t.Context(), r.candidate, releasePlan())
						if refused[i] = errors.As(err, new(*release.Refusal)); err != nil && !refused[i] {
							r.t.Errorf("it fails: %v", err)
						}
					})
				}
				releasing.Wait()
				promoted := 0
				for i := range results {
					if results[i].Outcome == release.Promoted {
						promoted++
					}
					if (results[i].Outcome == release.Promoted) == refused[i] {
						r.t.Errorf("got %+v, of which refused are %v", results, refused)
					}
				}
				// Two machines that do the same at the same moment do not notice each other.
				if promoted == 0 || promoted == 2 && !apart {
					r.t.Errorf("%d were promoted", promoted)
				}
				r.served(false)
				r.alone(r.candidate)
			})
		})
	}
}

func TestACanaryLeftBehind(t *testing.T) {
	for _, row := range []struct {
		event string
		end   func(*release.Engine, context.Context, string) (release.Result, error)
	}{
		{release.RolledBack, (*release.Engine).Rollback}, {release.Promoted, (*release.Engine).Promote},
	} {
		t.Run("it is "+row.event, func(t *testing.T) {
			onEveryTarget(t, func(r *releasable) {
				r.call()
				e := r.engine("ann")
				r.check(e.Target.Move(r.t.Context(), release.Position{Baseline: r.before},
					release.Position{Baseline: r.before, Candidate: r.candidate, Percent: 10}))
				_, err := e.Start(r.t.Context(), r.candidate, releasePlan())
				if !errors.As(err, new(*release.Refusal)) || !strings.Contains(err.Error(),
					"has a canary that no release of these records made") {
					r.t.Errorf("a release beside it: %v", err)
				}
				_, err = row.end(e, r.t.Context(), "left behind")
				r.check(err)
				r.last(row.event, "left behind")
				r.served(false)
				r.alone(map[string]string{
					release.Promoted: r.candidate, release.RolledBack: r.before,
				}[row.event])
			})
		})
	}
}

func TestARollbackWhilePromoting(t *testing.T) {
	onEveryTarget(t, func(r *releasable) {
		r.call()
		e, other := r.engine("ann"), r.engine("bob")
		var rolling sync.WaitGroup
		e.Watch = func(entry release.Entry) {
			if entry.Event == release.Moving && entry.Position.Candidate == "" {
				rolling.Go(func() {
					if _, err := other.Rollback(r.t.Context(), "customers call"); err != nil {
						r.t.Errorf("the rollback: %v", err)
					}
				})
			}
		}
		result, err := e.Start(r.t.Context(), r.candidate, releasePlan())
		if r.check(err); result.Outcome != release.Promoted {
			r.t.Errorf("got %+v", result)
		}
		rolling.Wait()
		r.last(release.RolledBack, "customers call")
		r.served(false)
		r.alone(r.before)
	})
}
