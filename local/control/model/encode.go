package model

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Answer is what a client is sent.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Stream is a body that comes bit by bit, in the place of Body; whoever reads it closes it.
	Stream io.ReadCloser
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
	case CBOR:
		if shape == nil {
			return cborAnswer(op.Code, requestID, map[string]any{})
		}
		return cborAnswer(op.Code, requestID, s.cborTree(shape, out))
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
	if status := statusOf(shape, out); status != 0 {
		a.Status = status
	}
	if shape.Payload != "" {
		a.Stream, _ = out[shape.Payload].(io.ReadCloser)
		a.Body = out.Bytes(shape.Payload)
		return a
	}
	if a.Status == http.StatusNoContent {
		return a
	}
	var text bytes.Buffer
	s.print(&text, shape, out)
	a.Body = text.Bytes()
	return a
}

// statusOf returns the status that an output names itself; 0 for none.
func statusOf(shape *Shape, out Object) int {
	for _, member := range shape.Members {
		if member.At == "statusCode" {
			return out.Int(member.Name)
		}
	}
	return 0
}

// Refusal prints an error.
func (s *Service) Refusal(e *Error, requestID string) Answer {
	a := Answer{Status: e.Status, Header: http.Header{}}
	a.Header.Set("x-amzn-RequestId", requestID)
	switch s.Protocol {
	case Query:
		a.Header.Set("Content-Type", "text/xml")
		a.Body = fmt.Appendf(nil, "<ErrorResponse xmlns=%q><Error><Type>%s</Type><Code>%s</Code>"+
			"<Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
			s.Namespace, e.side(), e.Code, escaped(e.Message), requestID)
	case CBOR:
		shape := s.queryError(e, a.Header)
		made := cborAnswer(e.Status, requestID, map[string]any{"__type": shape, "message": e.Message})
		maps.Copy(made.Header, a.Header)
		return made
	case JSON:
		a.Header.Set("Content-Type", "application/x-amz-json-1.1")
		a.Body = []byte(`{"__type":` + quoted(s.queryError(e, a.Header)) + `,"message":` +
			quoted(e.Message) + e.members() + `}`)
	default:
		a.Header.Set("Content-Type", "application/json")
		a.Header.Set("x-amzn-ErrorType", e.Code)
		a.Body = s.restRefusal(e)
	}
	return a
}

// members prints what an error says besides, for the protocol JSON.
func (e *Error) members() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(e.Members)) {
		b.WriteString("," + quoted(name) + ":" + quoted(e.Members[name]))
	}
	return b.String()
}

// restRefusal prints an error by its shape, where the model has one.
func (s *Service) restRefusal(e *Error) []byte {
	shape := s.Shapes[e.Code]
	if shape == nil {
		return []byte(`{"message":` + quoted(e.Message) + `}`)
	}
	out := Object{}
	for _, member := range shape.Members {
		switch member.Name {
		case "Type":
			out[member.Name] = "User"
			if e.Status >= http.StatusInternalServerError {
				out[member.Name] = "Service"
			}
		case "message", "Message":
			out[member.Name] = e.Message
		default:
			if value, given := e.Members[member.Name]; given {
				out[member.Name] = value
			}
		}
	}
	var b bytes.Buffer
	s.printMembers(&b, shape, out)
	return b.Bytes()
}

func quoted(text string) string {
	if isPlain(text) { // as most texts are, of which a page has thousands
		return `"` + text + `"`
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(text) != nil { // of a string, it cannot fail
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// isPlain says that JSON writes a text as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
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

// xmlTime is how the protocol Query prints a time.
const xmlTime = "2006-01-02T15:04:05.000Z"

func (s *Service) printEntries(b *bytes.Buffer, shape *Shape, entries Object) {
	for _, key := range entries.Keys() {
		fmt.Fprintf(b, "<entry><key>%s</key><value>", escaped(key))
		s.printXML(b, s.Shapes[shape.Value], entries[key])
		b.WriteString("</value></entry>")
	}
}

func (s *Service) printXML(b *bytes.Buffer, shape *Shape, value any) {
	switch value := value.(type) {
	case Object:
		if shape.Type == "map" {
			s.printEntries(b, shape, value)
		}
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
		if shape.Type == "timestamp" {
			seconds := Object{"": value}.Number("")
			b.WriteString(time.UnixMilli(int64(math.Round(seconds * 1000))).UTC().Format(xmlTime))
			return
		}
		b.WriteString(escaped(strings.Trim(scalarText(shape, value), `"`)))
	}
}
