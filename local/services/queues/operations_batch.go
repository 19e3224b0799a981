package queues

import "errors"

type batchInput[Entry any] struct {
	named
	Entries []Entry `json:"Entries"`
}

// failedEntry says why one entry of a batch was refused.
type failedEntry struct {
	ID          string `json:"Id"          xml:"Id"`
	SenderFault bool   `json:"SenderFault" xml:"SenderFault"`
	Code        string `json:"Code"        xml:"Code"`
	Message     string `json:"Message"     xml:"Message"`
}

type doneEntry struct {
	ID string `json:"Id" xml:"Id"`
}

type sendBatchOutput struct {
	Successful []sendOutput  `json:"Successful"       xml:"SendMessageBatchResultEntry"`
	Failed     []failedEntry `json:"Failed,omitempty" xml:"BatchResultErrorEntry"`
}

type removeBatchOutput struct {
	Successful []doneEntry   `json:"Successful"       xml:"DeleteMessageBatchResultEntry"`
	Failed     []failedEntry `json:"Failed,omitempty" xml:"BatchResultErrorEntry"`
}

type visibilityBatchOutput struct {
	Successful []doneEntry   `json:"Successful"       xml:"ChangeMessageVisibilityBatchResultEntry"`
	Failed     []failedEntry `json:"Failed,omitempty" xml:"BatchResultErrorEntry"`
}

func sendBatch(t target, in batchInput[sendEntry]) (any, error) {
	bytes := 0
	for _, e := range in.Entries {
		m := message{body: e.Body, attributes: e.Attributes}
		bytes += m.size()
	}
	if bytes > maxBatchBytes {
		return nil, fault("AWS.SimpleQueueService.BatchRequestTooLong", "Batch requests cannot be "+
			"longer than %d bytes. You have sent %d bytes.", maxBatchBytes, bytes)
	}
	out := sendBatchOutput{Successful: []sendOutput{}}
	failed, err := each(in.Entries, sendEntry.id, func(e sendEntry) error {
		sent, err := t.send(e)
		if err == nil {
			sent.ID = e.ID
			out.Successful = append(out.Successful, sent)
		}
		return err
	})
	out.Failed = failed
	return out, err
}

func removeBatch(t target, in batchInput[handleEntry]) (any, error) {
	out := removeBatchOutput{Successful: []doneEntry{}}
	failed, err := each(in.Entries, handleEntry.id, func(e handleEntry) error {
		err := t.remove(e)
		if err == nil {
			out.Successful = append(out.Successful, doneEntry{ID: e.ID})
		}
		return err
	})
	out.Failed = failed
	return out, err
}

func changeVisibilityBatch(t target, in batchInput[handleEntry]) (any, error) {
	out := visibilityBatchOutput{Successful: []doneEntry{}}
	failed, err := each(in.Entries, handleEntry.id, func(e handleEntry) error {
		err := t.changeVisibility(e)
		if err == nil {
			out.Successful = append(out.Successful, doneEntry{ID: e.ID})
		}
		return err
	})
	out.Failed = failed
	return out, err
}

func (e sendEntry) id() string   { return e.ID }
func (e handleEntry) id() string { return e.ID }

// each does something with every entry of a batch; an entry that is refused fails alone.
func each[E any](entries []E, id func(E) string, do func(E) error) ([]failedEntry, error) {
	if len(entries) == 0 {
		return nil, fault("AWS.SimpleQueueService.EmptyBatchRequest",
			"There should be at least one entry in the request.")
	}
	if len(entries) > maxBatch {
		return nil, fault("AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are %d. You have sent %d.", maxBatch, len(entries))
	}
	seen := map[string]bool{}
	for _, e := range entries {
		if id(e) == "" {
			return nil, errMissing("Id")
		}
		if seen[id(e)] {
			return nil, fault("AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
				"Id %s repeated.", id(e))
		}
		seen[id(e)] = true
	}
	var failed []failedEntry
	for _, e := range entries {
		var refused *Error
		if err := do(e); errors.As(err, &refused) {
			failed = append(failed, failedEntry{
				ID: id(e), SenderFault: true, Code: refused.Code, Message: refused.Message,
			})
		} else if err != nil {
			return nil, err
		}
	}
	return failed, nil
}
