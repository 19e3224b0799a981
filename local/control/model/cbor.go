package model

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// maxNesting is how deep the data items of a request may be.
const maxNesting = 32

// epochTag is the tag of a time in seconds.
const epochTag = 1

// cborBody reads a body of the protocol CBOR.
func (s *Service) cborBody(shape *Shape, body []byte) (Object, error) {
	if len(body) == 0 {
		return Object{}, nil
	}
	mode, err := cbor.DecOptions{
		MaxNestedLevels: maxNesting, DefaultMapType: reflect.TypeFor[map[string]any](),
		BignumTag: cbor.BignumTagForbidden,
	}.DecMode()
	if err != nil {
		return nil, fmt.Errorf("reading CBOR: %w", err)
	}
	var tree any
	if err := mode.Unmarshal(body, &tree); err != nil {
		return nil, serialization("The request body is no CBOR: %s", err)
	}
	plain, err := plainTree(tree)
	if err != nil {
		return nil, err
	}
	if plain == nil {
		return Object{}, nil
	}
	in, err := s.value(shape, plain)
	if err != nil {
		return nil, err
	}
	return in.(Object), nil
}

// plainTree turns what was read into what reading JSON gives.
func plainTree(from any) (any, error) {
	switch from := from.(type) {
	case map[string]any:
		for name, value := range from {
			plain, err := plainTree(value)
			if err != nil {
				return nil, err
			}
			from[name] = plain
		}
		return from, nil
	case []any:
		for i, value := range from {
			plain, err := plainTree(value)
			if err != nil {
				return nil, err
			}
			from[i] = plain
		}
		return from, nil
	case nil, bool, string:
		return from, nil
	}
	return plainScalar(from)
}

func plainScalar(from any) (any, error) {
	switch from := from.(type) {
	case uint64:
		return json.Number(strconv.FormatUint(from, 10)), nil
	case int64:
		return json.Number(strconv.FormatInt(from, 10)), nil
	case float32:
		return json.Number(strconv.FormatFloat(float64(from), 'g', -1, 64)), nil
	case float64:
		return json.Number(strconv.FormatFloat(from, 'g', -1, 64)), nil
	case time.Time:
		return json.Number(strconv.FormatFloat(float64(from.UnixMilli())/1000, 'f', 3, 64)), nil
	case []byte:
		return base64.StdEncoding.EncodeToString(from), nil
	}
	return nil, serialization("The request body holds a value that no shape has: %T", from)
}

// cborAnswer prints an output, or an error, in the protocol CBOR.
func cborAnswer(status int, requestID string, tree any) Answer {
	a := Answer{Status: status, Header: http.Header{}}
	a.Header.Set("x-amzn-RequestId", requestID)
	a.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
	a.Header.Set("Content-Type", "application/cbor")
	mode, err := cbor.EncOptions{Sort: cbor.SortCoreDeterministic}.EncMode()
	if err == nil {
		a.Body, err = mode.Marshal(tree)
	}
	if err != nil { // of what cborTree makes, it cannot fail
		a.Status = http.StatusInternalServerError
	}
	return a
}

// cborTree turns an output into what is printed.
func (s *Service) cborTree(shape *Shape, value any) any {
	switch value := value.(type) {
	case Object:
		tree := make(map[string]any, len(value))
		if shape.Type == "map" {
			for key, inner := range value {
				tree[key] = s.cborTree(s.Shapes[shape.Value], inner)
			}
			return tree
		}
		for _, member := range shape.Members {
			if inner := value[member.Name]; inner != nil {
				tree[member.Name] = s.cborTree(s.Shapes[member.Shape], inner)
			}
		}
		return tree
	case []any:
		items := make([]any, 0, len(value))
		for _, item := range value {
			items = append(items, s.cborTree(s.Shapes[shape.Of], item))
		}
		return items
	case int64:
		switch shape.Type {
		case "double", "float":
			return float64(value)
		case "timestamp":
			return cbor.Tag{Number: epochTag, Content: float64(value)}
		}
	case float64:
		switch shape.Type {
		case "timestamp":
			return cbor.Tag{Number: epochTag, Content: value}
		case "integer", "long": // clients take no other type for them
			return int64(value)
		}
	}
	return value
}
