package release

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// The tea-tasting table of Fisher, "The Design of Experiments" (1935): of eight cups, four of each
// kind, 3 or 4 of 4 are told apart by chance with probability 17/70, all four with 1/70.
func TestFisherOfTheTastingOfTea(t *testing.T) {
	for _, row := range []struct {
		hits int64
		want float64
	}{{4, 1.0 / 70}, {3, 17.0 / 70}, {2, 53.0 / 70}, {0, 1}} {
		if got := fisher(row.hits, 4, 4-row.hits, 4); math.Abs(got-row.want) > 1e-9 {
			t.Errorf("%d of 4: got %g, want %g", row.hits, got, row.want)
		}
	}
}

func TestFisherWithNothingToCompareIsOne(t *testing.T) {
	for _, row := range [][4]int64{{0, 0, 1, 9}, {1, 9, 0, 0}, {0, 9, 0, 9}} {
		if got := fisher(row[0], row[1], row[2], row[3]); got != 1 {
			t.Errorf("%v: got %g", row, got)
		}
	}
}

func TestVerdicts(t *testing.T) {
	rules := DefaultRules()
	for _, row := range []struct {
		name                string
		candidate, baseline Sample
		want                Outcome
		why                 string
	}{
		{"as good as before", Sample{Calls: 1000, Errors: 2}, Sample{Calls: 9000, Errors: 20}, Healthy, "2 of 1000"},
		{"more errors", Sample{Calls: 1000, Errors: 20}, Sample{Calls: 9000, Errors: 20}, Worse, "calls failed"},
		{"fewer errors", Sample{Calls: 1000}, Sample{Calls: 9000, Errors: 900}, Healthy, ""},
		{"as bad as before", Sample{Calls: 1000, Errors: 100}, Sample{Calls: 9000, Errors: 900}, Healthy, ""},
		{"slower", Sample{Calls: 1000, Slow: 60}, Sample{Calls: 9000, Slow: 90}, Worse, "took more than 80ms"},
		{
			"a little slower, seen in very many calls",
			Sample{Calls: 1e6, Slow: 11_000},
			Sample{Calls: 9e6, Slow: 90_000},
			Healthy, "",
		},
		{"few calls that are fine", Sample{Calls: 12}, Sample{Calls: 900}, TooFew, "12 calls, 50 are needed"},
		{"few calls that all fail", Sample{Calls: 12, Errors: 12}, Sample{Calls: 900}, Worse, ""},
		{"no baseline, and most calls fail", Sample{Calls: 60, Errors: 40}, Sample{}, Worse, "limit 50 %"},
		{"one call fails, the first there was", Sample{Calls: 1, Errors: 1}, Sample{}, TooFew, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := rules.Judge(Samples{Baseline: row.baseline, Candidate: row.candidate}, 80*time.Millisecond)
			if got.Outcome != row.want || !strings.Contains(got.Why, row.why) {
				t.Errorf("got %+v, want %s", got, row.want)
			}
		})
	}
}

// TestGoodCandidatesAreSeldomTakenBack holds the rules to what Alpha promises.
func TestGoodCandidatesAreSeldomTakenBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	deal := func(calls int64, share float64) (hits int64) {
		for range calls {
			if random.Float64() < share {
				hits++
			}
		}
		return hits
	}
	const trials = 2000
	worse := 0
	for range trials {
		s := Samples{
			Baseline:  Sample{Calls: 900, Errors: deal(900, 0.02), Slow: deal(900, 0.01)},
			Candidate: Sample{Calls: 100, Errors: deal(100, 0.02), Slow: deal(100, 0.01)},
		}
		if DefaultRules().Judge(s, time.Second).Outcome == Worse {
			worse++
		}
	}
	if share := float64(worse) / trials; share > DefaultRules().Alpha*1.5 {
		t.Errorf("%.3f of as good candidates were taken back, want at most about %.3f", share, DefaultRules().Alpha)
	}
}

func TestSharesWithDecimalsAreTaken(t *testing.T) {
	for _, percent := range []float64{0.01, 0.29, 1.1, 12.5, 33.33, 57.55, 99.99, 100} {
		if err := checkShare(percent); err != nil {
			t.Errorf("%g: %v", percent, err)
		}
	}
}

func TestPlansThatAreRefused(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*Plan)
		want   string
	}{
		"no steps":                   {func(p *Plan) { p.Steps = nil }, "at least one step"},
		"a step of nothing":          {func(p *Plan) { p.Steps = []float64{0, 100} }, "step 0"},
		"a step that is no number":   {func(p *Plan) { p.Steps = []float64{math.NaN(), 100} }, "step NaN"},
		"a step that is too fine":    {func(p *Plan) { p.Steps = []float64{33.3333333, 100} }, "step 33.3333333 is too fine"},
		"steps that shrink":          {func(p *Plan) { p.Steps = []float64{50, 25, 100} }, "steps must grow"},
		"steps that do not end":      {func(p *Plan) { p.Steps = []float64{5, 50} }, "ends with 100"},
		"no time to look":            {func(p *Plan) { p.Bake = 0 }, "bake 0s"},
		"looks further apart":        {func(p *Plan) { p.Interval = time.Hour }, "interval 1h0m0s"},
		"an alpha that judges":       {func(p *Plan) { p.Rules.Alpha = 0 }, "alpha is 0"},
		"no calls needed":            {func(p *Plan) { p.Rules.MinCalls = 0 }, "at least 1 call"},
		"a limit that is none":       {func(p *Plan) { p.Rules.MaxErrors = 2 }, "share of errors"},
		"an alpha that is no number": {func(p *Plan) { p.Rules.Alpha = math.NaN() }, "alpha is NaN"},
		"a limit that is no number":  {func(p *Plan) { p.Rules.MaxErrors = math.NaN() }, "share of errors"},
		"a slowdown without an end":  {func(p *Plan) { p.Rules.Slowdown = math.Inf(1) }, "slowdown"},
		"a slowdown that is no slow": {func(p *Plan) { p.Rules.Slowdown = 1 }, "slowdown"},
	} {
		t.Run(name, func(t *testing.T) {
			p := DefaultPlan()
			row.change(&p)
			if err := p.Check(); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want …%s…", err, row.want)
			}
		})
	}
	if _, err := ParseSteps("5, 25%,x"); err == nil || !strings.Contains(err.Error(), `step "x"`) {
		t.Errorf("got %v", err)
	}
	if steps, err := ParseSteps("5, 25%,100"); err != nil || len(steps) != 3 || steps[1] != 25 {
		t.Errorf("got %v %v", steps, err)
	}
}
