package jsonpath

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

type operandKind uint8

const (
	isUndefined operandKind = iota // a path that leads nowhere
	isNull
	isBoolean
	isNumber
	isText
	isList    // written in the filter
	isJSON    // a list or object of the document
	isPattern // of =~
)

// operand is one side of a relation: a path, until it is evaluated, or a value.
type operand struct {
	path    *Path
	from    byte // '$' or '@' of a path
	kind    operandKind
	text    string // of a text or number
	yes     bool
	items   []operand
	value   any // of the document
	pattern *regexp.Regexp
}

// literal reads a value that is written out.
func (p *parser) literal() (operand, error) {
	p.blanks()
	rest := p.text[p.at:]
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		text, err := p.quoted()
		return operand{kind: isText, text: text}, err
	case c == '[':
		return p.literalList()
	case strings.HasPrefix(rest, "true"):
		p.at += len("true")
		return operand{kind: isBoolean, yes: true}, nil
	case strings.HasPrefix(rest, "false"):
		p.at += len("false")
		return operand{kind: isBoolean}, nil
	case strings.HasPrefix(rest, "null"):
		p.at += len("null")
		return operand{kind: isNull}, nil
	}
	end := 0
	for end < len(rest) && strings.IndexByte("+-.0123456789eE", rest[end]) >= 0 {
		end++
	}
	if _, err := strconv.ParseFloat(rest[:end], 64); err != nil && !isRange(err) {
		return operand{}, p.fault("a value is missing")
	}
	p.at += end
	return operand{kind: isNumber, text: rest[:end]}, nil
}

func isRange(err error) bool {
	numError, ok := err.(*strconv.NumError)
	return ok && numError.Err == strconv.ErrRange
}

func (p *parser) literalList() (operand, error) {
	if p.depth++; p.depth > maxDepth {
		return operand{}, p.fault("the list is nested too deep")
	}
	defer func() { p.depth-- }()
	list := operand{kind: isList}
	for p.at++; ; p.at++ {
		if p.blanks(); p.peek() == ']' && len(list.items) == 0 {
			break
		}
		item, err := p.literal()
		if err != nil {
			return list, err
		}
		list.items = append(list.items, item)
		if p.blanks(); p.peek() != ',' {
			break
		}
	}
	if p.peek() != ']' {
		return list, p.fault("']' is missing")
	}
	p.at++
	return list, nil
}

// resolve evaluates a path.
func (e *evaluation) resolve(o operand, item any) (operand, error) {
	if o.path == nil {
		return o, nil
	}
	from := item
	if o.from == '$' {
		from = e.root
	}
	value, found, err := o.path.get(e, from)
	if err != nil || !found {
		return operand{}, err
	}
	return e.operandOf(value), nil
}

func (e *evaluation) operandOf(value any) operand {
	switch e.model.Kind(value) {
	case Null:
		return operand{kind: isNull}
	case Boolean:
		return operand{kind: isBoolean, yes: e.model.Text(value) == "true"}
	case Number:
		return operand{kind: isNumber, text: e.model.Text(value)}
	case Text:
		return operand{kind: isText, text: e.model.Text(value)}
	}
	return operand{kind: isJSON, value: value}
}

func (c relation) holds(e *evaluation, item any) (bool, error) {
	left, err := e.resolve(c.left, item)
	if err != nil {
		return false, err
	}
	right, err := e.resolve(c.right, item)
	if err != nil {
		return false, err
	}
	switch c.operator {
	case "==":
		return e.same(left, right), nil
	case "!=":
		return !e.same(left, right), nil
	case "===":
		return left.kind == right.kind && e.same(left, right), nil
	case "!==":
		return left.kind != right.kind || !e.same(left, right), nil
	case "<", "<=", ">", ">=":
		return ordered(c.operator, left, right), nil
	case "=~":
		return e.matches(left, right), nil
	}
	return e.word(c.operator, left, right), nil
}

func ordered(operator string, left, right operand) bool {
	order, comparable := 0, false
	switch {
	case left.kind == isNumber && right.kind == isNumber:
		order, comparable = compareNumbers(left.text, right.text), true
	case left.kind == isText && right.kind == isText:
		order, comparable = strings.Compare(left.text, right.text), true
	}
	switch operator {
	case "<":
		return comparable && order < 0
	case "<=":
		return comparable && order <= 0
	case ">":
		return comparable && order > 0
	}
	return comparable && order >= 0
}

func (e *evaluation) same(left, right operand) bool {
	if e.steps++; e.steps > maxSteps {
		return false
	}
	switch {
	case left.kind == isUndefined || right.kind == isUndefined:
		return false
	case left.kind == isNumber && (right.kind == isNumber || right.kind == isText):
		return isNumeral(right.text) && compareNumbers(left.text, right.text) == 0
	case left.kind == isText && (right.kind == isNumber || right.kind == isText):
		return left.text == right.text
	case left.kind == isBoolean && right.kind == isBoolean:
		return left.yes == right.yes
	case left.kind == isNull && right.kind == isNull:
		return true
	}
	return e.sameContent(left, right)
}

// sameContent compares lists and objects.
func (e *evaluation) sameContent(left, right operand) bool {
	a, aList := e.items(left)
	b, bList := e.items(right)
	if aList || bList {
		return aList && bList && slices.EqualFunc(a, b, e.same)
	}
	if left.kind != isJSON || right.kind != isJSON ||
		e.model.Len(left.value) != e.model.Len(right.value) {
		return false
	}
	for i := range e.model.Len(left.value) {
		name, value := e.model.Entry(left.value, i)
		other, ok := e.model.Member(right.value, name)
		if !ok || !e.same(e.operandOf(value), e.operandOf(other)) {
			return false
		}
	}
	return true
}

// items returns the elements of a list, be it written in the filter or found in the document.
func (e *evaluation) items(o operand) ([]operand, bool) {
	if o.kind == isList {
		return o.items, true
	}
	if o.kind != isJSON || e.model.Kind(o.value) != List {
		return nil, false
	}
	items := make([]operand, e.model.Len(o.value))
	for i := range items {
		items[i] = e.operandOf(e.model.Item(o.value, i))
	}
	return items, true
}

func (e *evaluation) word(operator string, left, right operand) bool {
	a, aList := e.items(left)
	b, bList := e.items(right)
	switch operator {
	case "in":
		return bList && e.contains(b, left)
	case "nin":
		return (bList || right.kind == isJSON) && !e.contains(b, left)
	case "contains":
		if left.kind == isText && right.kind == isText {
			return strings.Contains(left.text, right.text)
		}
		return aList && e.contains(a, right)
	case "all":
		return left.kind == isJSON && (!aList || e.containsAll(a, b))
	case "subsetof":
		return aList && bList && e.containsAll(b, a)
	case "anyof":
		return aList && bList && e.containsAny(a, b)
	case "noneof":
		return aList && bList && !e.containsAny(a, b)
	case "size":
		return right.kind == isNumber && e.size(left) >= 0 &&
			compareNumbers(strconv.Itoa(e.size(left)), right.text) == 0
	}
	if left.kind != isText && left.kind != isJSON {
		return false
	}
	empty := left.kind == isText && left.text == "" ||
		left.kind == isJSON && e.model.Len(left.value) == 0
	return empty == right.yes
}

func (e *evaluation) size(o operand) int {
	switch {
	case o.kind == isText:
		return len([]rune(o.text))
	case o.kind == isJSON && e.model.Kind(o.value) == List:
		return e.model.Len(o.value)
	}
	return -1
}

func (e *evaluation) contains(items []operand, item operand) bool {
	return slices.ContainsFunc(items, func(have operand) bool { return e.same(have, item) })
}

func (e *evaluation) containsAll(items, wanted []operand) bool {
	return !slices.ContainsFunc(wanted, func(w operand) bool { return !e.contains(items, w) })
}

func (e *evaluation) containsAny(items, wanted []operand) bool {
	return slices.ContainsFunc(wanted, func(w operand) bool { return e.contains(items, w) })
}

// matches holds one side against the pattern that the other side is; of a list one must match.
func (e *evaluation) matches(left, right operand) bool {
	if right.kind == isPattern {
		left, right = right, left
	}
	if left.kind != isPattern || right.kind == isPattern {
		return false
	}
	if items, isItems := e.items(right); isItems {
		return slices.ContainsFunc(items, func(item operand) bool {
			return left.pattern.MatchString(item.printed())
		})
	}
	return left.pattern.MatchString(right.printed())
}

func (o operand) printed() string {
	if o.kind == isBoolean {
		return strconv.FormatBool(o.yes)
	}
	return o.text
}

func isNumeral(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

// compareNumbers compares whole numbers exactly, others as doubles.
func compareNumbers(a, b string) int {
	if len(a) < 4096 && len(b) < 4096 {
		x, okX := new(big.Int).SetString(a, 10)
		y, okY := new(big.Int).SetString(b, 10)
		if okX && okY {
			return x.Cmp(y)
		}
	}
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
