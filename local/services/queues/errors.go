package queues

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Error is a refusal in SQS's words; it is answered with 400.
type Error struct {
	Code    string // of the Query protocol: "AWS.SimpleQueueService.NonExistentQueue"
	Message string
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// shape names the error as the JSON protocol does.
func (e *Error) shape() string {
	if e.Code == noQueue {
		return "QueueDoesNotExist"
	}
	return strings.TrimPrefix(e.Code, "AWS.SimpleQueueService.")
}

const noQueue = "AWS.SimpleQueueService.NonExistentQueue"

func errNoQueue() error { return fault(noQueue, "The specified queue does not exist.") }

func errMissing(parameter string) error {
	return fault("MissingParameter", "The request must contain the parameter %s.", parameter)
}

func invalid(format string, args ...any) error {
	return fault("InvalidParameterValue", format, args...)
}

func fault(code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// number is an integer, which the Query protocol writes as text.
type number int

// UnmarshalJSON reads 5 and "5".
func (n *number) UnmarshalJSON(text []byte) error {
	plain := strings.Trim(string(text), `"`)
	value, err := strconv.Atoi(plain)
	if err != nil {
		return fmt.Errorf("%q is no integer", plain)
	}
	*n = number(value)
	return nil
}

var _ json.Unmarshaler = (*number)(nil)

func (n number) seconds() time.Duration { return time.Duration(n) * time.Second }

// within refuses a number outside of 0 to most; nil is a parameter that was not given.
func (n *number) within(parameter string, most int) error {
	if n == nil || *n >= 0 && int(*n) <= most {
		return nil
	}
	return invalid("Value %d for parameter %s is invalid. Reason: Must be between 0 and %d, if "+
		"provided.", *n, parameter, most)
}

func inSeconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// sequenceText prints a sequence number of a FIFO queue: 20 digits.
func sequenceText(n uint64) string { return fmt.Sprintf("%020d", n) }

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
