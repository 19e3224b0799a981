package release

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// String says what happened, on one line.
func (e Entry) String() string {
	return fmt.Sprintf("%s  %-12s  %s", e.Time.UTC().Format(time.TimeOnly), e.Event, e.what())
}

func (e Entry) what() string {
	text := e.Position.String()
	switch {
	case e.Samples != nil:
		text = fmt.Sprintf("%3g %%: canary %s; baseline %s", e.Position.Percent, e.Samples.Candidate,
			e.Samples.Baseline)
	case e.Event == Started:
		text = fmt.Sprintf("%s: %s in the place of %s", e.Target, e.Position.Candidate,
			e.Position.Baseline)
	}
	if e.Verdict != nil {
		text += ": " + string(e.Verdict.Outcome)
		if e.Verdict.Outcome == Worse {
			text += ", " + e.Verdict.Why
		}
	}
	if e.Why != "" {
		text += " (" + e.Why + ")"
	}
	return text
}

// String says what is known of one side.
func (s Sample) String() string {
	if s.Calls == 0 {
		return "no calls"
	}
	return fmt.Sprintf("%d of %d failed, p99 %s", s.Errors, s.Calls, short(s.P99))
}

// short rounds a duration to what is worth reading.
func short(d time.Duration) time.Duration {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	case d >= 100*time.Millisecond:
		return d.Round(time.Millisecond)
	case d >= time.Millisecond:
		return d.Round(time.Millisecond / 10)
	}
	return d.Round(time.Millisecond / 100)
}

// WriteTable prints where a target stands, and its two sides beside each other.
func (s Status) WriteTable(w io.Writer) error {
	text := &strings.Builder{}
	fmt.Fprintf(text, "%s serves %s\n", s.Target, s.Position)
	fmt.Fprintf(text, "calls since %s (%s)\n", s.Since.UTC().Format(time.TimeOnly),
		s.Now.Sub(s.Since).Round(time.Second))
	s.writeSides(text)
	if s.Release != "" {
		fmt.Fprintf(text, "release %s: %s", s.Release, s.Event)
		for i, step := range s.Steps {
			if step == s.Position.Percent {
				fmt.Fprintf(text, ", step %d of %d", i+1, len(s.Steps))
			}
		}
		text.WriteString("\n")
	}
	if s.Verdict != nil {
		fmt.Fprintf(text, "%s: %s\n", s.Verdict.Outcome, s.Verdict.Why)
	}
	if len(s.Alarms) > 0 {
		fmt.Fprintf(text, "in ALARM: %s\n", strings.Join(s.Alarms, ", "))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func (s Status) writeSides(w io.Writer) {
	serves := max(len("SERVES"), len(s.Position.Baseline), len(s.Position.Candidate))
	const columns = "%-8s  %-*s  %7s  %9s  %16s  %8s  %8s\n"
	fmt.Fprintf(w, columns, "", serves, "SERVES", "SHARE", "REQUESTS", "ERRORS", "P50", "P99")
	row := func(name, what string, percent float64, of Sample) {
		p50, p99 := short(of.P50).String(), short(of.P99).String()
		if of.Calls == 0 {
			p50, p99 = "-", "-"
		}
		fmt.Fprintf(w, columns, name, serves, what, fmt.Sprintf("%g %%", percent), fmt.Sprint(of.Calls),
			fmt.Sprintf("%d (%.2f %%)", of.Errors, 100*of.errorShare()), p50, p99)
	}
	row("baseline", s.Position.Baseline, 100-s.Position.Percent, s.Samples.Baseline)
	if s.Position.Candidate != "" {
		row("canary", s.Position.Candidate, s.Position.Percent, s.Samples.Candidate)
	}
}

// WriteHistory prints a line for each record: when it began, how it ended, and why.
func WriteHistory(w io.Writer, all []*Record) error {
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "BEGAN\tTOOK\tTARGET\tCANDIDATE\tBY\tENDED\tWHY")
	for _, record := range all {
		first, last := record.first(), record.last()
		ended, why := last.Event, last.Why
		if record.Open() {
			ended = "under way: " + last.Event
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", first.Time.UTC().Format(time.DateTime),
			last.Time.Sub(first.Time).Round(time.Second), first.Target, first.Position.Candidate, last.By,
			ended, why)
	}
	return table.Flush()
}
