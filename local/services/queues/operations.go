package queues

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The limits of SQS ("Amazon SQS quotas").
const (
	maxBatch      = 10
	maxVisibility = 12 * 60 * 60 // seconds
	maxDelay      = 15 * 60      // seconds
	maxWait       = 20           // seconds
	maxAttributes = 10
	maxBatchBytes = 1 << 20
)

// operation is what a request asks for: its input is decoded, its output encoded by the protocol.
type operation func(s *Service, ctx context.Context, c call) (any, error)

// call is a request, of either protocol.
type call struct {
	path   string // "/123456789012/jobs" of the Query protocol; "" when the input names the queue
	decode func(into any) error
}

// operations are what is served, by name.
func operations() map[string]operation {
	return map[string]operation{
		"SendMessage":                  onQueue(send),
		"SendMessageBatch":             onQueue(sendBatch),
		"ReceiveMessage":               onQueue(receive),
		"DeleteMessage":                onQueue(remove),
		"DeleteMessageBatch":           onQueue(removeBatch),
		"ChangeMessageVisibility":      onQueue(changeVisibility),
		"ChangeMessageVisibilityBatch": onQueue(changeVisibilityBatch),
		"GetQueueAttributes":           onQueue(attributesOf),
		"PurgeQueue":                   onQueue(purge),
		"GetQueueUrl":                  queueURL,
		"ListQueues":                   listQueues,
	}
}

// named is an input that names its queue.
type named struct {
	QueueURL string `json:"QueueUrl"`
}

func (n named) url() string { return n.QueueURL }

// target is one queue of the service, as it is configured now, and the call's context.
type target struct {
	*Service
	*line
	queue Queue
	ctx   context.Context
}

// onQueue makes an operation of what happens to one queue.
func onQueue[In interface{ url() string }](do func(target, In) (any, error)) operation {
	return func(s *Service, ctx context.Context, c call) (any, error) {
		var in In
		if err := c.decode(&in); err != nil {
			return nil, err
		}
		url := in.url()
		if url == "" {
			url = c.path
		}
		if url == "" {
			return nil, errMissing("QueueUrl")
		}
		l, err := s.byURL(url)
		if err != nil {
			return nil, err
		}
		return do(target{Service: s, line: l, queue: l.config(), ctx: ctx}, in)
	}
}

type sendInput struct {
	named
	sendEntry
}

type sendEntry struct {
	ID               string               `json:"Id"`
	Body             string               `json:"MessageBody"`
	Delay            *number              `json:"DelaySeconds"`
	Attributes       map[string]Attribute `json:"MessageAttributes"`
	SystemAttributes map[string]Attribute `json:"MessageSystemAttributes"`
	DedupID          string               `json:"MessageDeduplicationId"`
	Group            string               `json:"MessageGroupId"`
}

type sendOutput struct {
	ID                     string `json:"Id,omitempty"                     xml:"Id,omitempty"`
	MessageID              string `json:"MessageId"                        xml:"MessageId"`
	MD5OfMessageBody       string `json:"MD5OfMessageBody"                 xml:"MD5OfMessageBody"`
	MD5OfMessageAttributes string `json:"MD5OfMessageAttributes,omitempty" xml:"MD5OfMessageAttributes,omitempty"`
	SequenceNumber         string `json:"SequenceNumber,omitempty"         xml:"SequenceNumber,omitempty"`
}

func send(t target, in sendInput) (any, error) { return t.send(in.sendEntry) }

func (t target) send(in sendEntry) (sendOutput, error) {
	now := t.clock.Now()
	delay := t.queue.Delay
	if in.Delay != nil {
		delay = in.Delay.seconds()
	}
	m := &message{
		id: uuid.NewString(), body: in.Body, attributes: in.Attributes, group: in.Group,
		trace: in.SystemAttributes["AWSTraceHeader"].StringValue,
		dedup: in.DedupID, sent: now, visibleAt: now.Add(delay),
	}
	if err := t.check(in, m); err != nil {
		return sendOutput{}, err
	}
	if t.queue.FIFO && m.dedup == "" {
		m.dedup = sha256Of(m.body)
	}
	id, sequence := t.add(m, now)
	out := sendOutput{
		MessageID: id, MD5OfMessageBody: md5Of(m.body),
		MD5OfMessageAttributes: md5OfAttributes(m.attributes),
	}
	if t.queue.FIFO {
		out.SequenceNumber = sequenceText(sequence)
	}
	return out, nil
}

// check refuses what SQS refuses, in its words.
func (t target) check(in sendEntry, m *message) error {
	switch {
	case in.Body == "":
		return errMissing("MessageBody")
	case !allowedText(in.Body):
		return fault("InvalidMessageContents", "Invalid characters found. Valid unicode characters "+
			"are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
	case m.size() > t.queue.MaxBytes:
		return invalid("One or more parameters are invalid. Reason: Message must be shorter than %d "+
			"bytes.", t.queue.MaxBytes)
	case len(in.Attributes) > maxAttributes:
		return invalid("Number of message attributes [%d] exceeds the allowed maximum [%d].",
			len(in.Attributes), maxAttributes)
	case in.Delay != nil && t.queue.FIFO && *in.Delay != 0:
		return invalid("Value %d for parameter DelaySeconds is invalid. Reason: The request include "+
			"parameter that is not valid for this queue type.", *in.Delay)
	}
	if err := in.Delay.within("DelaySeconds", maxDelay); err != nil {
		return err
	}
	for name, a := range in.Attributes {
		if err := checkAttribute(name, a); err != nil {
			return err
		}
	}
	return t.checkFIFO(in)
}

func (t target) checkFIFO(in sendEntry) error {
	if !t.queue.FIFO {
		if in.DedupID != "" {
			return invalid("The request includes a parameter that is not valid for this queue type")
		}
		return nil
	}
	if in.Group == "" {
		return fault("MissingParameter", "The request must contain the parameter MessageGroupId.")
	}
	if in.DedupID == "" && !t.queue.DedupByContent {
		return invalid("The queue should either have ContentBasedDeduplication enabled or " +
			"MessageDeduplicationId provided explicitly")
	}
	return nil
}

func checkAttribute(name string, a Attribute) error {
	kind, _, _ := strings.Cut(a.DataType, ".")
	switch {
	case kind != "String" && kind != "Number" && kind != "Binary":
		return invalid("The message attribute '%s' has an invalid message attribute type, the set of "+
			"supported type prefixes is Binary, Number, and String.", name)
	case kind == "Binary" && len(a.BinaryValue) == 0, kind != "Binary" && a.StringValue == "":
		return invalid("The message attribute '%s' must contain a non-empty message attribute value.",
			name)
	case kind == "Number":
		if _, err := strconv.ParseFloat(a.StringValue, 64); err != nil {
			return invalid("Can't cast the value of message (user) attribute '%s' to a number.", name)
		}
	}
	return nil
}

type receiveInput struct {
	named
	Max               *number  `json:"MaxNumberOfMessages"`
	VisibilityTimeout *number  `json:"VisibilityTimeout"`
	WaitTimeSeconds   *number  `json:"WaitTimeSeconds"`
	AttributeNames    []string `json:"AttributeNames"`
	SystemNames       []string `json:"MessageSystemAttributeNames"`
	MessageNames      []string `json:"MessageAttributeNames"`
}

func (in receiveInput) most() int {
	if in.Max == nil {
		return 1
	}
	return int(*in.Max)
}

type receiveOutput struct {
	Messages []receivedMessage `json:"Messages,omitempty" xml:"Message"`
}

type receivedMessage struct {
	MessageID              string         `json:"MessageId"                        xml:"MessageId"`
	ReceiptHandle          string         `json:"ReceiptHandle"                    xml:"ReceiptHandle"`
	MD5OfBody              string         `json:"MD5OfBody"                        xml:"MD5OfBody"`
	Body                   string         `json:"Body"                             xml:"Body"`
	Attributes             texts          `json:"Attributes,omitempty"             xml:"Attribute,omitempty"`
	MD5OfMessageAttributes string         `json:"MD5OfMessageAttributes,omitempty" xml:"MD5OfMessageAttributes,omitempty"`
	MessageAttributes      attributeTable `json:"MessageAttributes,omitempty"      xml:"MessageAttribute,omitempty"`
}

func receive(t target, in receiveInput) (any, error) {
	if n := in.most(); n < 1 || n > maxBatch {
		return nil, invalid("Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be "+
			"between 1 and 10, if provided.", n)
	}
	if err := in.VisibilityTimeout.within("VisibilityTimeout", maxVisibility); err != nil {
		return nil, err
	}
	if err := in.WaitTimeSeconds.within("WaitTimeSeconds", maxWait); err != nil {
		return nil, err
	}
	var out receiveOutput
	wanted := slices.Concat(in.AttributeNames, in.SystemNames)
	for _, m := range t.receive(t, in) {
		own := selected(m.attributes, in.MessageNames)
		out.Messages = append(out.Messages, receivedMessage{
			MessageID: m.id, ReceiptHandle: m.receipt, MD5OfBody: md5Of(m.body), Body: m.body,
			Attributes: m.system(wanted), MessageAttributes: own,
			MD5OfMessageAttributes: md5OfAttributes(own),
		})
	}
	return out, nil
}

// system returns the attributes SQS itself keeps, those that were asked for.
func (m *message) system(wanted []string) texts {
	all := texts{
		"ApproximateReceiveCount":          strconv.Itoa(m.receives),
		"ApproximateFirstReceiveTimestamp": millis(m.first),
		"SentTimestamp":                    millis(m.sent),
		"SenderId":                         senderID,
		"AWSTraceHeader":                   m.trace,
		"MessageGroupId":                   m.group,
		"DeadLetterQueueSourceArn":         m.source,
	}
	if m.dedup != "" {
		all["MessageDeduplicationId"] = m.dedup
		all["SequenceNumber"] = sequenceText(m.sequence)
	}
	for name, value := range all {
		if value == "" || !slices.Contains(wanted, name) && !slices.Contains(wanted, "All") {
			delete(all, name)
		}
	}
	return all
}

// senderID stands for whoever sent a message: signatures are not checked here.
const senderID = "AIDAPORTICO0000000000"

func selected(all map[string]Attribute, wanted []string) attributeTable {
	own := attributeTable{}
	for name, a := range all {
		if slices.ContainsFunc(wanted, func(w string) bool {
			prefix, open := strings.CutSuffix(w, ".*")
			return w == name || w == "All" || w == ".*" ||
				open && strings.HasPrefix(name, prefix+".")
		}) {
			own[name] = a
		}
	}
	return own
}

// millis prints a time as SQS does, in milliseconds since 1970.
func millis(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }
