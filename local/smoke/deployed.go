package smoke

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"portico/infra/release"
)

// Outputs is what deployed stacks say of their APIs.
type Outputs struct {
	URLs   map[string]string // by name of the stack
	Issuer string            // of tokens; "" when no stack says it
}

// Deployed reads where APIs are from the outputs of stacks: those whose key has Endpoint in it. A
// stack is named, or meant by a pattern such as portico-prod-*. The output Issuer says who issues tokens.
func Deployed(
	ctx context.Context, stacks cloudformation.DescribeStacksAPIClient, named []string,
) (Outputs, error) {
	found := Outputs{URLs: map[string]string{}}
	for _, name := range named {
		all, err := describe(ctx, stacks, name)
		if err != nil {
			return found, err
		}
		for i := range all {
			if err := found.add(&all[i]); err != nil {
				return found, err
			}
		}
	}
	if len(found.URLs) == 0 {
		return found, fmt.Errorf("no output of %s has the address of an API: its key must have "+
			"Endpoint in it", strings.Join(named, ", "))
	}
	return found, nil
}

// describe returns the stacks that a name or pattern means.
func describe(
	ctx context.Context, stacks cloudformation.DescribeStacksAPIClient, name string,
) ([]types.Stack, error) {
	in := &cloudformation.DescribeStacksInput{StackName: aws.String(name)}
	pattern := strings.ContainsAny(name, "*?[")
	if pattern {
		if _, err := path.Match(name, ""); err != nil {
			return nil, fmt.Errorf("the pattern of stacks %q: %w", name, err)
		}
		in.StackName = nil
	}
	var all []types.Stack
	for pages := cloudformation.NewDescribeStacksPaginator(stacks, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading stack %s: %w", name, release.Said(err))
		}
		all = append(all, page.Stacks...)
	}
	if !pattern {
		return all, nil
	}
	all = slices.DeleteFunc(all, func(s types.Stack) bool {
		matches, _ := path.Match(name, aws.ToString(s.StackName)) // the pattern was tried
		return !matches
	})
	if len(all) == 0 {
		return nil, fmt.Errorf("no stack matches %s", name)
	}
	return all, nil
}

// add takes the outputs of a stack. One that has several addresses tells its APIs apart by the keys.
func (o *Outputs) add(stack *types.Stack) error {
	addresses := map[string]string{}
	for _, output := range stack.Outputs {
		key, value := aws.ToString(output.OutputKey), aws.ToString(output.OutputValue)
		if key == "Issuer" {
			o.Issuer = value
			if !strings.Contains(value, "://") {
				o.Issuer = "https://" + value
			}
		}
		at, err := url.Parse(value)
		isURL := err == nil && at.Host != "" &&
			slices.Contains([]string{"http", "https", "ws", "wss"}, at.Scheme)
		if isURL && strings.Contains(key, "Endpoint") {
			addresses[key] = value
		}
	}
	name := aws.ToString(stack.StackName)
	for key, value := range addresses {
		called := name
		if len(addresses) > 1 {
			called = strings.TrimSuffix(key, "Endpoint")
		}
		if before, known := o.URLs[called]; known && before != value {
			return fmt.Errorf("two outputs name the address of API %s: %s and %s", called, before, value)
		}
		o.URLs[called] = value
	}
	return nil
}
