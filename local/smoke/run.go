package smoke

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Run says what is asked where.
type Run struct {
	Sets []Set
	// Target is held against what the cases expect, and against Against, when there is one.
	Target  Target
	Against *Target
	// Variables win over those of the sets.
	Variables map[string]string
	Client    *http.Client
	// Wait lets a throttle recover before a call that it refused is made once more; by the machine's
	// time when nil.
	Wait func(ctx context.Context, d time.Duration)
}

// Result is what became of a case.
type Result struct {
	File string `json:"file"`
	Case string `json:"case"`
	API  string `json:"api"`
	// Skipped says what the case needs that a target has not.
	Skipped string `json:"skipped,omitempty"`
	// Unexpected is what the target answers other than the case expects.
	Unexpected []string `json:"unexpected,omitempty"`
	// Differences are those between the two targets.
	Differences []string `json:"differences,omitempty"`
	Answer      *Answer  `json:"answer,omitempty"`
	Other       *Answer  `json:"other,omitempty"` // of Against
}

// Report is what became of all cases.
type Report struct {
	Target  string   `json:"target"`
	Against string   `json:"against,omitempty"`
	Results []Result `json:"results"`
}

// Differ counts the cases with a difference.
func (r *Report) Differ() int {
	count := 0
	for i := range r.Results {
		if len(r.Results[i].Unexpected)+len(r.Results[i].Differences) > 0 {
			count++
		}
	}
	return count
}

// Skipped counts the cases that were not asked.
func (r *Report) Skipped() int {
	count := 0
	for i := range r.Results {
		if r.Results[i].Skipped != "" {
			count++
		}
	}
	return count
}

// Do asks every case, in order. Its error says why it could not go on.
func (r *Run) Do(ctx context.Context) (*Report, error) {
	report := &Report{Target: r.Target.Name, Results: []Result{}}
	if r.Against != nil {
		report.Against = r.Against.Name
	}
	for i := range r.Sets {
		if err := r.set(ctx, &r.Sets[i], report); err != nil {
			return nil, err
		}
	}
	if report.Skipped() == len(report.Results) {
		return nil, fmt.Errorf("no case could be asked: the first %s", report.Results[0].Skipped)
	}
	return report, nil
}

// set asks the cases of a file. {{before.N.…}} is the Nth answer of the file, at the same target.
func (r *Run) set(ctx context.Context, s *Set, report *Report) error {
	values := map[string]string{}
	maps.Copy(values, s.Variables)
	maps.Copy(values, r.Variables)
	var before, beforeOther []json.RawMessage
	for i := range s.Cases {
		c, err := s.Cases[i].withVariables(values)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Path, err)
		}
		result := Result{File: s.Path, Case: c.Name, API: c.API}
		answer, err := r.one(ctx, &r.Target, c, before)
		if err != nil {
			if result.Skipped = needed(err); result.Skipped == "" {
				return fmt.Errorf("%s: case %q: %w", s.Path, c.Name, err)
			}
		} else {
			result.Answer, result.Unexpected = answer, judge(&c, answer)
		}
		before = append(before, kept(answer))
		if r.Against != nil {
			if err := r.against(ctx, s, &c, &result, beforeOther); err != nil {
				return fmt.Errorf("%s: case %q: %w", s.Path, c.Name, err)
			}
			beforeOther = append(beforeOther, kept(result.Other))
		}
		report.Results = append(report.Results, result)
	}
	return nil
}

// against asks the second target, and compares.
func (r *Run) against(
	ctx context.Context, s *Set, c *Case, result *Result, before []json.RawMessage,
) error {
	if result.Skipped != "" {
		return nil
	}
	other, err := r.one(ctx, r.Against, *c, before)
	if err != nil {
		if why := needed(err); why != "" {
			result.Skipped = why
			return nil
		}
		return err
	}
	result.Other = other
	d := differ{
		compare: c.Compare, headers: s.Headers, names: [2]string{r.Target.Name, r.Against.Name},
	}
	result.Differences = d.answers(result.Answer, other)
	return nil
}

// one asks a case at a target.
func (r *Run) one(
	ctx context.Context, t *Target, c Case, before []json.RawMessage,
) (*Answer, error) {
	if err := t.serves(&c); err != nil {
		return nil, err
	}
	at, err := t.url(c.API)
	if err != nil {
		return nil, err
	}
	filled, err := t.fill(ctx, c, before)
	if err != nil {
		return nil, err
	}
	asking := asker{client: r.Client, wait: r.Wait}
	if asking.wait == nil {
		asking.wait = pause
	}
	answer, err := asking.ask(ctx, at, &filled)
	return &answer, err
}

// kept returns an answer as later cases see it.
func kept(answer *Answer) json.RawMessage {
	text, err := json.Marshal(answer)
	if err != nil {
		return json.RawMessage("null")
	}
	return text
}

// WriteTable prints a line for each case, and what differs below it.
func (r *Report) WriteTable(w io.Writer) {
	against := ""
	if r.Against != "" {
		against = " against " + r.Against
	}
	fmt.Fprintf(w, "%s%s\n", r.Target, against)
	apis, cases := 0, 0
	for i := range r.Results {
		apis, cases = max(apis, len(r.Results[i].API)), max(cases, len(r.Results[i].Case))
	}
	for i := range r.Results {
		one := &r.Results[i]
		line := fmt.Sprintf("%-8s %-*s  %-*s  %s", one.verdict(), apis, one.API, cases, one.Case,
			one.note())
		fmt.Fprintln(w, strings.TrimRight(line, " "))
		for _, text := range slices.Concat(one.Unexpected, one.Differences) {
			fmt.Fprintln(w, "           "+text)
		}
	}
	fmt.Fprintf(w, "%d as expected, %d differ, %d skipped\n",
		len(r.Results)-r.Differ()-r.Skipped(), r.Differ(), r.Skipped())
}

func (r *Result) verdict() string {
	switch {
	case len(r.Unexpected)+len(r.Differences) > 0:
		return "DIFFERS"
	case r.Skipped != "":
		return "skipped"
	}
	return "ok"
}

func (r *Result) note() string {
	switch {
	case r.Skipped != "":
		return r.Skipped
	case r.Answer != nil && r.Answer.Status != 0:
		return fmt.Sprint(r.Answer.Status)
	}
	return ""
}
