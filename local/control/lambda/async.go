package lambda

import (
	"cmp"
	"slices"
	"strings"

	"portico/local/control/model"
)

// asyncConfig says what becomes of asynchronous calls.
type asyncConfig struct {
	Retries, MaxAge      *int // nil was not given
	OnSuccess, OnFailure string
	Modified             float64 // seconds of the epoch
}

func noAsync(c *call, n name) error {
	return notFound("The function %s doesn't have an EventInvokeConfig", c.arnOf(n))
}

// asynchronous reads the name of a configuration: $LATEST has one, too.
func (c *call) asynchronous() (*function, name, error) {
	n, err := c.named()
	if err != nil {
		return nil, n, err
	}
	n.qualifier = cmp.Or(n.qualifier, latest)
	return c.lookUp(n.function), n, nil
}

func putAsync(c *call) (model.Object, error) { return c.writeAsync(&asyncConfig{}) }

func updateAsync(c *call) (model.Object, error) {
	f, n, err := c.asynchronous()
	if err != nil {
		return nil, err
	}
	if f == nil || f.Async[n.qualifier] == nil {
		return nil, noAsync(c, n)
	}
	return c.writeAsync(f.Async[n.qualifier])
}

func (c *call) writeAsync(a *asyncConfig) (model.Object, error) {
	given := false
	for _, name := range []string{
		"MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig",
	} {
		given = given || c.in.Has(name)
	}
	if !given {
		return nil, invalid("You must specify at least one of error handling or destination setting.")
	}
	f, n, err := c.asynchronous()
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, notFound("The function doesn't exist.")
	}
	if v, _ := f.find(n.qualifier); v == nil {
		return nil, notFound("The function doesn't exist.")
	}
	if f.templates {
		return nil, fromTemplate("function", n.function)
	}
	a.set(c)
	for _, destination := range []string{a.OnSuccess, a.OnFailure} {
		if err := c.checkDestination(n, destination, a); err != nil {
			return nil, err
		}
	}
	f.Async[n.qualifier] = a
	return c.shownAsync(n, a), nil
}

// set takes over what an input sets.
func (a *asyncConfig) set(c *call) {
	number := func(name string, into **int) {
		if c.in.Has(name) {
			value := c.in.Int(name)
			*into = &value
		}
	}
	number("MaximumRetryAttempts", &a.Retries)
	number("MaximumEventAgeInSeconds", &a.MaxAge)
	if destinations := c.in.Object("DestinationConfig"); destinations != nil {
		if to := destinations.Object("OnSuccess"); to != nil {
			a.OnSuccess = to.Text("Destination")
		}
		if to := destinations.Object("OnFailure"); to != nil {
			a.OnFailure = to.Text("Destination")
		}
	}
	a.Modified = float64(c.now.UnixMilli()) / 1000
}

// checkDestination refuses what is told of outcomes and cannot be.
func (c *call) checkDestination(n name, arn string, a *asyncConfig) error {
	if arn == "" {
		return nil
	}
	parts := strings.SplitN(arn, ":", 6)
	service := ""
	if len(parts) == 6 {
		service = parts[2]
	}
	switch {
	case service == "s3":
		return invalid("The destination %s is not served here: outcomes of asynchronous calls are not "+
			"written to S3", arn)
	case !slices.Contains([]string{"sqs", "sns", "events", "lambda"}, service) ||
		strings.HasSuffix(arn, ".fifo"):
		return invalid("The provided destination config DestinationConfig(onSuccess=%s, onFailure=%s) "+
			"is invalid.", wrapped("OnSuccess", a.OnSuccess), wrapped("OnFailure", a.OnFailure))
	case service != "lambda":
		return nil
	}
	to, err := c.parse(arn, "")
	if err != nil || c.lookUp(to.function) == nil {
		return invalid("The destination ARN %s is invalid.", arn)
	}
	if to.function == n.function {
		return invalid("You can't specify the function as a destination for itself.")
	}
	return nil
}

// wrapped prints a destination as AWS's messages do.
func wrapped(kind, destination string) string {
	if destination == "" {
		return "null"
	}
	return kind + "(destination=" + destination + ")"
}

func getAsync(c *call) (model.Object, error) {
	f, n, err := c.asynchronous()
	if err != nil {
		return nil, err
	}
	if f == nil || f.Async[n.qualifier] == nil {
		return nil, noAsync(c, n)
	}
	return c.shownAsync(n, f.Async[n.qualifier]), nil
}

func deleteAsync(c *call) (model.Object, error) {
	f, n, err := c.asynchronous()
	if err != nil {
		return nil, err
	}
	if f == nil || f.Async[n.qualifier] == nil {
		return nil, noAsync(c, n)
	}
	if f.templates {
		return nil, fromTemplate("function", n.function)
	}
	delete(f.Async, n.qualifier)
	return model.Object{}, nil
}

func listAsync(c *call) (model.Object, error) {
	f, n, err := c.asynchronous()
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, notFound("The function %s doesn't have an EventInvokeConfig",
			c.arn("function:"+n.function))
	}
	var items []item
	for _, qualifier := range sorted(f.Async) {
		items = append(items, item{
			qualifier, c.shownAsync(name{n.function, qualifier}, f.Async[qualifier]),
		})
	}
	return c.page("FunctionEventInvokeConfigs", items)
}

func (c *call) shownAsync(n name, a *asyncConfig) model.Object {
	to := func(arn string) model.Object {
		if arn == "" {
			return model.Object{}
		}
		return model.Object{"Destination": arn}
	}
	shown := model.Object{
		"FunctionArn": c.arnOf(n), "LastModified": a.Modified,
		"DestinationConfig": model.Object{"OnSuccess": to(a.OnSuccess), "OnFailure": to(a.OnFailure)},
	}
	if a.Retries != nil {
		shown["MaximumRetryAttempts"] = int64(*a.Retries)
	}
	if a.MaxAge != nil {
		shown["MaximumEventAgeInSeconds"] = int64(*a.MaxAge)
	}
	return shown
}
