package control_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"portico/local/control/cloudformation"
)

// stacksHost knows JSON templates without functions but Fn::ImportValue. A resource of the type
// "Bad::Type" cannot be served; one with the property Wrong cannot be evaluated.
type stacksHost struct {
	mu       sync.Mutex // guards what follows
	deployed []string   // names, of the last deployment
	objects  map[string]string
	hold     chan struct{} // a deployment waits for it; nil does not
}

func (h *stacksHost) Parse(body string) (map[string]any, error) {
	var parsed map[string]any
	if err := json.Unmarshal([]byte(body), &parsed); err != nil {
		return nil, fmt.Errorf("JSON not well-formed")
	}
	return parsed, nil
}

func (h *stacksHost) Fetch(address string) (string, error) {
	body, ok := h.objects[address]
	if !ok {
		return "", fmt.Errorf("S3 error: there is no %s", address)
	}
	return body, nil
}

func (h *stacksHost) Parameter(_, name string) (string, bool) { return "of " + name, true }

// read is the part of a template that the host knows.
type read struct {
	Resources map[string]struct {
		Type       string
		Properties map[string]any
	}
	Outputs map[string]struct {
		Value  any
		Export struct{ Name string }
	}
}

func (h *stacksHost) Evaluate(
	all []cloudformation.Template,
) ([]cloudformation.Evaluated, error) {
	var faults cloudformation.Faults
	var made []cloudformation.Evaluated
	for _, t := range all {
		var template read
		if err := json.Unmarshal([]byte(t.Body), &template); err != nil {
			return nil, err
		}
		one := cloudformation.Evaluated{ID: "arn:aws:cloudformation:" + t.Region + "::stack/" + t.Name}
		for id, r := range template.Resources {
			properties := map[string]string{}
			for name, value := range r.Properties {
				text, _ := json.Marshal(value)
				properties[name] = string(text)
			}
			if r.Properties["Wrong"] != nil {
				faults = append(faults, cloudformation.Fault{Stack: t.Name, Resource: id, Reason: "is wrong"})
			}
			one.Resources = append(one.Resources, cloudformation.Resource{
				LogicalID: id, PhysicalID: t.Name + "-" + id, Type: r.Type, Properties: properties,
			})
		}
		for key, o := range template.Outputs {
			one.Outputs = append(one.Outputs, cloudformation.Output{
				Key: key, Value: fmt.Sprint(o.Value), Export: o.Export.Name,
			})
		}
		for _, match := range regexp.MustCompile(`"Fn::ImportValue":"([^"]*)"`).FindAllStringSubmatch(t.Body, -1) {
			one.Imports = append(one.Imports, match[1])
		}
		made = append(made, one)
	}
	if faults != nil {
		return nil, faults
	}
	return made, nil
}

func (h *stacksHost) Deploy(_ context.Context, all []cloudformation.Template) error {
	if h.hold != nil {
		<-h.hold
	}
	evaluated, err := h.Evaluate(all)
	if err != nil {
		return err
	}
	var faults cloudformation.Faults
	var names []string
	for i, t := range all {
		names = append(names, t.Name)
		for _, r := range evaluated[i].Resources {
			if r.Type == "Bad::Type" {
				faults = append(faults, cloudformation.Fault{
					Stack: t.Name, Resource: r.LogicalID, Reason: "Bad::Type is not honoured here",
				})
			}
		}
	}
	if faults != nil {
		return faults
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deployed = names
	return nil
}

func (h *stacksHost) Described() []cloudformation.Described {
	return []cloudformation.Described{{
		Template:  cloudformation.Template{Name: "started", Region: "us-east-1", Body: "{}"},
		Evaluated: cloudformation.Evaluated{ID: "arn:started"},
	}}
}

// stackClient calls CloudFormation.
type stackClient struct {
	*client
	stacks  *stacksHost
	context context.Context // of its calls
}

func newStackClient(t *testing.T, state string) *stackClient {
	t.Helper()
	c := newClient(t, state)
	t.Cleanup(func() {
		if err := c.door.Close(); err != nil {
			t.Error(err)
		}
	})
	return &stackClient{
		client: c, stacks: c.with.Hosts.Stacks.(*stacksHost), context: t.Context(),
	}
}

// ask calls an operation: "CreateStack StackName=a TemplateBody=…", of which values have no spaces,
// and returns the status and the answer.
func (c *stackClient) ask(line string) (int, string) {
	words := strings.Fields(line)
	form := url.Values{"Action": {words[0]}, "Version": {"2010-05-15"}}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		form.Set(name, value)
	}
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/"+
		"cloudformation/aws4_request")
	recorder := httptest.NewRecorder()
	c.door.ServeHTTP(recorder, request.WithContext(c.context))
	return recorder.Code, recorder.Body.String()
}

// do is ask for a call that is answered well.
func (c *stackClient) do(line string) string {
	c.t.Helper()
	status, text := c.ask(line)
	if status != http.StatusOK {
		c.t.Fatalf("%s answers %d %s", line, status, text)
	}
	return text
}

// between returns the texts of all elements of a name.
func between(text, element string) []string {
	var all []string
	for _, match := range regexp.MustCompile("(?s)<"+element+">(.*?)</"+element+">").
		FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	return all
}

// status returns the status of a stack.
func (c *stackClient) status(name string) string {
	c.t.Helper()
	return strings.Join(between(c.do("DescribeStacks StackName="+name), "StackStatus"), " ")
}

// history returns the events of a stack, the oldest first: "logical id status reason".
func (c *stackClient) history(name string) []string {
	c.t.Helper()
	var all []string
	for _, e := range between(c.do("DescribeStackEvents StackName="+name), "member") {
		line := between(e, "LogicalResourceId")[0] + " " + between(e, "ResourceStatus")[0]
		if reason := between(e, "ResourceStatusReason"); reason != nil {
			line += " " + reason[0]
		}
		all = append([]string{line}, all...)
	}
	return all
}
