// Package model reads the models of AWS's services: which operations there are, how a request is
// told to be one of them, what its input may hold, and how its output is printed.
//
// It stands right behind the door of the management APIs, before any behaviour: a request becomes
// an Operation and an Object here, or one of AWS's own constraint errors; what behaviour returns
// becomes the bytes of the answer. The models are botocore's, trimmed by the program in generate to
// services/*.json (see NOTICE): documentation is dropped, and the shapes of services of which
// nothing is implemented; their operations still have names, so that each can be refused by its
// own. Nothing here knows what an operation does.
package model

import (
	"embed"
	"encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/javaregex"
)

//go:generate go run ./generate -botocore $BOTOCORE -to services

//go:embed services/*.json
var files embed.FS

// The protocols that services speak.
const (
	RESTJSON = "rest-json"
	Query    = "query"
	JSON     = "json"
	CBOR     = "smithy-rpc-v2-cbor"
)

// Service is the model of one service, compiled.
type Service struct {
	Name     string `json:",omitempty"` // botocore's: "apigateway"
	Protocol string `json:",omitempty"`
	// Protocols are all that it speaks, of a service that speaks several.
	Protocols []string `json:",omitempty"`
	Signing   string   `json:",omitempty"` // the service in a credential scope
	Target    string   `json:",omitempty"` // what X-Amz-Target begins with, in the protocol JSON
	Namespace string   `json:",omitempty"` // of XML, in the protocol Query
	// Errors are the names of errors' shapes by the codes that they have in the protocol Query, of a
	// service that speaks others too.
	Errors map[string]string `json:",omitempty"`

	Operations map[string]*Operation `json:",omitempty"`
	Shapes     map[string]*Shape     `json:",omitempty"`

	routes   map[routeKey][]*Operation
	speaking map[string]*Service // by protocol, of a service that speaks several
}

// Operation is one operation of a service.
type Operation struct {
	Name   string `json:",omitempty"`
	Method string `json:",omitempty"` // of HTTP
	URI    string `json:",omitempty"` // "/restapis/{restapi_id}?mode=import"
	Code   int    `json:",omitempty"` // of the answer
	Input  string `json:",omitempty"` // shape, "" for none
	Output string `json:",omitempty"`
	Result string `json:",omitempty"` // what wraps the output in the protocol Query

	segments []string
	query    map[string]string // what the query string must hold
}

// Shape is the type of a value.
type Shape struct {
	// Type is structure, list, map, string, integer, long, double, boolean, timestamp or blob.
	Type     string   `json:",omitempty"`
	Members  []Member `json:",omitempty"`
	Required []string `json:",omitempty"`
	Payload  string   `json:",omitempty"` // the member that is the whole body
	Of       string   `json:",omitempty"` // of a list's items
	Value    string   `json:",omitempty"` // of a map's values
	Enum     []string `json:",omitempty"`
	Pattern  string   `json:",omitempty"`
	Min, Max *float64 `json:",omitempty"`

	matches *javaregex.Regexp
}

// Member is a member of a structure.
type Member struct {
	Name, Shape string `json:",omitempty"`
	// At is uri, querystring, header, headers or statusCode; "" for the body.
	At   string `json:",omitempty"`
	Wire string `json:",omitempty"` // its name in a request or answer
}

// Title is what a service is known by before its model is loaded.
type Title struct {
	Name    string // botocore's: "apigateway"
	Signing string // the service in a credential scope
}

// Titles lists the services there are models of, by name. It reads no more of a model than its
// first lines.
func Titles() ([]Title, error) {
	entries, err := files.ReadDir("services")
	if err != nil {
		return nil, fmt.Errorf("listing the models: %w", err)
	}
	titles := make([]Title, len(entries))
	for i, entry := range entries {
		if titles[i], err = titleOf("services/" + entry.Name()); err != nil {
			return nil, fmt.Errorf("reading the model %s: %w", entry.Name(), err)
		}
	}
	return titles, nil
}

// titleOf reads a model up to the shapes of its operations.
func titleOf(file string) (Title, error) {
	opened, err := files.Open(file)
	if err != nil {
		return Title{}, err
	}
	defer opened.Close()
	var title Title
	reading := jsontext.NewDecoder(opened)
	if _, err := reading.ReadToken(); err != nil { // the brace
		return Title{}, err
	}
	for title.Name == "" || title.Signing == "" {
		key, err := reading.ReadToken()
		if err != nil {
			return Title{}, err
		}
		name := key.String()
		value, err := reading.ReadValue()
		if err != nil {
			return Title{}, err
		}
		switch name {
		case "Name":
			err = json.Unmarshal(value, &title.Name)
		case "Signing":
			err = json.Unmarshal(value, &title.Signing)
		}
		if err != nil {
			return Title{}, err
		}
	}
	return title, nil
}

// Load reads and compiles the model of a service.
func Load(name string) (*Service, error) {
	text, err := files.ReadFile("services/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("reading the model of %s: %w", name, err)
	}
	var s Service
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("reading the model of %s: %w", name, err)
	}
	for shape, def := range s.Shapes {
		if def.Pattern == "" {
			continue
		}
		if def.matches, err = javaregex.Compile(def.Pattern); err != nil {
			return nil, fmt.Errorf("the pattern of shape %s of %s: %w", shape, name, err)
		}
	}
	s.compileRoutes()
	s.speaks()
	return &s, nil
}

// HasShapes says whether the inputs and outputs of the service are known, not its names alone.
func (s *Service) HasShapes() bool { return len(s.Shapes) > 0 }
