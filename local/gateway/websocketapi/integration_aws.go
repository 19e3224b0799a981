package websocketapi

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"portico/local/gateway/integration"
)

// lambdaCustom calls a function with what the templates make. Its answer selects by the
// errorMessage in it, never by a status.
type lambdaCustom struct{ function function }

var _ target = (*lambdaCustom)(nil)

func (l *lambdaCustom) call(ctx context.Context, c *call, sent *sending) (answered, error) {
	document := sent.body
	if len(document) == 0 {
		document = []byte("{}")
	}
	async := strings.EqualFold(sent.mapped.Header.Get("X-Amz-Invocation-Type"), "Event")
	out, err := l.function.invoke(ctx, c, document, async)
	if err != nil {
		return answered{}, err
	}
	answer := answered{
		selects: errorMessage(out.Payload), status: statusOK, body: out.Payload,
	}
	c.vars.IntegrationBackendStatus = c.vars.IntegrationStatus
	if out.FunctionError != "" {
		answer.failure = functionFailed(l.function.name, out.Payload)
		c.vars.IntegrationError = answer.failure.Error()
		c.Note("function error", c.vars.IntegrationError)
	}
	return answer, nil
}

// errorMessage returns the member of this name of a function's answer, "" when there is none.
func errorMessage(document []byte) string {
	var failed struct {
		Message any `json:"errorMessage"`
	}
	if err := json.Unmarshal(document, &failed); err != nil {
		return ""
	}
	text, _ := failed.Message.(string)
	return text
}

// functionFailed answers for a function that ended with an error.
func functionFailed(name string, document []byte) *refusal {
	return badGateway(fmt.Errorf("function %s failed: %s", name, document))
}

// awsService is the target of an AWS integration with an action or path of a service.
type awsService struct {
	caller  *integration.HTTP
	backend integration.AWSBackend
}

var _ target = (*awsService)(nil)

func (s *awsService) call(ctx context.Context, c *call, sent *sending) (answered, error) {
	outgoing, err := s.backend.Request(ctx, sent.httpInput(c))
	if err != nil {
		return answered{}, err
	}
	response, err := c.callHTTP(ctx, s.caller, outgoing)
	if err != nil {
		return answered{}, err
	}
	response = s.backend.Answer(&outgoing, response)
	return answered{
		selects: strconv.Itoa(response.Status), status: response.Status,
		header: response.Header, body: response.Body,
	}, nil
}
