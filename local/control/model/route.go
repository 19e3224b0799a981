package model

import (
	"net/http"
	"net/url"
	"strings"
)

// routeKey is what operations of the protocol REST-JSON are told apart by first.
type routeKey struct {
	method string
	length int // of the path, in segments
}

func (s *Service) compileRoutes() {
	s.routes = map[routeKey][]*Operation{}
	for name, op := range s.Operations {
		op.Name = name
		if op.Code == 0 {
			op.Code = http.StatusOK
		}
		path, query, _ := strings.Cut(op.URI, "?")
		op.segments = strings.Split(strings.Trim(path, "/"), "/")
		values, _ := url.ParseQuery(query)
		op.query = map[string]string{}
		for key := range values {
			op.query[key] = values.Get(key)
		}
		key := routeKey{op.Method, len(op.segments)}
		s.routes[key] = append(s.routes[key], op)
	}
}

// Match finds the operation of a request of the protocol REST-JSON, and the parts of its path.
func (s *Service) Match(r *http.Request) (*Operation, map[string]string) {
	segments := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			return nil, nil
		}
		segments[i] = plain
	}
	query := r.URL.Query()
	var best *Operation
	score := -1
	for _, op := range s.routes[routeKey{r.Method, len(segments)}] {
		if reached := op.fit(segments, query); reached > score {
			best, score = op, reached
		}
	}
	if best == nil {
		return nil, nil
	}
	params := map[string]string{}
	for i, segment := range best.segments {
		if name, ok := placeholder(segment); ok {
			params[name] = segments[i]
		}
	}
	return best, params
}

// fit says how well a path fits an operation: by how many parts that are given, -1 for not at all.
func (o *Operation) fit(segments []string, query url.Values) int {
	score := 0
	for i, segment := range o.segments {
		if _, variable := placeholder(segment); variable {
			if segments[i] == "" {
				return -1
			}
			continue
		}
		if segment != segments[i] {
			return -1
		}
		score += 2
	}
	for name, value := range o.query {
		if !query.Has(name) || value != "" && query.Get(name) != value {
			return -1
		}
		score++
	}
	return score
}

func placeholder(segment string) (name string, ok bool) {
	if !strings.HasPrefix(segment, "{") || !strings.HasSuffix(segment, "}") {
		return "", false
	}
	return strings.TrimSuffix(segment[1:len(segment)-1], "+"), true
}
