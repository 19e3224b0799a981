package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
)

// list is a JSON string, number or boolean, or a list of them.
type list []string

// UnmarshalJSON reads one value or a list of values; objects are refused.
func (l *list) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	values, isList := value.([]any)
	if !isList {
		values = []any{value}
	}
	*l = make(list, 0, len(values))
	for _, v := range values {
		switch v := v.(type) {
		case string:
			*l = append(*l, v)
		case json.Number, bool:
			*l = append(*l, fmt.Sprint(v))
		default:
			return fmt.Errorf("want a string or a list of strings, have %s", short(data))
		}
	}
	return nil
}

type document struct {
	Version   *string
	ID        string `json:"Id"`
	Statement json.RawMessage
}

type rawStatement struct {
	Sid, Effect          string
	Action, NotAction    list
	Resource             list
	NotResource          list
	Principal            json.RawMessage
	NotPrincipal         json.RawMessage
	Condition            map[string]map[string]list
	variables            bool
	principals, excluded []string
}

// Parse reads a policy document. Elements, operators and versions that IAM does not have are
// errors.
func Parse(data []byte) (*Policy, error) {
	return ParseFor(data, func(resource string) string { return resource })
}

// ParseFor is Parse for a document whose resources may be written short: expand returns them in
// full.
func ParseFor(data []byte, expand func(resource string) string) (*Policy, error) {
	var doc document
	if err := decode(data, &doc); err != nil {
		return nil, fmt.Errorf("policy document: %w", err)
	}
	variables := false
	if doc.Version != nil {
		if *doc.Version != "2012-10-17" && *doc.Version != "2008-10-17" {
			return nil, fmt.Errorf("policy document: Version is %q, allowed are 2012-10-17 and "+
				"2008-10-17", *doc.Version)
		}
		variables = *doc.Version == "2012-10-17"
	}
	raws, err := statements(doc.Statement)
	if err != nil {
		return nil, fmt.Errorf("policy document: Statement: %w", err)
	}
	p := &Policy{statements: make([]statement, 0, len(raws))}
	for i := range raws {
		raws[i].variables = variables
		raws[i].expand(expand)
		s, err := raws[i].compile(i)
		if err != nil {
			return nil, fmt.Errorf("policy document: statement %s: %w",
				statementName(raws[i].Sid, i), err)
		}
		p.statements = append(p.statements, s)
	}
	return p, nil
}

func statements(data json.RawMessage) ([]rawStatement, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || data[0] != '[' {
		var one rawStatement
		if len(data) == 0 || data[0] != '{' {
			return nil, fmt.Errorf("want an object or a list of objects, have %s", short(data))
		}
		err := decode(data, &one)
		return []rawStatement{one}, err
	}
	var many []rawStatement
	err := decode(data, &many)
	return many, err
}

func decode(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more text follows the JSON document")
	}
	return nil
}

func (raw *rawStatement) compile(index int) (statement, error) {
	if err := raw.check(); err != nil {
		return statement{}, err
	}
	s := statement{
		name:          statementName(raw.Sid, index),
		effect:        Effect(raw.Effect),
		actions:       raw.patterns(raw.Action, true),
		notActions:    raw.patterns(raw.NotAction, true),
		resources:     raw.patterns(raw.Resource, false),
		notResources:  raw.patterns(raw.NotResource, false),
		principals:    raw.principals,
		notPrincipals: raw.excluded,
		hasPrincipal:  raw.principals != nil,
		hasNotPrincip: raw.excluded != nil,
	}
	operators := make([]string, 0, len(raw.Condition))
	for operator := range raw.Condition {
		operators = append(operators, operator)
	}
	sort.Strings(operators)
	for _, operator := range operators {
		for key, wanted := range raw.Condition[operator] {
			c, err := newCondition(operator, key, raw.patterns(wanted, false))
			if err != nil {
				return statement{}, err
			}
			s.conditions = append(s.conditions, c)
		}
	}
	return s, nil
}

func (raw *rawStatement) expand(expand func(resource string) string) {
	for _, resources := range []list{raw.Resource, raw.NotResource} {
		for i := range resources {
			resources[i] = expand(resources[i])
		}
	}
}

// check holds the statement against IAM's grammar and reads its principals.
func (raw *rawStatement) check() (err error) {
	if raw.Effect != string(Allow) && raw.Effect != string(Deny) {
		return fmt.Errorf("Effect is %q, allowed are Allow and Deny", raw.Effect)
	}
	if (raw.Action == nil) == (raw.NotAction == nil) {
		return errors.New("want either Action or NotAction")
	}
	if (raw.Resource == nil) == (raw.NotResource == nil) {
		return errors.New("want either Resource or NotResource")
	}
	if raw.principals, err = principals(raw.Principal); err != nil {
		return fmt.Errorf("the element Principal: %w", err)
	}
	if raw.excluded, err = principals(raw.NotPrincipal); err != nil {
		return fmt.Errorf("the element NotPrincipal: %w", err)
	}
	if raw.principals != nil && raw.excluded != nil {
		return errors.New("want either Principal or NotPrincipal")
	}
	return nil
}

// principals reads "*" or {"AWS": …, "Service": …} and returns the AWS ones, because nobody else
// calls APIs; nil means the element was not written.
func principals(data json.RawMessage) ([]string, error) {
	if len(data) == 0 || string(data) == "null" {
		return nil, nil
	}
	if data[0] != '{' {
		var name string
		if err := json.Unmarshal(data, &name); err != nil || name != everyone {
			return nil, fmt.Errorf("want \"*\" or an object, have %s", short(data))
		}
		return []string{everyone}, nil
	}
	var kinds map[string]list
	if err := json.Unmarshal(data, &kinds); err != nil {
		return nil, err
	}
	names := []string{}
	for kind, of := range kinds {
		switch kind {
		case "AWS":
			names = append(names, of...)
		case "Service", "Federated", "CanonicalUser":
		default:
			return nil, fmt.Errorf("%q is no kind of principal, allowed are AWS, Service, "+
				"Federated and CanonicalUser", kind)
		}
	}
	return names, nil
}

func (raw *rawStatement) patterns(texts []string, fold bool) []pattern {
	if texts == nil {
		return nil
	}
	patterns := make([]pattern, 0, len(texts))
	for _, text := range texts {
		if fold {
			text = strings.ToLower(text)
		}
		patterns = append(patterns, newPattern(text, raw.variables))
	}
	return patterns
}

func short(data []byte) string {
	const most = 60
	if len(data) == 0 {
		return "nothing"
	}
	if len(data) > most {
		return string(data[:most]) + "…"
	}
	return string(data)
}
