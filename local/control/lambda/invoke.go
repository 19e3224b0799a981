package lambda

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"portico/local/control/model"
	plane "portico/local/lambda"
)

// input reads what the kinds of invocation share.
func (c *call) input() (plane.Input, error) {
	in := plane.Input{RequestID: c.request, Payload: c.in.Bytes("Payload")}
	n, err := c.named()
	if err != nil {
		return in, err
	}
	if n.qualifier == "" {
		n.qualifier = latest
	}
	f := c.lookUp(n.function)
	if f == nil {
		return in, unknownFunction(c.arnOf(n))
	}
	if v, _ := f.find(n.qualifier); v == nil {
		return in, unknownFunction(c.arnOf(n))
	}
	if n.qualifier == latest && c.in.Text("Qualifier") == "" {
		n.qualifier = ""
	}
	in.FunctionARN = c.arnOf(n)
	if c.in.Text("LogType") == "Tail" {
		in.Tail = &plane.Tail{}
	}
	in.ClientContext, err = clientContext(c.in.Text("ClientContext"))
	return in, err
}

// clientContext reads the base64 of the header X-Amz-Client-Context.
func clientContext(given string) (string, error) {
	if given == "" {
		return "", nil
	}
	const most = 3583
	text, err := base64.StdEncoding.DecodeString(given)
	if err != nil || len(given) > most || !json.Valid(text) {
		return "", &model.Error{
			Code: "InvalidRequestContentException", Status: http.StatusBadRequest,
			Message: "Client context must be a valid Base64-encoded JSON object of up to 3583 bytes.",
		}
	}
	return string(text), nil
}

func invoke(c *call) (model.Object, error) {
	in, err := c.input()
	if err != nil {
		return nil, err
	}
	switch c.in.Text("InvocationType") {
	case "DryRun":
		return model.Object{"StatusCode": int64(http.StatusNoContent)}, nil
	case "Event":
		in.Async = true
		if _, err := c.service.options.Host.Functions().Invoke(c, in); err != nil {
			return nil, err
		}
		return model.Object{"StatusCode": int64(http.StatusAccepted)}, nil
	}
	out, err := c.service.options.Host.Functions().Invoke(c, in)
	if err != nil {
		return nil, err
	}
	answer := model.Object{
		"StatusCode": int64(http.StatusOK), "Payload": out.Payload,
		"ExecutedVersion": out.ExecutedVersion, "FunctionError": out.FunctionError,
	}
	if in.Tail != nil {
		answer["LogResult"] = base64.StdEncoding.EncodeToString(in.Tail.Text())
	}
	return answer, nil
}

func invokeAsync(c *call) (model.Object, error) {
	in, err := c.input()
	if err != nil {
		return nil, err
	}
	in.Payload, in.Async = c.in.Bytes("InvokeArgs"), true
	if _, err := c.service.options.Host.Functions().Invoke(c, in); err != nil {
		return nil, err
	}
	return model.Object{"Status": int64(http.StatusAccepted)}, nil
}
