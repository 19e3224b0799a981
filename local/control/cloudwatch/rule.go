package cloudwatch

import (
	"fmt"
	"slices"
	"strings"
)

// maxRule is how long the rule of a composite alarm may be, which bounds how deep it is.
const maxRule = 10240

// condition is the rule of a composite alarm, compiled.
type condition struct {
	// What it is: AND, OR, NOT, TRUE, FALSE, or a state that an alarm has to have.
	is    string
	parts []condition
	alarm string // name
}

// holds says whether a condition is true, where alarms have those states.
func (c condition) holds(states func(alarm string) string) bool {
	switch c.is {
	case "AND":
		return !slices.ContainsFunc(c.parts, func(p condition) bool { return !p.holds(states) })
	case "OR":
		return slices.ContainsFunc(c.parts, func(p condition) bool { return p.holds(states) })
	case "NOT":
		return !c.parts[0].holds(states)
	case "TRUE", "FALSE":
		return c.is == "TRUE"
	}
	return states(c.alarm) == c.is
}

// names returns the alarms that a rule names.
func (c condition) names() []string {
	if c.alarm != "" {
		return []string{c.alarm}
	}
	var all []string
	for _, part := range c.parts {
		all = append(all, part.names()...)
	}
	return all
}

// parseRule compiles a rule: ALARM("a") AND NOT (OK(b) OR TRUE).
func parseRule(rule string) (condition, error) {
	fails := func(err error) error {
		return invalid("AlarmRule must be a valid expression of alarm states: " + err.Error())
	}
	if strings.TrimSpace(rule) == "" || len(rule) > maxRule {
		return condition{}, fails(fmt.Errorf("it has %d characters, allowed are 1 to %d", len(rule),
			maxRule))
	}
	p := &ruleParser{rest: rule}
	made, err := p.either()
	if err != nil {
		return condition{}, fails(err)
	}
	if p.skip(); p.rest != "" {
		return condition{}, fails(fmt.Errorf("%q is not expected", p.rest))
	}
	return made, nil
}

type ruleParser struct{ rest string }

func (p *ruleParser) skip() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// word takes a word, if it is the next one.
func (p *ruleParser) word(word string) bool {
	p.skip()
	rest, ok := strings.CutPrefix(p.rest, word)
	if !ok || rest != "" && isWordByte(rest[0]) && isWordByte(word[len(word)-1]) {
		return false
	}
	p.rest = rest
	return true
}

func (p *ruleParser) either() (condition, error) { return p.joined("OR", p.both) }

func (p *ruleParser) both() (condition, error) { return p.joined("AND", p.one) }

// joined reads parts with a word between them.
func (p *ruleParser) joined(word string, part func() (condition, error)) (condition, error) {
	first, err := part()
	if err != nil {
		return first, err
	}
	all := condition{is: word, parts: []condition{first}}
	for p.word(word) {
		next, err := part()
		if err != nil {
			return next, err
		}
		all.parts = append(all.parts, next)
	}
	if len(all.parts) == 1 {
		return first, nil
	}
	return all, nil
}

func (p *ruleParser) one() (condition, error) {
	switch {
	case p.word("NOT"):
		of, err := p.one()
		return condition{is: "NOT", parts: []condition{of}}, err
	case p.word("TRUE"):
		return condition{is: "TRUE"}, nil
	case p.word("FALSE"):
		return condition{is: "FALSE"}, nil
	case p.word("("):
		inner, err := p.either()
		if err == nil && !p.word(")") {
			err = fmt.Errorf("a parenthesis is not closed")
		}
		return inner, err
	}
	for _, state := range []string{stateAlarm, stateOK, stateUnknown} {
		if p.word(state) {
			name, err := p.name()
			return condition{is: state, alarm: name}, err
		}
	}
	return condition{}, fmt.Errorf("%q is not expected", p.rest)
}

// name reads the name or the ARN of an alarm in parentheses, quoted or not.
func (p *ruleParser) name() (string, error) {
	if !p.word("(") {
		return "", fmt.Errorf("the name of an alarm is missing")
	}
	p.skip()
	end := strings.IndexByte(p.rest, ')')
	if strings.HasPrefix(p.rest, `"`) {
		if quote := strings.IndexByte(p.rest[1:], '"'); quote >= 0 {
			end = quote + 2 + strings.IndexByte(p.rest[quote+2:], ')')
		}
	}
	if end < 0 || end >= len(p.rest) {
		return "", fmt.Errorf("a parenthesis is not closed")
	}
	name := strings.Trim(strings.TrimSpace(p.rest[:end]), `"`)
	p.rest = strings.TrimPrefix(p.rest[end:], ")")
	if strings.HasPrefix(name, "arn:") {
		_, name, _ = strings.Cut(name, ":alarm:")
	}
	if name == "" {
		return "", fmt.Errorf("the name of an alarm is missing")
	}
	return name, nil
}
