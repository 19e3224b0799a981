package cloudformation

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"portico/local/cloudformation/document"
	"portico/local/cloudformation/intrinsic"
)

// readParameters settles the value of every parameter.
func (t *template) readParameters() {
	for _, p := range t.section("Parameters") {
		value, err := t.parameter(p.Key, p.Value)
		if err != nil {
			t.fail("", "Parameters."+p.Key, p.Value.At, "%s", err)
		}
		t.parameters[p.Key] = settled{value: value, ok: err == nil}
	}
}

// parameter takes the value from the options, the assembly, or the default, in this order.
func (t *template) parameter(name string, n *document.Node) (any, error) {
	kind := n.Get("Type")
	if kind == nil || !knownParameterType(kind.Text) {
		return nil, fmt.Errorf("a parameter wants a known Type, such as String or Number")
	}
	text, given := t.reader.options.Parameters[t.stack.Name+":"+name]
	if !given {
		text, given = t.reader.options.Parameters[name]
	}
	if !given {
		text, given = t.source.parameters[name]
	}
	if fallback := n.Get("Default"); !given && fallback != nil {
		if text, given = intrinsic.Text(fallback.Plain()); !given {
			return nil, fmt.Errorf("the default must be a string, not %s", fallback.Kind)
		}
	}
	if !given {
		return nil, fmt.Errorf("the parameter has no default, and no value is given")
	}
	values := []string{text}
	if isListType(kind.Text) {
		values = splitList(text)
	}
	for _, value := range values {
		if err := checkParameter(n, kind.Text, value); err != nil {
			return nil, explained(n, err)
		}
	}
	return t.parameterValue(kind.Text, text)
}

// parameterValue turns the text of a parameter into what Ref answers.
func (t *template) parameterValue(kind, text string) (any, error) {
	inner, fromSSM := strings.CutPrefix(kind, "AWS::SSM::Parameter::Value<")
	if fromSSM {
		kind = strings.TrimSuffix(inner, ">")
		value, known := t.reader.options.SSM[text]
		switch {
		case known:
			text = value
		case !strings.HasPrefix(text, "/cdk-bootstrap/"): // the bootstrap version: any will do
			return nil, fmt.Errorf(
				"no value is given for the Systems Manager parameter %q", text)
		}
	}
	if !isListType(kind) {
		return text, nil
	}
	list := []any{}
	for _, item := range splitList(text) {
		list = append(list, item)
	}
	return list, nil
}

func knownParameterType(kind string) bool {
	switch kind {
	case "String", "Number", "CommaDelimitedList", "List<Number>", "List<String>":
		return true
	}
	return strings.HasPrefix(kind, "AWS::") || strings.HasPrefix(kind, "List<AWS::")
}

func isListType(kind string) bool {
	return kind == "CommaDelimitedList" || strings.HasPrefix(kind, "List<")
}

func splitList(text string) []string {
	if text == "" {
		return nil
	}
	items := strings.Split(text, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}

// explained puts the author's ConstraintDescription behind an error.
func explained(n *document.Node, err error) error {
	if d := n.Get("ConstraintDescription"); d != nil {
		return fmt.Errorf("%w: %s", err, d.Text)
	}
	return err
}

// checkParameter checks one value against AllowedValues, AllowedPattern and the limits.
func checkParameter(n *document.Node, kind, value string) error {
	if err := checkAllowed(n, value); err != nil {
		return err
	}
	if p := n.Get("AllowedPattern"); p != nil {
		pattern, err := regexp.Compile("^(?:" + p.Text + ")$")
		if err != nil {
			return fmt.Errorf("AllowedPattern %q cannot be checked: %w", p.Text, err)
		}
		if !pattern.MatchString(value) {
			return fmt.Errorf("the value %q must match pattern %s", value, p.Text)
		}
	}
	if kind == "Number" || kind == "List<Number>" {
		return checkNumber(n, value)
	}
	length := new(big.Rat).SetInt64(int64(utf8.RuneCountInString(value)))
	if err := checkLimits(n, length, "MinLength", "MaxLength"); err != nil {
		return fmt.Errorf("the length of %q %w", value, err)
	}
	return nil
}

func checkAllowed(n *document.Node, value string) error {
	allowed := n.Get("AllowedValues")
	if allowed == nil {
		return nil
	}
	var texts []string
	for _, item := range allowed.Items {
		if item.Text == value {
			return nil
		}
		texts = append(texts, item.Text)
	}
	return fmt.Errorf("the value %q is not allowed; allowed: %s", value, strings.Join(texts, ", "))
}

func checkNumber(n *document.Node, value string) error {
	if _, err := strconv.ParseFloat(value, 64); err != nil {
		return fmt.Errorf("the value %q is not a number", value)
	}
	number, ok := rational(value)
	if !ok {
		return nil // NaN or Inf, or far beyond any limit
	}
	if err := checkLimits(n, number, "MinValue", "MaxValue"); err != nil {
		return fmt.Errorf("the value %q %w", value, err)
	}
	return nil
}

// rational reads a number exactly; a huge exponent is refused before it costs memory.
func rational(text string) (*big.Rat, bool) {
	const longest = 64
	if len(text) > longest || strings.ContainsAny(text, "eExXpP/_") {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func checkLimits(n *document.Node, value *big.Rat, least, most string) error {
	for _, name := range []string{least, most} {
		limit := n.Get(name)
		if limit == nil {
			continue
		}
		bound, ok := rational(limit.Text)
		if !ok {
			return fmt.Errorf("cannot be compared: %s is %q, no plain number", name, limit.Text)
		}
		if name == least && value.Cmp(bound) < 0 {
			return fmt.Errorf("must be at least %s", limit.Text)
		}
		if name == most && value.Cmp(bound) > 0 {
			return fmt.Errorf("must be at most %s", limit.Text)
		}
	}
	return nil
}
