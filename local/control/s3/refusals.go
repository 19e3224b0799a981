package s3

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"

	"portico/local/control/model"
)

func noBucket() error {
	return model.Refuse("NoSuchBucket", http.StatusNotFound, "The specified bucket does not exist")
}

func noKey() error {
	return model.Refuse("NoSuchKey", http.StatusNotFound, "The specified key does not exist.")
}

func malformed() error {
	return model.Refuse("MalformedXML", http.StatusBadRequest,
		"The XML you provided was not well-formed or did not validate against our published schema")
}

func noUpload() error {
	return model.Refuse("NoSuchUpload", http.StatusNotFound, "The specified upload does not exist. The "+
		"upload ID may be invalid, or the upload may have been aborted or completed.")
}

func invalidArgument(format string, args ...any) error {
	return model.Refuse("InvalidArgument", http.StatusBadRequest, format, args...)
}

// notByModel is the handler of operations that Serve answers itself.
func notByModel(context.Context, model.Call) (model.Object, error) {
	return nil, errors.New("requests of S3 are answered by Serve")
}

// failure is the body of an error.
type failure struct {
	XMLName                   xml.Name `xml:"Error"`
	Code, Message             string
	BucketName, Key, Resource string `xml:",omitempty"`
	RequestID                 string `xml:"RequestId"`
	HostID                    string `xml:"HostId"`
}
