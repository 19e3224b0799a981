package queues

import (
	"context"
	"strconv"
	"strings"
)

type handleInput struct {
	named
	handleEntry
}

type handleEntry struct {
	ID         string  `json:"Id"`
	Receipt    string  `json:"ReceiptHandle"`
	Visibility *number `json:"VisibilityTimeout"`
}

func remove(t target, in handleInput) (any, error) { return nil, t.remove(in.handleEntry) }

func (t target) remove(in handleEntry) error {
	if in.Receipt == "" {
		return errMissing("ReceiptHandle")
	}
	if _, ok := idOfReceipt(in.Receipt); !ok {
		return fault("ReceiptHandleIsInvalid",
			"The input receipt handle %q is not a valid receipt handle.", in.Receipt)
	}
	t.line.remove(in.Receipt)
	return nil
}

func changeVisibility(t target, in handleInput) (any, error) {
	return nil, t.changeVisibility(in.handleEntry)
}

func (t target) changeVisibility(in handleEntry) error {
	if in.Visibility == nil {
		return errMissing("VisibilityTimeout")
	}
	if err := in.Visibility.within("VisibilityTimeout", maxVisibility); err != nil {
		return err
	}
	if _, ok := idOfReceipt(in.Receipt); !ok {
		return fault("ReceiptHandleIsInvalid",
			"The input receipt handle %q is not a valid receipt handle.", in.Receipt)
	}
	now := t.clock.Now()
	if !t.hide(in.Receipt, now.Add(in.Visibility.seconds()), now) {
		return invalid("Value %s for parameter ReceiptHandle is invalid. Reason: Message does not "+
			"exist or is not available for visibility timeout change.", in.Receipt)
	}
	return nil
}

type attributesInput struct {
	named
	Names []string `json:"AttributeNames"`
}

type attributesOutput struct {
	Attributes texts `json:"Attributes,omitempty" xml:"Attribute,omitempty"`
}

func attributesOf(t target, in attributesInput) (any, error) {
	q := t.queue
	visible, hidden, delayed := t.counts(t.clock.Now())
	all := texts{
		"QueueArn":                              q.ARN,
		"ApproximateNumberOfMessages":           strconv.Itoa(visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(delayed),
		"VisibilityTimeout":                     inSeconds(q.Visibility),
		"DelaySeconds":                          inSeconds(q.Delay),
		"MessageRetentionPeriod":                inSeconds(q.Retention),
		"ReceiveMessageWaitTimeSeconds":         inSeconds(q.Wait),
		"MaximumMessageSize":                    strconv.Itoa(q.MaxBytes),
	}
	if q.FIFO {
		all["FifoQueue"] = "true"
		all["ContentBasedDeduplication"] = strconv.FormatBool(q.DedupByContent)
	}
	if q.DeadLetterARN != "" {
		all["RedrivePolicy"] = `{"deadLetterTargetArn":"` + q.DeadLetterARN +
			`","maxReceiveCount":` + strconv.Itoa(q.MaxReceives) + `}`
	}
	wanted := texts{}
	for _, name := range in.Names {
		value, known := all[name]
		switch {
		case name == "All":
			return attributesOutput{Attributes: all}, nil
		case known:
			wanted[name] = value
		case !strings.ContainsAny(name, " \t"):
			// A queue has attributes that this one was not given: they are left out, as by SQS.
		default:
			return nil, fault("InvalidAttributeName", "Unknown Attribute %s.", name)
		}
	}
	return attributesOutput{Attributes: wanted}, nil
}

func purge(t target, _ named) (any, error) {
	t.purge()
	return nil, nil
}

type queueURLInput struct {
	Name string `json:"QueueName"`
}

type queueURLOutput struct {
	QueueURL string `json:"QueueUrl" xml:"QueueUrl"`
}

func queueURL(s *Service, _ context.Context, c call) (any, error) {
	var in queueURLInput
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, errMissing("QueueName")
	}
	l, err := s.byName(in.Name)
	if err != nil {
		return nil, err
	}
	return queueURLOutput{QueueURL: l.config().URL}, nil
}

type listInput struct {
	Prefix string `json:"QueueNamePrefix"`
}

type listOutput struct {
	QueueURLs []string `json:"QueueUrls,omitempty" xml:"QueueUrl"`
}

func listQueues(s *Service, _ context.Context, c call) (any, error) {
	var in listInput
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out listOutput
	for _, l := range s.lines {
		if q := l.config(); strings.HasPrefix(q.Name, in.Prefix) {
			out.QueueURLs = append(out.QueueURLs, q.URL)
		}
	}
	return out, nil
}
