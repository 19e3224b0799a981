package cloudwatch

import (
	"strings"
	"testing"
	"time"
)

// TestMissingDataIsTreatedAsInAWSsTables holds the tables of "Configuring how CloudWatch alarms treat
// missing data" against judge: 0 is a value within the threshold, X breaches it, and - is missing.
func TestMissingDataIsTreatedAsInAWSsTables(t *testing.T) {
	const keeps = ""
	for _, row := range []struct {
		points                                   string
		breaches                                 int
		missing, ignore, breaching, notBreaching string
	}{
		{"0 - X - X", 3, stateOK, stateOK, stateOK, stateOK},
		{"0 - - - -", 3, stateOK, stateOK, stateOK, stateOK},
		{"- - - - -", 3, stateUnknown, keeps, stateAlarm, stateOK},
		{"0 X X - X", 3, stateAlarm, stateAlarm, stateAlarm, stateAlarm},
		{"- - X - -", 3, stateAlarm, keeps, stateAlarm, stateOK},
		{"0 - X - X", 2, stateAlarm, stateAlarm, stateAlarm, stateAlarm},
		{"0 0 X 0 X", 2, stateAlarm, stateAlarm, stateAlarm, stateAlarm},
		{"0 - X - -", 2, stateOK, stateOK, stateAlarm, stateOK},
		{"- - - - 0", 2, stateOK, stateOK, stateAlarm, stateOK},
		{"- - - X -", 2, stateAlarm, keeps, stateAlarm, stateOK},
		// "Avoiding premature transitions to alarm state"
		{"- - - - X", 3, stateOK, keeps, stateAlarm, stateOK},
		{"- - - X -", 3, stateOK, keeps, stateAlarm, stateOK},
	} {
		for how, want := range map[string]string{
			"missing": row.missing, "ignore": row.ignore, "breaching": row.breaching,
			"notBreaching": row.notBreaching,
		} {
			c := &compiled{
				periods: 3, breaches: row.breaches, missing: how, threshold: 5,
				breaching: func(v, t float64) bool { return v > t }, compares: "greater than",
			}
			var points []point
			for i, is := range strings.Fields(row.points) {
				p := point{at: time.Unix(int64(i)*60, 0), ok: is != "-"}
				if is == "X" {
					p.value = 9
				}
				points = append(points, p)
			}
			if got := c.judge(points).state; got != want {
				t.Errorf("%s, %d of 3, %s: got %q, want %q", row.points, row.breaches, how, got, want)
			}
		}
	}
}

func TestRulesOfCompositeAlarms(t *testing.T) {
	states := func(name string) string {
		return map[string]string{"a": stateAlarm, "b c": stateOK}[name]
	}
	for rule, want := range map[string]bool{
		`ALARM(a)`: true, `OK("a")`: false, `ALARM("a") AND OK("b c")`: true, `NOT ALARM(a)`: false,
		`OK(a) OR OK("b c")`: true, `NOT (OK(a) OR OK("b c"))`: false, `TRUE AND NOT FALSE`: true,
		`INSUFFICIENT_DATA(a) OR ALARM(arn:aws:cloudwatch:us-east-1:1:alarm:a)`: true,
		"ALARM(a)\n AND\tFALSE": false,
	} {
		c, err := parseRule(rule)
		if err != nil || c.holds(states) != want {
			t.Errorf("%s: got %v, %v, want %v", rule, c.holds(states), err, want)
		}
	}
	for _, rule := range []string{
		"", "ALARM", "ALARM(", "ALARM()", `ALARM("a`, "ALARM(a) AND", "a", "ALARM(a) OK(a)", "(TRUE", "NOT",
		"TRUEISH",
	} {
		if _, err := parseRule(rule); err == nil {
			t.Errorf("%q is taken", rule)
		}
	}
}

func FuzzExpressions(f *testing.F) {
	for _, text := range []string{
		"m1 / (m2 + 1)", `FILL(METRICS("a"), 0)`, "IF(m > 1 AND m < 2, -m ^ 2)", "[m, n", "RATE(m)", `"`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		made, err := parseExpression(text)
		if err != nil {
			return
		}
		s := &scope{
			values:  map[string]value{"m": {one: series{60: 1, 120: 2}, is: isSeries}},
			metrics: []string{"m"}, from: time.Unix(60, 0), to: time.Unix(180, 0), period: time.Minute,
		}
		_, _ = made.value(s)
		references(made)
	})
}

func FuzzRules(f *testing.F) {
	f.Add(`ALARM("a") AND NOT (OK(b) OR TRUE)`)
	f.Fuzz(func(_ *testing.T, text string) {
		if rule, err := parseRule(text); err == nil {
			rule.holds(func(string) string { return stateOK })
			rule.names()
		}
	})
}
