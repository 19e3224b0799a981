package lambda

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// failureDocument is the payload of a call whose environment failed, in AWS's key order.
type failureDocument struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// failed is a payload together with what the log says of it.
type failed struct {
	payload   []byte
	message   string // a line of its own before END, "" for none
	status    string // error, timeout
	errorType string
}

func describe(id, errorType, message string) failed {
	text := "RequestId: " + id + " Error: " + message
	document, err := json.Marshal(failureDocument{Type: errorType, Message: text})
	if err != nil { // strings always marshal
		document = []byte("{}")
	}
	return failed{payload: document, message: text, status: "error", errorType: errorType}
}

func timedOut(id string, limit time.Duration, now time.Time) failed {
	text := fmt.Sprintf("Task timed out after %.2f seconds", limit.Seconds())
	f := describe(id, "Sandbox.Timedout", text)
	f.message = now.Format("2006-01-02T15:04:05.000Z") + " " + id + " " + text
	f.status, f.errorType = "timeout", ""
	return f
}

// exited describes a process that ended by itself; reason is "" for exit status 0.
func exited(id, reason string) failed {
	if reason == "" {
		return describe(id, "Runtime.ExitError", "Runtime exited without providing a reason")
	}
	return describe(id, "Runtime.ExitError", "Runtime exited with error: "+reason)
}

// invalidEntrypoint describes a program that cannot be started: in the document where AWS would
// have it, in the log where it lies.
func invalidEntrypoint(id, reason, path string) failed {
	f := describe(id, "Runtime.InvalidEntrypoint",
		strings.ReplaceAll(reason, path, "/var/task/bootstrap"))
	f.message += " (/var/task/bootstrap is " + path + ")"
	return f
}

func responseTooLarge() failed {
	return failed{
		payload: []byte(`{"errorMessage":"Response payload size exceeded maximum allowed ` +
			`payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`),
		status: "error", errorType: "Function.ResponseSizeTooLarge",
	}
}

func streamTooLarge() failed {
	return failed{
		payload: []byte(`{"errorMessage":"Response payload size exceeded maximum allowed ` +
			`payload size (209715200 bytes).","errorType":"Function.ResponseSizeTooLarge"}`),
		status: "error", errorType: "Function.ResponseSizeTooLarge",
	}
}
