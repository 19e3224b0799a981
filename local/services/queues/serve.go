package queues

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// maxRequest bounds what is read of a request: a batch of the largest messages, in JSON.
const maxRequest = 8 << 20

const (
	jsonType  = "application/x-amz-json-1.0"
	namespace = "http://queue.amazonaws.com/doc/2012-11-05/"
)

// ServeHTTP answers one request of either protocol.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := uuid.NewString()
	w.Header().Set("x-amzn-RequestId", id)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, "the request is longer than 8 MiB, or was cut", http.StatusRequestEntityTooLarge)
		return
	}
	if action, ours := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS."); ours {
		decode := func(into any) error { return decodeJSON(body, into) }
		out, err := s.do(r, action, call{decode: decode})
		writeJSON(w, out, err)
		return
	}
	form, err := parseForm(r, body)
	if err != nil {
		writeXML(w, "", id, nil, invalid("The request is no form: %v", err))
		return
	}
	action := form.Get("Action")
	document := documentOf(form)
	decode := func(into any) error { return decodeJSON(document, into) }
	path := r.URL.Path
	if strings.Count(strings.Trim(path, "/"), "/") == 0 {
		path = ""
	}
	out, err := s.do(r, action, call{path: path, decode: decode})
	writeXML(w, action, id, out, err)
}

func (s *Service) do(r *http.Request, action string, c call) (any, error) {
	all := operations()
	do, served := all[action]
	if !served {
		return nil, fault("InvalidAction", "The action %q is not served by this runner's queues; "+
			"served are: %s", action, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	return do(s, r.Context(), c)
}

func decodeJSON(text []byte, into any) error {
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fault("SerializationException", "%v", err)
	}
	return nil
}

func writeJSON(w http.ResponseWriter, out any, err error) {
	w.Header().Set("Content-Type", jsonType)
	status := http.StatusOK
	var refused *Error
	switch {
	case errors.As(err, &refused):
		status = http.StatusBadRequest
		w.Header().Set("x-amzn-query-error", refused.Code+";Sender")
		out = map[string]string{
			"__type": "com.amazonaws.sqs#" + refused.shape(), "message": refused.Message,
		}
	case err != nil:
		status = http.StatusInternalServerError
		out = map[string]string{"__type": "InternalFailure", "message": err.Error()}
	case out == nil:
		out = struct{}{}
	}
	text, err := json.Marshal(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that is gone gets nothing
}

// envelope is an answer of the Query protocol.
type envelope struct {
	XMLName   xml.Name
	Namespace string `xml:"xmlns,attr"`
	Result    any
	RequestID string `xml:"ResponseMetadata>RequestId"`
}

type errorEnvelope struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	Detail    string   `xml:"Error>Detail"`
	RequestID string   `xml:"RequestId"`
}

// result names what an operation answers.
type result struct {
	name string
	of   any
}

// MarshalXML writes the value under its operation's name.
func (r result) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	return e.EncodeElement(r.of, xml.StartElement{Name: xml.Name{Local: r.name}})
}

func writeXML(w http.ResponseWriter, action, id string, out any, err error) {
	w.Header().Set("Content-Type", "text/xml")
	status := http.StatusOK
	var document any
	var refused *Error
	switch {
	case errors.As(err, &refused):
		status = http.StatusBadRequest
		document = errorEnvelope{
			Namespace: namespace, Type: "Sender", Code: refused.Code, Message: refused.Message,
			RequestID: id,
		}
	case err != nil:
		status = http.StatusInternalServerError
		document = errorEnvelope{
			Namespace: namespace, Type: "Receiver", Code: "InternalFailure", Message: err.Error(),
			RequestID: id,
		}
	default:
		e := envelope{
			XMLName: xml.Name{Local: action + "Response"}, Namespace: namespace, RequestID: id,
		}
		if out != nil {
			e.Result = result{name: action + "Result", of: out}
		}
		document = e
	}
	text, err := xml.Marshal(document)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(append([]byte(xml.Header), text...)) // a client that is gone gets nothing
}
