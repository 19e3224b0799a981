package release

import (
	"errors"
	"net/url"

	"github.com/aws/smithy-go"
)

// answered is what a service said to a call, without the SDK's account of how it was made.
type answered struct{ cause error }

// Error says the service's own words, or why it was not reached.
func (a answered) Error() string {
	var refused smithy.APIError
	if errors.As(a.cause, &refused) {
		return refused.ErrorCode() + ": " + refused.ErrorMessage()
	}
	var unsent *url.Error
	if errors.As(a.cause, &unsent) {
		return unsent.URL + " is not reached: " + unsent.Err.Error()
	}
	return a.cause.Error()
}

// Unwrap returns the SDK's error.
func (a answered) Unwrap() error { return a.cause }

// said makes an error of the SDK one that people read; nil stays nil.
func said(err error) error {
	if err == nil {
		return nil
	}
	return answered{err}
}

// Said makes an error of the SDK one that people read: the service's own words.
func Said(err error) error { return said(err) }
