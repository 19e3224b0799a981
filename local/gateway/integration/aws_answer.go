package integration

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// element is an XML element of an answer of the Query protocol.
type element struct {
	name     string
	text     strings.Builder
	children []*element
}

// AnswerAsAsked turns an answer of the Query protocol into JSON when JSON was asked for, and the
// answer is XML all the same: {"SendMessageResponse":{"SendMessageResult":{"MessageId":"…"}}}. AWS's
// services answer so themselves; emulators answer XML whatever they are asked. An answer of any
// other kind stays as it is.
//
// Unlike AWS: every value is a text, and elements of one name become a list.
func AnswerAsAsked(asked string, response HTTPResponse) HTTPResponse {
	if !strings.Contains(asked, "json") ||
		!strings.Contains(response.Header.Get("Content-Type"), "xml") {
		return response
	}
	root, err := parseElement(response.Body)
	if err != nil || !strings.HasSuffix(root.name, "Response") {
		return response
	}
	var body bytes.Buffer
	encoder := jsontext.NewEncoder(&body)
	if err := (&element{children: []*element{root}}).encode(encoder); err != nil {
		return response
	}
	header := response.Header.Clone(0)
	header.Set("Content-Type", "application/json")
	return HTTPResponse{
		Status: response.Status, Header: header, Body: bytes.TrimSpace(body.Bytes()),
	}
}

func parseElement(body []byte) (*element, error) {
	above := []*element{{}}
	for decoder := xml.NewDecoder(bytes.NewReader(body)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		current := above[len(above)-1]
		switch t := token.(type) {
		case xml.StartElement:
			child := &element{name: t.Name.Local}
			current.children = append(current.children, child)
			above = append(above, child)
		case xml.EndElement:
			above = above[:len(above)-1]
		case xml.CharData:
			current.text.Write(t)
		}
	}
	if len(above[0].children) != 1 {
		return nil, errors.New("want one element")
	}
	return above[0].children[0], nil
}

// encode writes the value of an element: its text, or an object of its children.
func (e *element) encode(to *jsontext.Encoder) error {
	if len(e.children) == 0 {
		return to.WriteToken(jsontext.String(strings.TrimSpace(e.text.String())))
	}
	if err := to.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	written := map[string]bool{}
	for _, child := range e.children {
		if written[child.name] {
			continue
		}
		written[child.name] = true
		if err := to.WriteToken(jsontext.String(child.name)); err != nil {
			return err
		}
		if err := encodeAll(to, e.named(child.name)); err != nil {
			return err
		}
	}
	return to.WriteToken(jsontext.EndObject)
}

func (e *element) named(name string) []*element {
	var found []*element
	for _, child := range e.children {
		if child.name == name {
			found = append(found, child)
		}
	}
	return found
}

func encodeAll(to *jsontext.Encoder, elements []*element) error {
	if len(elements) == 1 {
		return elements[0].encode(to)
	}
	if err := to.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for _, e := range elements {
		if err := e.encode(to); err != nil {
			return err
		}
	}
	return to.WriteToken(jsontext.EndArray)
}
