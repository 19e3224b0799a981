// Package canary is what releases are tried with on a runner: clients that call without pause, a
// clock that goes on as they do, and a stack whose stage can be released.
//
// It stands outside the way of a call, as its clients do. It judges nothing: that is
// infra/release's.
package canary

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"portico/infra/release"
)

//go:embed stack.yaml
var stack string

// Template returns a stack with a REST API, whose deployment and integration are those of a
// version.
func Template(version, integration string) string {
	return strings.NewReplacer("@VERSION@", version, "@INTEGRATION@", integration).Replace(stack)
}

// Mock returns the stack with an integration that calls nobody and says which version it is.
// failing is the beginning of a VTL conditional: when it holds, a call fails; "" fails none.
func Mock(version, failing string) string {
	status := "200"
	if failing != "" {
		status = failing + "500#{else}200#end"
	}
	return Template(version, fmt.Sprintf(`
        Type: MOCK
        RequestTemplates: { application/json: '{"statusCode": %s}' }
        IntegrationResponses:
          - { StatusCode: "200", ResponseTemplates: { application/json: version %s } }
          - StatusCode: "500"
            SelectionPattern: "500"
            ResponseTemplates: { application/json: version %s }`, status, version, version))
}

// EveryFifth is a conditional of Mock, for calls with numbers as those of a Getter.
const EveryFifth = `#if ($input.params("number").endsWith("3") || $input.params("number").endsWith("8"))`

// Deploy creates a stack, or updates it with parameters as they are, as cdk deploy does, and
// returns the address of its stage.
func Deploy(
	ctx context.Context, at release.Reached, name, template string,
) (address string, err error) {
	client := cloudformation.NewFromConfig(at.Config)
	named := &cloudformation.DescribeStacksInput{StackName: aws.String(name)}
	if before, err := client.DescribeStacks(ctx, named); err == nil {
		var same []types.Parameter
		for _, p := range before.Stacks[0].Parameters {
			same = append(same, types.Parameter{
				ParameterKey: p.ParameterKey, UsePreviousValue: aws.Bool(true),
			})
		}
		_, err = client.UpdateStack(ctx, &cloudformation.UpdateStackInput{
			StackName: named.StackName, TemplateBody: aws.String(template), Parameters: same,
		})
		if err != nil {
			return "", fmt.Errorf("updating stack %s: %w", name, err)
		}
	} else if _, err := client.CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: named.StackName, TemplateBody: aws.String(template),
	}); err != nil {
		return "", fmt.Errorf("creating stack %s: %w", name, err)
	}
	return deployed(ctx, client, at.Endpoint, named)
}

// deployed waits until a stack is complete.
func deployed(
	ctx context.Context, client *cloudformation.Client, endpoint string,
	named *cloudformation.DescribeStacksInput,
) (address string, err error) {
	for {
		out, err := client.DescribeStacks(ctx, named)
		if err != nil {
			return "", err
		}
		switch out.Stacks[0].StackStatus {
		case types.StackStatusCreateComplete, types.StackStatusUpdateComplete:
			return addressOf(endpoint, out.Stacks[0].Outputs), nil
		case types.StackStatusCreateInProgress, types.StackStatusUpdateInProgress,
			types.StackStatusUpdateCompleteCleanupInProgress:
		default:
			return "", fmt.Errorf("the stack is %s", out.Stacks[0].StackStatus)
		}
		if err := (release.Machine{}).Sleep(ctx, 20*time.Millisecond); err != nil {
			return "", err
		}
	}
}

func addressOf(endpoint string, outputs []types.Output) string {
	named := map[string]string{}
	for _, o := range outputs {
		named[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return StageAddress(endpoint, named[release.OutputAPI], named[release.OutputStage])
}

// StageAddress is where a runner serves a stage of a REST API.
func StageAddress(endpoint, api, stage string) string {
	return endpoint + "/restapis/" + api + "/" + stage + "/_user_request_/"
}

// Clock is a runner's clock that goes on as calls come in: who sleeps by it waits for calls, and
// the clock is advanced then.
type Clock struct {
	release.Runner
	Traffic *Traffic // whose calls; nil when nobody calls
	Calls   int      // that a sleep waits for
}

var _ release.Clock = Clock{}

// Sleep returns when the calls were made, and the clock went on by d.
func (c Clock) Sleep(ctx context.Context, d time.Duration) error {
	if c.Traffic == nil {
		return errors.Join(ctx.Err(), c.Advance(ctx, d))
	}
	if err := c.Traffic.Await(ctx, c.Calls); err != nil {
		return err
	}
	return c.Advance(ctx, d)
}

// Advance sets the clock ahead.
func (c Clock) Advance(ctx context.Context, d time.Duration) error {
	at := c.URL + "/_portico/clock/advance?" + url.Values{"by": {d.String()}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, http.NoBody)
	if err != nil {
		return err
	}
	response, err := c.Client.Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		err = fmt.Errorf("advancing the clock answers %s", response.Status)
	}
	return errors.Join(err, response.Body.Close())
}
