package model

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// Answer is what a client is sent.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Output prints what an operation returned: the members of its output shape in the model's order.
func (s *Service) Output(op *Operation, out Object, requestID string) Answer {
	a := Answer{Status: op.Code, Header: http.Header{}}
	a.Header.Set("x-amzn-RequestId", requestID)
	shape := s.Shapes[op.Output]
	switch s.Protocol {
	case Query:
		a.Header.Set("Content-Type", "text/xml")
		a.Body = s.xmlOutput(op, shape, out, requestID)
		return a
	case JSON:
		a.Header.Set("Content-Type", "application/x-amz-json-1.1")
	default:
		a.Header.Set("Content-Type", "application/json")
	}
	if shape == nil {
		if op.Code != http.StatusNoContent && s.Protocol == JSON {
			a.Body = []byte("{}")
		}
		return a
	}
	for _, member := range shape.Members {
		if value := out.Text(member.Name); member.At == "header" && value != "" {
			a.Header.Set(member.Wire, value)
		}
	}
	if shape.Payload != "" {
		a.Body = out.Bytes(shape.Payload)
		return a
	}
	var text bytes.Buffer
	s.print(&text, shape, out)
	a.Body = text.Bytes()
	return a
}

// Refusal prints an error.
func (s *Service) Refusal(e *Error, requestID string) Answer {
	a := Answer{Status: e.Status, Header: http.Header{}}
	a.Header.Set("x-amzn-RequestId", requestID)
	switch s.Protocol {
	case Query:
		a.Header.Set("Content-Type", "text/xml")
		side := "Sender"
		if e.Status >= http.StatusInternalServerError {
			side = "Receiver"
		}
		a.Body = fmt.Appendf(nil, "<ErrorResponse xmlns=%q><Error><Type>%s</Type><Code>%s</Code>"+
			"<Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
			s.Namespace, side, e.Code, escaped(e.Message), requestID)
	case JSON:
		a.Header.Set("Content-Type", "application/x-amz-json-1.1")
		a.Body = []byte(`{"__type":` + quoted(e.Code) + `,"message":` + quoted(e.Message) + `}`)
	default:
		a.Header.Set("Content-Type", "application/json")
		a.Header.Set("x-amzn-ErrorType", e.Code)
		a.Body = []byte(`{"message":` + quoted(e.Message) + `}`)
	}
	return a
}

func quoted(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(text) != nil { // of a string, it cannot fail
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}

func (s *Service) print(b *bytes.Buffer, shape *Shape, value any) {
	if value == nil {
		b.WriteString("null")
		return
	}
	switch shape.Type {
	case "structure":
		inner, _ := value.(Object)
		s.printMembers(b, shape, inner)
	case "map":
		inner, _ := value.(Object)
		b.WriteByte('{')
		for i, key := range inner.Keys() {
			separate(b, i)
			b.WriteString(quoted(key) + ":")
			s.print(b, s.Shapes[shape.Value], inner[key])
		}
		b.WriteByte('}')
	case "list":
		items, _ := value.([]any)
		b.WriteByte('[')
		for i, item := range items {
			separate(b, i)
			s.print(b, s.Shapes[shape.Of], item)
		}
		b.WriteByte(']')
	default:
		b.WriteString(scalarText(shape, value))
	}
}

func (s *Service) printMembers(b *bytes.Buffer, shape *Shape, from Object) {
	b.WriteByte('{')
	printed := 0
	for _, member := range shape.Members {
		value := from[member.Name]
		if value == nil || member.At != "" {
			continue
		}
		separate(b, printed)
		printed++
		b.WriteString(quoted(member.Wire) + ":")
		s.print(b, s.Shapes[member.Shape], value)
	}
	b.WriteByte('}')
}

func separate(b *bytes.Buffer, at int) {
	if at > 0 {
		b.WriteByte(',')
	}
}

// scalarText prints a scalar as JSON. Whole numbers of a double keep their ".0", as AWS's do.
func scalarText(shape *Shape, value any) string {
	switch value := value.(type) {
	case string:
		return quoted(value)
	case bool:
		return strconv.FormatBool(value)
	case int64:
		if shape.Type == "double" || shape.Type == "float" {
			return strconv.FormatInt(value, 10) + ".0"
		}
		return strconv.FormatInt(value, 10)
	case float64:
		if value == math.Trunc(value) && shape.Type == "double" {
			return strconv.FormatFloat(value, 'f', 1, 64)
		}
		return strconv.FormatFloat(value, 'f', -1, 64)
	case []byte:
		return quoted(base64.StdEncoding.EncodeToString(value))
	}
	return "null"
}

func (s *Service) xmlOutput(op *Operation, shape *Shape, out Object, requestID string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<%sResponse xmlns=%q>", op.Name, s.Namespace)
	if shape != nil {
		fmt.Fprintf(&b, "<%s>", op.Result)
		s.printXML(&b, shape, out)
		fmt.Fprintf(&b, "</%s>", op.Result)
	}
	fmt.Fprintf(&b, "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>",
		requestID, op.Name)
	return b.Bytes()
}

func (s *Service) printXML(b *bytes.Buffer, shape *Shape, value any) {
	switch value := value.(type) {
	case Object:
		for _, member := range shape.Members {
			if value[member.Name] == nil {
				continue
			}
			fmt.Fprintf(b, "<%s>", member.Wire)
			s.printXML(b, s.Shapes[member.Shape], value[member.Name])
			fmt.Fprintf(b, "</%s>", member.Wire)
		}
	case []any:
		for _, item := range value {
			b.WriteString("<member>")
			s.printXML(b, s.Shapes[shape.Of], item)
			b.WriteString("</member>")
		}
	case string:
		b.WriteString(escaped(value))
	default:
		b.WriteString(escaped(strings.Trim(scalarText(shape, value), `"`)))
	}
}
