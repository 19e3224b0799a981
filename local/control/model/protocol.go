package model

import (
	"net/http"
	"slices"
	"strings"
)

// speaks prepares a service that speaks several protocols: for each the same service, which reads
// and prints that one.
func (s *Service) speaks() {
	s.speaking = map[string]*Service{}
	for _, protocol := range s.Protocols {
		of := *s
		of.Protocol = protocol
		s.speaking[protocol] = &of
	}
}

// Speaking returns the service in the protocol of a request. Most services have one, and are
// returned as they are.
func (s *Service) Speaking(r *http.Request) *Service {
	protocol := Query
	switch {
	case r.Header.Get("Smithy-Protocol") != "" || strings.HasPrefix(r.URL.Path, "/service/"):
		protocol = CBOR
	case r.Header.Get("X-Amz-Target") != "":
		protocol = JSON
	}
	if of := s.speaking[protocol]; of != nil {
		return of
	}
	return s
}

// CBORName returns the name of the operation that a request of the protocol CBOR asks for.
func (s *Service) CBORName(r *http.Request) string {
	name, ok := strings.CutPrefix(r.URL.Path, "/service/"+s.Target+"/operation/")
	if !ok {
		return ""
	}
	return name
}

// code is what AWS calls an input that breaks a constraint.
func (s *Service) code() string {
	switch {
	case s.Protocol == Query || slices.Contains(s.Protocols, Query):
		return "ValidationError"
	case s.Name == "logs":
		return "InvalidParameterException"
	}
	return "ValidationException"
}

// queryError writes the line by which clients of a service that once spoke Query alone learn the
// code that errors had there, and returns the name that its shape has.
func (s *Service) queryError(e *Error, header http.Header) (shape string) {
	if !slices.Contains(s.Protocols, Query) {
		return e.Code
	}
	header.Set("x-amzn-query-error", e.Code+";"+e.side())
	if shape, ok := s.Errors[e.Code]; ok {
		return shape
	}
	return e.Code
}

func (e *Error) side() string {
	if e.Status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}
