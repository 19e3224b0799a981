// Package physical gives every resource the ids and ARNs that AWS would give it.
//
// Package cloudformation asks it what Ref and Fn::GetAtt of a resource answer. One table holds
// the answers per resource type, in AWS's shapes: lengths, letters, prefixes. Ids look random and
// depend on nothing but the names of stack and resource, so they stay the same from start to
// start. The package reads no template and creates nothing.
package physical

import (
	"fmt"
	"slices"
	"strings"
)

// Subject is the resource that is asked about.
type Subject struct {
	Partition, Account, Region string
	Stack, LogicalID, Type     string
	ID                         string // of a resource that exists; "" for one that gets its id
	// Property returns an evaluated property, nil when the template does not set it.
	Property func(name string) (any, error)
	// Version numbers the version of a function that a resource publishes; 1 when nil.
	Version func(functionARN, origin string) string
}

// Suffix returns the domain of AWS's endpoints in a partition, AWS::URLSuffix.
func Suffix(partition string) string {
	if partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// StackID returns the ARN of a stack, AWS::StackId.
func StackID(partition, account, region, stack string) string {
	return fmt.Sprintf("arn:%s:cloudformation:%s:%s:stack/%s/%s", partition, region, account, stack,
		uuid(stack))
}

// Known reports that the table has the type.
func Known(resourceType string) bool {
	_, ok := find(resourceType)
	return ok
}

// Ref returns the physical id of s. A type that is not in the table gets a name such as
// CloudFormation generates.
func Ref(s Subject) (string, error) {
	if s.ID != "" {
		return s.ID, nil
	}
	entry, ok := find(s.Type)
	if !ok {
		return generated(s, maxName, charsUpper), nil
	}
	return expand(s, entry.ref)
}

// Attribute returns what Fn::GetAtt answers for s.
func Attribute(s Subject, name string) (any, error) {
	entry, ok := find(s.Type)
	if !ok {
		return nil, fmt.Errorf(
			"Fn::GetAtt %s.%s: what attributes of type %s answer is not known here",
			s.LogicalID, name, s.Type)
	}
	pattern, ok := entry.attributes[name]
	if !ok {
		return nil, fmt.Errorf("Fn::GetAtt %s.%s: type %s has no attribute %s; it has %s",
			s.LogicalID, name, s.Type, name, known(entry))
	}
	return expand(s, pattern)
}

func known(e entry) string {
	if len(e.attributes) == 0 {
		return "none"
	}
	names := make([]string, 0, len(e.attributes))
	for name := range e.attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
