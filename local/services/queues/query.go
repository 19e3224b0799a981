package queues

import (
	"encoding/json"
	"encoding/xml"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// parseForm reads the parameters of the Query protocol, from the query string and the body.
func parseForm(r *http.Request, body []byte) (url.Values, error) {
	form := r.URL.Query()
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return form, nil
	}
	sent, err := url.ParseQuery(string(body))
	for name, values := range sent {
		form[name] = values
	}
	return form, err
}

// documentOf turns a form into what the JSON protocol would have sent:
// "MessageAttribute.1.Name=a" is a member of MessageAttributes.
func documentOf(form url.Values) []byte {
	document := map[string]any{}
	attributes := map[string]url.Values{} // what stands under a prefix, by prefix
	for name, values := range form {
		prefix, rest, nested := strings.Cut(name, ".")
		if !nested {
			document[name] = values[0]
			continue
		}
		if attributes[prefix] == nil {
			attributes[prefix] = url.Values{}
		}
		attributes[prefix][rest] = values
	}
	for prefix, members := range attributes {
		name, value := memberOf(prefix, members)
		document[name] = value
	}
	text, err := json.Marshal(document)
	if err != nil {
		return nil // texts and maps of texts always marshal
	}
	return text
}

// memberOf reads one numbered list of the Query protocol.
func memberOf(prefix string, members url.Values) (name string, value any) {
	switch prefix {
	case "AttributeName", "MessageAttributeName", "MessageSystemAttributeName":
		var names []string
		for _, n := range numbered(members) {
			names = append(names, n.Get(""))
		}
		return prefix + "s", names
	case "MessageAttribute", "MessageSystemAttribute":
		table := map[string]map[string]string{}
		for _, n := range numbered(members) {
			fields := map[string]string{}
			for field, values := range n {
				if own, ok := strings.CutPrefix(field, "Value."); ok {
					fields[own] = values[0]
				}
			}
			table[n.Get("Name")] = fields
		}
		return prefix + "s", table
	}
	var entries []json.RawMessage
	for _, n := range numbered(members) {
		entries = append(entries, documentOf(n))
	}
	return "Entries", entries
}

// numbered splits "1.Id=a&2.Id=b" into its parts, in the order of the numbers.
func numbered(members url.Values) []url.Values {
	parts := map[int]url.Values{}
	for name, values := range members {
		number, rest, _ := strings.Cut(name, ".")
		n, err := strconv.Atoi(number)
		if err != nil {
			continue
		}
		if parts[n] == nil {
			parts[n] = url.Values{}
		}
		parts[n][rest] = values
	}
	list := make([]url.Values, 0, len(parts))
	for _, n := range slices.Sorted(maps.Keys(parts)) {
		list = append(list, parts[n])
	}
	return list
}

// texts is a table of texts; the Query protocol writes it as pairs of Name and Value.
type texts map[string]string

// MarshalXML writes one element per pair.
func (t texts) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		pair := struct{ Name, Value string }{name, t[name]}
		if err := e.EncodeElement(pair, start); err != nil {
			return err
		}
	}
	return nil
}

// attributeTable is a table of message attributes.
type attributeTable map[string]Attribute

// MarshalXML writes one element per attribute.
func (t attributeTable) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		pair := struct {
			Name  string
			Value Attribute
		}{name, t[name]}
		if err := e.EncodeElement(pair, start); err != nil {
			return err
		}
	}
	return nil
}
